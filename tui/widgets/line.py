"""One line of the screen from parts that matter more or less: what does not fit is shortened, then left out whole.

Pure: parts and a width in cells go in, `Content` comes out. Knows nothing of what the parts say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.cells import cell_len
from textual.content import Content

from backends.frozen import frozen


@frozen
class Part:
    """A piece that is drawn whole or not at all.

    `rank`: the lowest goes first. `short` stands in before that, at the rank `shorten`, by default the same. `style` is
    a Textual style, theme variables included. `glue` joins the part to the one before it, without a gap; of one
    rank they go together.
    """

    text: str
    style: str = ""
    rank: int = 5
    short: str = ""
    shorten: int | None = None
    glue: bool = False

    @property
    def turn(self) -> int:
        """The rank of what happens to it next."""
        return self.shorten if self.short and self.shorten is not None else self.rank


def fit_line(
    left: Sequence[Part], right: Sequence[Part], width: int, *, gap: int = 2, fill: str = " ", fill_style: str = ""
) -> Content:
    """`left` and `right` on one line of exactly `width` cells, `fill` between them."""
    kept_left, kept_right = _fit(tuple(left), tuple(right), width, gap)
    start, end = _join(kept_left, gap), _join(kept_right, gap)
    room = width - start.cell_length - end.cell_length
    if room < 0:
        return start.truncate(width, ellipsis=True)
    return Content.assemble(start, (fill * room, fill_style), end)


def _fit(
    left: tuple[Part, ...], right: tuple[Part, ...], width: int, gap: int
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    while len(left) + len(right) > 1:
        between = gap if left and right else 0
        if _width(left, gap) + between + _width(right, gap) <= width:
            break
        weakest = min((*left, *right), key=lambda part: part.turn)
        left, right = _smaller(left, weakest), _smaller(right, weakest)
    return left, right


def _smaller(parts: tuple[Part, ...], weakest: Part) -> tuple[Part, ...]:
    """The parts with the short form of the weakest, or else without it and what is joined to it."""
    place = next((i for i, part in enumerate(parts) if part is weakest), len(parts))
    if weakest.short:
        return tuple(replace(part, text=part.short, short="") if part is weakest else part for part in parts)
    end = place + 1
    while end < len(parts) and parts[end].glue and parts[end].rank == weakest.rank:
        end += 1
    return parts[:place] + parts[end:]


def _width(parts: Sequence[Part], gap: int) -> int:
    return sum(cell_len(part.text) + (0 if part.glue or i == 0 else gap) for i, part in enumerate(parts))


def _join(parts: Sequence[Part], gap: int) -> Content:
    pieces: list[tuple[str, str]] = []
    for i, part in enumerate(parts):
        if i and not part.glue:
            pieces.append((" " * gap, ""))
        pieces.append((part.text, part.style))
    return Content.assemble(*pieces)
