"""A contact sheet: one screen in several sizes and themes, as text that can be read in a diff.

Each size stands there once, as rows of characters and, below them, a letter for the style of every character; a letter
stands for one style in each theme.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_letters, digits

from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App
from textual.geometry import Region
from textual.strip import Strip

_MANY = map(chr, itertools.count(0x3B1))


@dataclass(frozen=True, slots=True)
class Frame:
    """What was on the screen, row by row: characters, and the style of each."""

    rows: tuple[str, ...]
    styles: tuple[tuple[Style, ...], ...]


class SheetExtension(SingleFileSnapshotExtension):
    """One text file a sheet."""

    _file_extension = "txt"
    _write_mode = WriteMode.TEXT


def capture(app: App[None]) -> Frame:
    """The whole screen as it is painted now, with what shines through from below a dialog."""
    strips = screen_strips(app)
    return Frame(
        tuple(strip.text for strip in strips),
        tuple(tuple(itertools.chain.from_iterable(_styles(strip))) for strip in strips),
    )


def screen_strips(app: App[None]) -> list[Strip]:
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    return [Strip.join(list(row)) for row in update.strips]  # pyright: ignore


def _styles(strip: Strip) -> Sequence[list[Style]]:
    return [[segment.style or Style.null()] * len(segment.text) for segment in strip]


def sheet(themes: Mapping[str, Mapping[str, Frame]]) -> str:
    """The contact sheet of `themes`: name of the theme to name of the size to what was seen."""
    letters: dict[tuple[str, ...], str] = {}
    names = itertools.chain(ascii_letters, digits, _MANY)
    parts: list[str] = []
    for size in next(iter(themes.values())):
        first, *others = (frames[size] for frames in themes.values())
        assert all(frame.rows == first.rows for frame in others), f"{size}: a theme changes more than colours"
        parts += [f"── {size} ──", *(row.rstrip() for row in first.rows), f"── {size}, styles ──"]
        for row in zip(first.styles, *(frame.styles for frame in others), strict=True):
            together = [tuple(map(_spelled, styles)) for styles in zip(*row, strict=True)]
            for one in together:
                if one not in letters:
                    letters[one] = next(names)
            parts.append(_run_lengths("".join(letters[one] for one in together)))
    legend = [f"{letter}  " + " | ".join(styles) for styles, letter in letters.items()]
    return "\n".join([*parts, f"── letters: {' | '.join(themes)} ──", *legend, ""])


def _run_lengths(row: str) -> str:
    """`aaab` as `a3 b`: what reads well in a diff and stays small."""
    runs = [(letter, len(list(run))) for letter, run in itertools.groupby(row)]
    return " ".join(f"{letter}{count if count > 1 else ''}" for letter, count in runs)


def _spelled(style: Style) -> str:
    return str(style.without_color + Style(color=style.color, bgcolor=style.bgcolor)) if style else "none"


def box_of(app: App[None]) -> Region:
    """Where the topmost screen draws: its box, or everything."""
    boxes = app.screen.query("#box") if app.screen.is_modal else ()
    return next((box.region for box in boxes), app.screen.region)
