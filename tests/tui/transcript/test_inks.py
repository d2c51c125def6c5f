"""The inks of the transcript: every one that is drawn with is there, in colours that every theme has."""

from __future__ import annotations

import pytest
from rich.style import Style

from themes import shipped
from tui.transcript.inks import INKS, style_of

COLOURS = shipped()[0].colours


@pytest.mark.parametrize("ink", INKS)
def test_an_ink_is_made_of_colours_that_every_theme_has(ink: str) -> None:
    assert style_of(ink, COLOURS) != Style.null()


def test_an_ink_has_the_colours_of_the_theme_and_the_words_of_rich() -> None:
    colours = {"background": "#000001", "primary": "#00ff02"}
    assert style_of("hint", colours) == Style(color="#000001", bgcolor="#00ff02", bold=True)
