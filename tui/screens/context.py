"""What fills the window, by kind, and what the session has cost so far."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from agent.events import ContextUse
from tui.screens.dialog import Dialog
from tui.turns import Totals
from tui.units import tokens
from tui.widgets.gauges import GaugeFacts

_BAR = 32


class ContextScreen(Dialog[None]):
    """A small table; F5 or escape closes it."""

    CSS = "ContextScreen > #box { max-width: 72; }"
    BINDINGS = [("f5", "close", "close")]  # noqa: RUF012

    def __init__(self, facts: GaugeFacts, totals: Totals) -> None:
        super().__init__("What fills the window", "esc close", Static(_table(facts, totals)))


def _table(facts: GaugeFacts, totals: Totals) -> Content:
    lines = _kinds(facts.context) if facts.context else [Content("Not measured yet.")]
    cached = totals.cached_tokens / totals.prompt_tokens if totals.prompt_tokens else 0.0
    first = f", first token after {facts.first_token:.1f} s" if facts.first_token is not None else ""
    lines += [
        Content(""),
        Content.styled("This session", "bold"),
        Content(f"{totals.steps} requests{first}"),
        Content(f"{tokens(totals.prompt_tokens)} prompt tokens, {cached:.0%} of them from the cache"),
        Content(f"{tokens(totals.output_tokens)} tokens written by the model"),
    ]
    return Content("\n").join(lines)


def _kinds(context: ContextUse) -> list[Content]:
    window, about = context.window, "≈" if context.used.is_estimate else ""
    kinds = {
        "instructions and tools": context.instructions,
        "files": context.files,
        "conversation": context.conversation,
        "reasoning": context.reasoning,
        "free": max(0, window.tokens - context.used.tokens),
    }
    return [_kind(name, count, window.tokens, about) for name, count in kinds.items()]


def _kind(name: str, count: int, window: int, about: str) -> Content:
    cells = min(_BAR, round(_BAR * count / window)) if window else 0
    return Content.assemble(
        f"{name:<24}{about + tokens(count):>8}  ",
        ("━" * cells, "$text-muted" if name == "free" else "$primary"),
        ("─" * (_BAR - cells), "$gauge-track"),
    )
