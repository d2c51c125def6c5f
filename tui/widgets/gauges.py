"""The gauge line: how full the window is, what the cache saved, how fast it goes, and the keys that matter.

Values come in as facts, a line of parts goes out; the widget draws it and holds nothing else.
"""

from __future__ import annotations

from dataclasses import replace

from textual.app import RenderResult
from textual.reactive import reactive
from textual.widget import Widget

from agent.events import ContextUse, StepFinished, StepStarted, TurnEvent
from backends.frozen import frozen
from backends.types import MINIMUM_WINDOW, Effort
from tui.units import tokens
from tui.widgets.line import Part, fit_line

FULL, HALF, TRACK, BEYOND, MARK = "━", "╸", "─", "┈", "┃"


@frozen
class GaugeFacts:
    """What the gauges show; None is not known yet. Speeds in tokens per second, times in seconds, shares 0…1.

    `cache_is_estimate`: the share is of unchanged tokens, because the server does not tell what it reused.
    """

    effort: Effort = "medium"
    context: ContextUse | None = None
    cache_share: float | None = None
    cache_is_estimate: bool = False
    speed: float | None = None
    speed_is_estimate: bool = False
    first_token: float | None = None


GAUGE_ACTIONS = ("effort", "profiles", "help", "raise_window")
"""Whose keys the line tells, in the order of `GaugeKeys`."""


@frozen
class GaugeKeys:
    """The keys that stand on the line, as people read them; an empty one is not told."""

    effort: str = "F6"
    profiles: str = "F2"
    help: str = "F1"
    raise_window: str = "F4"


def after(facts: GaugeFacts, event: TurnEvent) -> GaugeFacts:
    """The facts once `event` happened."""
    match event:
        case StepStarted(context=context):
            return replace(facts, context=context)
        case StepFinished():
            return _after_step(facts, event)
        case _:
            return facts


def _after_step(facts: GaugeFacts, step: StepFinished) -> GaugeFacts:
    usage, timing = step.usage, step.timing
    prompt = usage.prompt_tokens or 0
    cached = usage.cached_tokens if usage.cached_tokens is not None else step.unchanged_tokens
    seconds = usage.output_seconds or timing.output
    return replace(
        facts,
        context=step.context,
        cache_share=min(1.0, cached / prompt) if prompt else None,
        cache_is_estimate=usage.cached_tokens is None,
        speed=usage.output_tokens / seconds if usage.output_tokens and seconds > 0 else None,
        speed_is_estimate=not usage.output_seconds,
        first_token=timing.first_token,
    )


def bar(context: ContextUse | None, cells: int) -> tuple[Part, ...]:
    """The context bar: `cells` wide and one more for the mark, which stands where the minimum truly is.

    A window below the minimum leaves the rest of the way to the mark visibly empty.
    """
    if context is None:
        return (Part(TRACK * (cells + 1), "$gauge-track", rank=8, glue=True),)
    scale = max(context.window.tokens, MINIMUM_WINDOW)
    mark = round(cells * MINIMUM_WINDOW / scale)
    window = round(cells * context.window.tokens / scale)
    halves = min(2 * window, round(2 * cells * context.used.tokens / scale))
    if context.used.tokens and not halves:
        halves = 1
    full, half = divmod(halves, 2)
    drawn = (FULL * full + HALF * half).ljust(window, TRACK).ljust(cells, BEYOND)
    colour = f"${_level(context)}"
    runs = ((drawn[:mark], 0), (MARK, -1), (drawn[mark:], mark))
    return tuple(piece for text, start in runs for piece in _coloured(text, start, full + half, colour))


def _coloured(text: str, start: int, filled: int, colour: str) -> tuple[Part, ...]:
    if start < 0:
        return (Part(text, "$text-muted", rank=8, glue=True),)
    split = max(0, filled - start)
    return tuple(
        Part(piece, style, rank=8, glue=True)
        for piece, style in ((text[:split], colour), (text[split:], "$gauge-track"))
        if piece
    )


def _level(context: ContextUse) -> str:
    if not context.fits:
        return "gauge-over"
    return "gauge-ok" if context.window.meets_minimum else "gauge-low"


_NARROW = 84
"""Cells below which the bar is short, so that every number keeps the word that says what it is."""


def gauge_parts(facts: GaugeFacts, width: int, keys: GaugeKeys = GaugeKeys()) -> tuple[list[Part], list[Part]]:  # noqa: B008  (frozen)
    """The line's left and right parts for a screen of `width` cells."""
    left = [Part("ctx", "$text-muted", rank=8), *_bar_after_label(facts, width), *_numbers(facts, keys)]
    if facts.cache_share is not None:
        about = "≈" if facts.cache_is_estimate else ""
        left.append(Part(f"cache {about}{facts.cache_share:.0%}", "$text-muted", rank=4))
    if facts.speed is not None:
        about = "≈" if facts.speed_is_estimate else ""
        left.append(Part(f"{about}{facts.speed:.0f} tok/s", "$text-muted", rank=3))
    if facts.first_token is not None:
        left.append(Part(f"first {facts.first_token:.1f} s", "$text-muted", rank=1))
    right = [
        Part(f"{keys.effort} ", "$accent", rank=2),
        Part("effort ", "$text-muted", rank=5, glue=True),
        Part(facts.effort, "$foreground", rank=5, glue=True),
        Part(f"{keys.profiles} ", "$accent", rank=1),
        Part("profiles", "$text-muted", rank=1, glue=True),
        Part(f"{keys.help} ", "$accent", rank=6),
        Part("keys", "$text-muted", rank=6, glue=True),
    ]
    return left, right


def _bar_after_label(facts: GaugeFacts, width: int) -> tuple[Part, ...]:
    cells = 8 if width < _NARROW else 12 if width < 100 else 20 if width < 160 else 32
    return (Part(" ", rank=8, glue=True), *bar(facts.context, cells))


def _numbers(facts: GaugeFacts, keys: GaugeKeys) -> list[Part]:
    context = facts.context
    if context is None:
        return [Part("measuring", "$text-muted", rank=7)]
    used, window = context.used, context.window
    about = "≈" if used.is_estimate else ""
    about_window = "" if window.is_known else "≈"
    level = f"${_level(context)}"
    numbers = f"{about}{tokens(used.tokens)}/{about_window}{tokens(window.tokens)}"
    parts = [Part(f" {numbers}", "$foreground" if context.fits else f"bold {level}", rank=9, glue=True)]
    if not context.fits:
        parts.append(Part("does not fit", f"bold {level}", rank=7))
    elif window.meets_minimum:
        parts.append(Part(" ✓64k", level, rank=6, glue=True))
    if not window.meets_minimum:
        raise_it = f"{keys.raise_window} raise to 64k" if window.can_raise else "below 64k"
        parts.append(Part(raise_it, "bold $gauge-low", rank=9))
    return parts


class GaugeLine(Widget):
    """The bottom line of the chat screen."""

    DEFAULT_CSS = "GaugeLine { height: 1; padding: 0 1; }"

    facts: reactive[GaugeFacts] = reactive(GaugeFacts())

    def __init__(self, keys: GaugeKeys = GaugeKeys()) -> None:  # noqa: B008  (frozen)
        super().__init__()
        self._keys = keys

    def render(self) -> RenderResult:
        width = self.content_size.width
        left, right = gauge_parts(self.facts, width, self._keys)
        return fit_line(left, right, width, gap=2)
