"""The rule above the composer, which tells what happens and which keys matter now. Its animation repaints one line.

Draws what it is given; knows neither turns nor actions.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from backends.frozen import frozen
from tui.widgets.line import Part, fit_line

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

_STYLES = {"calm": "$text-muted", "busy": "$foreground", "asking": "bold $accent", "worried": "bold $warning"}


@frozen
class Hint:
    """A key and what it does now."""

    key: str
    title: str


@frozen
class StatusFacts:
    """`tone` is one of calm, busy, asking, worried; `frame` counts up while something moves."""

    words: str = ""
    tone: str = "calm"
    frame: int = 0
    hints: tuple[Hint, ...] = ()


def status_content(facts: StatusFacts, width: int) -> Content:
    left = [Part("─", "$rule", rank=9)]
    if facts.words:
        mark = {"busy": FRAMES[facts.frame % len(FRAMES)], "asking": "◆", "worried": "▲"}.get(facts.tone, "")
        left.append(Part(f" {mark} {facts.words} ".replace("  ", " "), _STYLES[facts.tone], rank=9, glue=True))
    return fit_line(left, _hint_parts(facts.hints), width, gap=0, fill="─", fill_style="$rule")


def _hint_parts(hints: Sequence[Hint]) -> list[Part]:
    parts: list[Part] = []
    for i, hint in enumerate(hints):
        rank = 7 - min(i, 5)
        parts += [
            Part(f" {hint.key} ", "$accent", rank=rank),
            Part(f"{hint.title} ", "$text-muted", rank=rank, glue=True),
        ]
    return [*parts, Part("─", "$rule", rank=8, glue=True)] if parts else parts


class StatusLine(Widget):
    """The rule between transcript and composer."""

    DEFAULT_CSS = "StatusLine { height: 1; }"

    facts: reactive[StatusFacts] = reactive(StatusFacts())

    def render(self) -> RenderResult:
        return status_content(self.facts, self.content_size.width)
