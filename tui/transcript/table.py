"""Tables in rows: columns fitted to the width by cells, cells wrapped, no more lines than needed to read it."""

from __future__ import annotations

from collections.abc import Sequence

from tui.transcript.rows import Row, Run, clipped, row_cells, wrap

_GAP = "  "
_LEAST = 4

Line = Sequence[list[Run]]


def table_rows(lines: Sequence[Line], aligns: Sequence[str], width: int) -> list[Row]:
    """The first of `lines` is the head. `aligns` are `left`, `right`, `center` or empty, a column each."""
    count = len(aligns)
    if not lines or not count:
        return []
    widths = column_widths(
        [max(row_cells(line[i]) if i < len(line) else 0 for line in lines) for i in range(count)], width
    )
    rows: list[Row] = []
    for number, line in enumerate(lines):
        cells = [line[i] if i < len(line) else [] for i in range(count)]
        rows += _line_rows(cells, widths, aligns, width)
        if number == 0:
            rows.append(clipped((Run(("─" * len(_GAP)).join("─" * size for size in widths), "rule"),), width, "rule"))
    return rows


def column_widths(wanted: Sequence[int], width: int) -> list[int]:
    """Cells of each column: what it wants where there is room, else the widest give way first, evenly."""
    widths = [max(1, size) for size in wanted]
    room = width - len(_GAP) * (len(widths) - 1)
    excess = sum(widths) - room
    while excess > 0:
        widest = max(widths)
        if widest <= _LEAST:
            break
        tallest = [i for i, size in enumerate(widths) if size == widest]
        below = max((size for size in widths if size < widest), default=_LEAST)
        step = min(widest - max(below, _LEAST), -(-excess // len(tallest)))
        for i in tallest:
            take = min(step, excess)
            widths[i] -= take
            excess -= take
    return widths


def _line_rows(cells: Sequence[list[Run]], widths: Sequence[int], aligns: Sequence[str], width: int) -> list[Row]:
    columns = [wrap(cell, size) for cell, size in zip(cells, widths, strict=True)]
    rows: list[Row] = []
    for number in range(max(len(column) for column in columns)):
        row: list[Run] = []
        for index, column in enumerate(columns):
            content = column[number] if number < len(column) else ()
            if index:
                row.append(Run(_GAP))
            row += _aligned(content, widths[index], aligns[index])
        rows.append(clipped(_trimmed(row), width))
    return rows


def _aligned(content: Row, width: int, align: str) -> Row:
    space = width - row_cells(content)
    if space <= 0:
        return content
    left = space if align == "right" else space // 2 if align == "center" else 0
    return (*((Run(" " * left),) if left else ()), *content, *((Run(" " * (space - left)),) if space > left else ()))


def _trimmed(row: list[Run]) -> Row:
    while row and not row[-1].text.strip(" ") and row[-1].at < 0:
        row.pop()
    return tuple(row)
