"""Every text on every ground that a screen draws, taken from the pictures of all screens, is one that can be read.

The pictures show three themes; `test_themes` holds the pairs of colours by name against WCAG in every theme.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.color import Color

from tests.themes.test_themes import AA_TEXT, contrast
from themes import shipped

SHEETS = sorted((Path(__file__).parents[1] / "tui/screens/__snapshots__/test_pictures").glob("*.txt"))
THEMES = {theme.name: theme for theme in shipped()}
STYLE = re.compile(r"(#[0-9a-f]{6}) on (#[0-9a-f]{6})")

TWICE_DIMMED = "#161616"
"""White under two dialogs in high contrast, which is by chance the colour of its panels."""


def texts(sheet: str) -> Iterator[tuple[str, str]]:
    """Each style that has a letter or digit somewhere, as its letter; with a word that was drawn so."""
    body, _, _ = sheet.partition("── letters: ")
    lines = body.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("── ")]
    for start, middle, end in zip(starts[::2], starts[1::2], [*starts[2::2], len(lines)], strict=True):
        for row, styles in zip(lines[start + 1 : middle], lines[middle + 1 : end], strict=True):
            letters = "".join(run[0] * int(run[1:] or 1) for run in styles.split(" "))
            for letter, cells in itertools.groupby(zip(letters, row, strict=False), lambda cell: cell[0]):
                word = "".join(character for _, character in cells).strip()
                if any(character.isalnum() for character in word):
                    yield letter, word


def legend_of(sheet: str) -> tuple[list[str], dict[str, list[str]]]:
    head, *lines = sheet.partition("── letters: ")[2].splitlines()
    return head.removesuffix(" ──").split(" | "), {line[0]: line[3:].split(" | ") for line in lines if line}


def is_dimmed(ink: str, theme: str) -> bool:
    """No colour of the theme, so it is behind a dialog, blended with what lies over it: not meant to be read."""
    if ink == TWICE_DIMMED:
        return True
    named = (Color.parse(colour).rgb for colour in THEMES[theme].colours.values())
    return all(max(map(abs, map(int.__sub__, Color.parse(ink).rgb, rgb))) > 1 for rgb in named)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_every_text_on_a_screen_can_be_read(path: Path) -> None:
    sheet = path.read_text(encoding="utf-8")
    themes, legend = legend_of(sheet)
    has_dialog = "╭─" in sheet
    weak: dict[str, str] = {}
    for letter, word in dict(texts(sheet)).items():
        for theme, style in zip(themes, legend[letter], strict=True):
            found = STYLE.search(style)
            if found is None:
                continue
            ratio = contrast(found[1], found[2])
            if ratio < AA_TEXT and not (has_dialog and (is_dimmed(found[1], theme) or is_dimmed(found[2], theme))):
                weak[f"{theme}: {word!r}"] = f"{found[0]} is {ratio:.1f}"
    assert not weak
