"""Cards as rows: a proposal and a command that wait for the person, with everything the decision rests on. Pure.

Nothing that decides is cut: commands and warnings wrap, a path gives way in its middle (THREATS.md T6).
"""

from __future__ import annotations

from rich.cells import cell_len

from tui.text import cut_path
from tui.transcript.blocks import CommandCard, DiffLine, FileLine, KeyHint, ProposalCard, ProposalState
from tui.transcript.rows import BLANK, Ink, Row, Run, clipped, fold, padded, prefixed, row_cells, wrap
from tui.transcript.written import plain

_INDENT: Row = (Run("  "),)
_COUNTS = 26
"""Cells for the counts of lines and the remark behind a path."""

_DIFF_INKS: dict[str, tuple[str, Ink]] = {
    "context": (" ", "muted"),
    "fold": (" ", "muted"),
    "removed": ("−", "diff-del"),
    "added": ("+", "diff-add"),
}

_STATES: dict[ProposalState, tuple[str, Ink]] = {
    "waiting": ("nothing written yet", "muted"),
    "writing": ("being written …", "muted"),
    "applied": ("applied", "success"),
    "partly": ("applied in part", "success"),
    "rejected": ("rejected, nothing written", "warning"),
    "failed": ("not applied", "error"),
    "cancelled": ("cancelled, nothing written", "muted"),
    "interrupted": ("stopped while it was written; undo takes it back", "warning"),
}


def proposal_rows(card: ProposalCard, width: int) -> list[Row]:
    """The card in exactly `width` cells: its files, what it would change, and the keys while it waits."""
    inside = width - 2
    waits = card.state == "waiting"
    state, ink = _STATES[card.state]
    count = "1 file" if len(card.files) == 1 else f"{len(card.files)} files"
    title = [Run("◆ ", "card-mark"), Run("proposal", "card-title"), Run(f"  {count}  ", "muted"), Run(state, ink)]
    rows = wrap(title, inside)
    longest = max((cell_len(file.path) for file in card.files), default=0)
    path_width = min(longest, max(12, inside - _COUNTS))
    position = 0
    for file in card.files:
        rows += _file(file, path_width, position, inside)
        position += len(file.path) + 1
    if card.remark:
        rows += prefixed(wrap([Run(card.remark, ink)], inside - 2), _INDENT, _INDENT)
    if waits:
        rows += [BLANK, *_keys(card.keys, inside)]
    return _framed(rows, width, "card-bar" if waits else "card-bar-done")


def _file(file: FileLine, path_width: int, position: int, width: int) -> list[Row]:
    shown = cut_path(file.path, path_width)
    row = [
        *_INDENT,
        Run(shown, "card-path", position if shown == file.path else -1),
        Run(" " * (path_width - cell_len(shown))),
        Run(f"  {f'+{file.added}' if file.added else '':>5}", "diff-add"),
        Run(f" {f'−{file.removed}' if file.removed else '':>5}", "diff-del"),
    ]
    if file.remark:
        row.append(Run(f"  {file.remark}", "muted"))
    rows: list[Row] = [tuple(row)]
    for warning in file.warnings:
        rows += _warning(warning, width)
    return rows + [row for line in file.diff for row in _diff_line(line, width)]


def _diff_line(line: DiffLine, width: int) -> list[Row]:
    """Nothing of it is cut: what is approved here must be seen here."""
    sign, ink = _DIFF_INKS[line.kind]
    first: Row = (*_INDENT, Run(f"{line.number or '':>5} ", "muted"), Run(f"{sign} ", ink))
    return prefixed(fold([Run(line.text, ink)], width - row_cells(first)), first, (Run(" " * row_cells(first)),))


def command_rows(card: CommandCard, width: int) -> list[Row]:
    """The card in exactly `width` cells: the whole command, where and how it would run, and the keys."""
    inside = width - 2
    box = Run("in the sandbox", "success") if card.is_sandboxed else Run("not sandboxed", "warning")
    title = (Run("$ ", "card-mark"), Run("command", "card-title"), Run("  in ", "muted"))
    room = max(12, inside - row_cells(title) - cell_len(box.text) - 2)
    rows = wrap([*title, Run(cut_path(card.folder, room), "card-path"), Run("  "), box], inside)
    rows += prefixed(plain(card.command, inside - 2, ink="command"), _INDENT, _INDENT)
    if card.warning:
        rows += _warning(card.warning, inside)
    return _framed([*rows, BLANK, *_keys(card.keys, inside)], width, "card-bar")


def _warning(text: str, width: int) -> list[Row]:
    return prefixed(wrap([Run(text, "warning")], width - 4), (*_INDENT, Run("! ", "warning")), (Run("    "),))


def _keys(keys: tuple[KeyHint, ...], width: int) -> list[Row]:
    """The keys, as many to a row as fit."""
    rows: list[Row] = []
    row: Row = ()
    for hint in keys:
        piece = (Run(hint.key, "key"), Run(f" {hint.label}", "key-label"))
        if row and row_cells(row) + row_cells(piece) + 3 > width:
            rows.append(row)
            row = ()
        row = (*row, Run("   "), *piece) if row else (*_INDENT, *piece)
    return [*rows, row] if row else rows


def _framed(rows: list[Row], width: int, bar: Ink) -> list[Row]:
    edge = Run("▎ ", f"card {bar}")
    lined = [tuple(run._replace(ink=f"card {run.ink}".rstrip()) for run in clipped(row, width - 2)) for row in rows]
    return [padded((edge, *row), width, "card") for row in lined]
