"""A profile in one row: who answers, and how it fares as far as is known. Pure: facts in, content out."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from agent.config.profiles import Profile, ProfileState
from tui.text import clean_line, ellipsis
from tui.units import tokens


def profile_row(profile: Profile, state: ProfileState | None, width: int) -> Content:
    """`width` cells: a dot, name, model, server, and a word on its state. `state` None: still being asked."""
    dot, words, style = state_words(state)
    name, model, server = _columns(width)
    away = " ↗" if not profile.is_local else ""
    return Content.assemble(
        (dot, style),
        " ",
        _cell(profile.name + away, name),
        (_cell(profile.model, model), "$text-muted"),
        (_cell(profile.provider.name, server), "$text-muted"),
        (ellipsis(words, width - 2 - name - model - server), style),
    )


def state_words(state: ProfileState | None) -> tuple[str, str, str]:
    """Dot, a few words and their style."""
    if state is None:
        return "◌", "asking …", "$text-muted"
    if not state.is_reachable:
        return ("○", "key missing", "$warning") if state.step == "key" else ("○", "no answer", "$error")
    if state.has_model is False:
        return "●", "model missing", "$warning"
    if state.window is None:
        return "●", "not ready", "$warning"
    about = "" if state.window.is_known else "≈"
    window = f"{about}{tokens(state.window.tokens)}"
    if not state.window.meets_minimum:
        return "●", f"{window}, below 64k", "$gauge-low"
    return "●", f"{window} ✓64k{' loaded' if state.is_loaded else ''}", "$gauge-ok"


def state_note(profile: Profile, state: ProfileState | None, is_default: bool = False) -> Content:
    """What is wrong and what to do, in two lines that are always two lines. The program starts with the default."""
    if not profile.is_local:
        where = f"What you write and the files the model reads go to {profile.provider.base_url}."
    else:
        where = profile.provider.base_url or "A script inside this program; nothing is asked anywhere."
    problem, step = (state.problem, state.next_step) if state is not None else ("", "")
    first = (clean_line(problem), "$warning") if problem else (clean_line(where), "$text-muted")
    return Content.assemble(
        first,
        "\n",
        (
            clean_line(step or profile.remark or ("oss-tui starts with this profile" if is_default else "")),
            "$foreground",
        ),
    )


def _columns(width: int) -> tuple[int, int, int]:
    """Name, model and server get what the state leaves, which needs twenty cells."""
    room = max(24, width - 2 - 20)
    return room * 30 // 100, room * 46 // 100, room * 24 // 100


def _cell(text: str, width: int) -> str:
    shown = ellipsis(text, width - 1)
    return shown + " " * (width - cell_len(shown))
