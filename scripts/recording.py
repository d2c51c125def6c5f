"""A recorded session: what a program wrote to a terminal and when, as an asciicast and as a moving picture.

The asciicast is version 2 (docs.asciinema.org/manual/asciicast/v2). The picture is one SVG without a script: its frames
stand side by side and a keyframe animation moves them past, so it plays wherever an image does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

import pyte
from pyte.screens import Char

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 8.4, 17.0, 14
MARGIN = 12
GROUND, INK = "#14171c", "#dbe0e8"
FRAME_SECONDS = 0.1
"""Frames are never closer than this; what came between is seen in the next one."""
REST_SECONDS = 3.0
"""How long the last frame stands before it begins again."""


@dataclass(frozen=True, slots=True)
class Output:
    """What was written `at` seconds after the start."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Recording:
    columns: int
    rows: int
    outputs: tuple[Output, ...]


Row = tuple[Char, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The screen from `at` seconds on, row by row."""

    at: float
    rows: tuple[Row, ...]


def frames(recording: Recording) -> tuple[Frame, ...]:
    """What was to be seen, each state once."""
    screen = pyte.Screen(recording.columns, recording.rows)
    stream = pyte.Stream(screen)
    made: list[Frame] = []
    for one in recording.outputs:
        stream.feed(one.text)
        rows = tuple(
            tuple(screen.buffer[row][column] for column in range(recording.columns)) for row in range(recording.rows)
        )
        if made and made[-1].rows == rows:
            continue
        if made and one.at - made[-1].at < FRAME_SECONDS:
            made[-1] = Frame(made[-1].at, rows)
        else:
            made.append(Frame(one.at, rows))
    return tuple(made)


# ── as an asciicast ──────────────────────────────────────────────────────────


def to_cast(shown: Sequence[Frame], title: str) -> str:
    """The frames as asciicast v2: a header, then what changed in each frame. A program writes a hundred times that."""
    header = {"version": 2, "width": len(shown[0].rows[0]), "height": len(shown[0].rows), "title": title}
    lines = [json.dumps(header)]
    before: Sequence[Row | None] = [None] * len(shown[0].rows)
    for frame in shown:
        written = "".join(
            f"\x1b[{number};1H{_ansi(row)}"
            for number, (row, old) in enumerate(zip(frame.rows, before, strict=True), 1)
            if row != old
        )
        before = frame.rows
        lines.append(json.dumps([round(frame.at, 2), "o", f"\x1b[?25l{written}"], ensure_ascii=False))
    return "\n".join(lines) + "\n"


def _ansi(row: Row) -> str:
    parts: list[str] = []
    for (ink, ground, is_bold, is_italic), run in groupby(row, lambda char: (*_colours(char), char.bold, char.italics)):
        codes = ["0", *(["1"] if is_bold else []), *(["3"] if is_italic else []), _rgb(38, ink), _rgb(48, ground)]
        parts.append(f"\x1b[{';'.join(codes)}m" + "".join(char.data for char in run))
    return "".join(parts)


def _rgb(kind: int, colour: str) -> str:
    return f"{kind};2;" + ";".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))


# ── as a picture ─────────────────────────────────────────────────────────────


def to_svg(shown: Sequence[Frame]) -> str:
    """The frames as a moving picture that plays once and again."""
    lasts = shown[-1].at + REST_SECONDS
    width = len(shown[0].rows[0]) * CELL_WIDTH + 2 * MARGIN
    height = len(shown[0].rows) * CELL_HEIGHT + 2 * MARGIN
    known: dict[Row, int] = {}
    for frame in shown:
        for row in frame.rows:
            known.setdefault(row, len(known))
    stops = "".join(
        f"{100 * frame.at / lasts:.2f}%{{transform:translateX({-i * width:.1f}px)}}" for i, frame in enumerate(shown)
    )
    style = (
        f"@keyframes play{{{stops}100%{{transform:translateX({-(len(shown) - 1) * width:.1f}px)}}}}"
        f"#reel{{animation:play {lasts:.2f}s steps(1,end) infinite}}"
        f"text{{font:{FONT_SIZE}px ui-monospace,SFMono-Regular,Menlo,'DejaVu Sans Mono',monospace;"
        "white-space:pre}.b{font-weight:bold}.i{font-style:italic}"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">',
        f"<style>{style}</style>",
        f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>',
        "<defs>",
        *(f'<g id="r{number}">{_row(row)}</g>' for row, number in known.items()),
        "</defs>",
        f'<g id="reel" fill="{INK}">',
        *(_frame(frame, known, i * width) for i, frame in enumerate(shown)),
        "</g></svg>",
    ]
    return "\n".join(parts) + "\n"


def _frame(frame: Frame, known: dict[Row, int], left: float) -> str:
    rows = "".join(
        f'<use href="#r{known[row]}" y="{number * CELL_HEIGHT:.0f}"/>'
        for number, row in enumerate(frame.rows)
        if any(char.data.strip() or _ground(char) != GROUND for char in row)
    )
    return f'<g transform="translate({left + MARGIN:.1f},{MARGIN})">{rows}</g>'


def _row(row: Row) -> str:
    return "".join([*_grounds(row), *_texts(row)])


def _grounds(row: Row) -> Iterator[str]:
    for ground, run in groupby(enumerate(row), lambda cell: _ground(cell[1])):
        cells = list(run)
        if ground != GROUND:
            yield (
                f'<rect x="{cells[0][0] * CELL_WIDTH:.1f}" width="{len(cells) * CELL_WIDTH:.1f}" '
                f'height="{CELL_HEIGHT}" fill="{ground}"/>'
            )


def _texts(row: Row) -> Iterator[str]:
    """Words of one style; each has its own place, so that no font can move the next one."""
    for (ink, is_bold, is_italic, is_blank), run in groupby(enumerate(row), lambda cell: _style(cell[1])):
        cells = list(run)
        if is_blank:
            continue
        text = escape("".join(char.data for _, char in cells))
        classes = " ".join(name for name, is_on in (("b", is_bold), ("i", is_italic)) if is_on)
        marks = (f' class="{classes}"' if classes else "") + (f' fill="{ink}"' if ink != INK else "")
        place = f'x="{cells[0][0] * CELL_WIDTH:.1f}" y="{CELL_HEIGHT * 0.76:.1f}"'
        yield f'<text {place} textLength="{len(cells) * CELL_WIDTH:.1f}"{marks}>{text}</text>'


def _style(char: Char) -> tuple[str, bool, bool, bool]:
    return _colours(char)[0], char.bold, char.italics, not char.data.strip()


def _ground(char: Char) -> str:
    return _colours(char)[1]


def _colours(char: Char) -> tuple[str, str]:
    """Ink and ground as `#rrggbb`."""
    ink = INK if char.fg == "default" else f"#{char.fg}"
    ground = GROUND if char.bg == "default" else f"#{char.bg}"
    return (ground, ink) if char.reverse else (ink, ground)
