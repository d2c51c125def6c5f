"""What fills the window, by kind, and what the session has cost so far."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from agent.events import ContextUse
from tui.bound import registry_here
from tui.conversation.turns import Totals
from tui.screens.dialog import Dialog
from tui.units import tokens
from tui.widgets.gauges import FULL, HALF, TRACK, GaugeFacts

_NAME, _NUMBER, _BAR = 24, 8, 32


class ContextScreen(Dialog[None]):
    """A small table; the key that opened it closes it again."""

    CSS = "ContextScreen > #box { max-width: 72; }"

    def __init__(self, facts: GaugeFacts, totals: Totals) -> None:
        super().__init__("What fills the window", "{dialog.close} close", Static(_table(facts, totals)))
        for key in registry_here()["context"].keys:
            self._bindings.bind(key, "close", show=False)


def _table(facts: GaugeFacts, totals: Totals) -> Content:
    lines = _fullness(facts.context) if facts.context else [Content("Not measured yet.")]
    prompt = totals.prompt_tokens
    cached = f"{totals.cached_tokens / prompt:.0%} of it from the cache" if prompt else ""
    first = f"{facts.first_token:.1f} s" if facts.first_token is not None else "—"
    lines += [
        Content(""),
        Content.styled("This session", "bold"),
        _row("requests", f"{totals.steps:,}"),
        _row("first token, last time", first),
        _row("prompt", tokens(prompt), cached),
        _row("written by the model", tokens(totals.output_tokens)),
    ]
    return Content("\n").join(lines)


def _fullness(context: ContextUse) -> list[Content]:
    """How much is used of how much, and of what it is made."""
    window, about = context.window, "≈" if context.used.is_estimate else ""
    kinds = {
        "instructions and tools": context.instructions,
        "files": context.files,
        "conversation": context.conversation,
        "reasoning": context.reasoning,
        "free": max(0, window.tokens - context.used.tokens),
    }
    mark = "✓64k" if window.meets_minimum else "below 64k"
    used = f"of {'' if window.is_known else '≈'}{tokens(window.tokens)}  {mark}"
    return [
        Content.styled(f"{'used':<{_NAME}}{about + tokens(context.used.tokens):>{_NUMBER}}  {used}", "bold"),
        Content(""),
        *(_kind(name, count, window.tokens, about) for name, count in kinds.items()),
    ]


def _kind(name: str, count: int, window: int, about: str) -> Content:
    cells = min(_BAR, round(_BAR * count / window)) if window else 0
    drawn = FULL * cells or (HALF if count else "")
    return Content.assemble(
        _row(name, about + tokens(count)),
        "  ",
        (drawn, "$text-muted" if name == "free" else "$primary"),
        (TRACK * (_BAR - len(drawn)), "$gauge-track"),
    )


def _row(name: str, number: str, remark: str = "") -> Content:
    return Content.assemble(f"{name:<{_NAME}}{number:>{_NUMBER}}", (f"  {remark}", "$text-muted") if remark else "")
