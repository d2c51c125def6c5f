"""A server of this machine in one row, and what set-up and doctor say in lines. Pure: facts in, content out."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from agent.checkup import Finding
from agent.commands.transfer_line import share_of
from agent.config.profiles import ProfileState
from backends.discovery import FoundServer
from backends.events import TransferProgress
from tui.text import clean_line, ellipsis
from tui.widgets.profile_row import state_words

NAME_CELLS, PLACE_CELLS = 20, 26
BAR_CELLS = 24
_GIB = 1024**3

_MARKS = {"ok": ("✓", "$success"), "note": ("·", "$text-muted"), "problem": ("✗", "$warning")}


def server_row(
    name: str, found: FoundServer | None, state: ProfileState | None, width: int, was_asked: bool
) -> Content:
    """Dot, name with version, address, and a word on how it fares. `was_asked` False: nobody has answered yet."""
    version = f" {found.info.version}" if found and found.info and found.info.version else ""
    place = found.base_url.removeprefix("http://") if found else ""
    if not was_asked:
        dot, words, style = "◌", "looking …", "$text-muted"
    elif found is None:
        dot, words, style = "○", "not running", "$text-muted"
    elif found.info is None:
        dot, words, style = "○", "needs a hand", "$warning"
    else:
        dot, words, style = state_words(state)
    room = max(8, width - 2 - NAME_CELLS - PLACE_CELLS)
    return Content.assemble(
        (dot, style),
        " ",
        _cell(f"{name}{version}", NAME_CELLS),
        (_cell(place, PLACE_CELLS), "$text-muted"),
        (ellipsis(words, room), style),
    )


def server_note(name: str, found: FoundServer | None, state: ProfileState | None) -> Content:
    """What is wrong and what to do, in two lines that are always two lines."""
    problem, step = (state.problem, state.next_step) if state is not None else ("", "")
    if found is not None and found.problem:
        problem, step = found.problem, found.next_step
    elif found is None and state is None:
        problem = f"Looking for {name} …"
    if not problem:
        return Content.assemble(("Everything is there.", "$text-muted"), "\n")
    return Content.assemble((clean_line(problem), "$text-muted"), "\n", (clean_line(step), "$foreground"))


def ready_note(profile: str, key: str) -> Content:
    """It is set up: `key` goes on with it."""
    return Content.assemble((f"Ready: {key} goes on with {clean_line(profile)}.", "bold $success"), "\n")


def step_line(text: str, is_good: bool | None) -> Content:
    """What was done, or found wanting; with None what is to be done."""
    if is_good is None:
        return Content(f"  → {clean_line(text)}")
    mark, style = _MARKS["ok" if is_good else "problem"]
    return Content.assemble((mark, style), f" {clean_line(text)}")


def finding_lines(finding: Finding) -> tuple[Content, ...]:
    """The finding, and below it what mends it: `m` does what a program can do."""
    mark, style = _MARKS[finding.severity]
    said = Content.assemble((mark, style), f" {finding.check}: {clean_line(finding.what)}")
    if finding.fix is None or finding.severity == "ok":
        return (said,)
    key = ("m ", "bold $accent") if finding.fix.perform is not None else ""
    return said, Content.assemble("  → ", key, clean_line(finding.fix.label))


def transfer_line(step: TransferProgress, width: int) -> Content:
    """`downloading ▓▓▓▓░░░░ 42 %  1.5 of 11.3 GiB`, as much of it as is known."""
    share = share_of(step)
    parts: list[str | tuple[str, str]] = [f"  {ellipsis(clean_line(step.status), max(12, width - 52)):<16} "]
    if share is not None:
        filled = round(max(0.0, min(1.0, share)) * BAR_CELLS)
        parts += [("━" * filled, "$primary"), ("─" * (BAR_CELLS - filled), "$gauge-track"), f" {share:>4.0%}"]
    if step.done_bytes is not None and step.total_bytes:
        parts.append((f"  {step.done_bytes / _GIB:.1f} of {step.total_bytes / _GIB:.1f} GiB", "$text-muted"))
    return Content.assemble(*parts)


def _cell(text: str, width: int) -> str:
    shown = ellipsis(clean_line(text), width - 1)
    return shown + " " * (width - cell_len(shown))
