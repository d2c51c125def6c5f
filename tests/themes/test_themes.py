"""Themes: what a file must hold, and that everything drawn with one can be read (WCAG 2 AA)."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from themes import BASE_COLOURS, ROLE_COLOURS, ThemeFile, ThemeProblem, load, parse, shipped

GROUNDS = ("background", "surface", "panel", "code-bg", "selection")
TEXTS = (
    *("foreground", "text-muted", "primary", "secondary", "accent", "success", "warning", "error"),
    *("reasoning", "link", "gauge-ok", "gauge-low", "gauge-over"),
)
SYNTAX = tuple(name for name in ROLE_COLOURS if name.startswith("syntax-"))
ADDED = ("diff-add-bg", "diff-add-word-bg")
REMOVED = ("diff-del-bg", "diff-del-word-bg")
PAIRS = (
    [(text, ground) for text in TEXTS for ground in GROUNDS]
    + [(text, ground) for text in SYNTAX for ground in ("background", "surface", "code-bg", *ADDED, *REMOVED)]
    + [(text, ground) for text in ("diff-add-fg", "foreground") for ground in ADDED]
    + [(text, ground) for text in ("diff-del-fg", "foreground") for ground in REMOVED]
    + [("text-muted", ground) for ground in ("diff-add-bg", "diff-del-bg")]
    + [("background", ground) for ground in ("primary", "accent", "warning", "error", "success")]
)
AA_TEXT, AAA_TEXT, AA_GRAPHIC = 4.5, 7.0, 3.0

THEMES = shipped()


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_text_can_be_read_on_every_ground_it_is_drawn_on(theme: ThemeFile) -> None:
    weak = {
        f"{text} on {ground}": round(ratio, 2)
        for text, ground in PAIRS
        if (ratio := contrast(theme.colours[text], theme.colours[ground])) < AA_TEXT
    }
    assert not weak


@pytest.mark.parametrize("theme", [t for t in THEMES if "high-contrast" in t.name], ids=lambda theme: theme.name)
def test_high_contrast_is_seven_to_one(theme: ThemeFile) -> None:
    weak = {
        f"{text} on {ground}": round(ratio, 2)
        for text, ground in PAIRS
        if text != "background" and (ratio := contrast(theme.colours[text], theme.colours[ground])) < AAA_TEXT
    }
    assert not weak


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_full_gauge_stands_out_from_its_track(theme: ThemeFile) -> None:
    track = theme.colours["gauge-track"]
    for fill in ("gauge-ok", "gauge-low", "gauge-over"):
        assert contrast(theme.colours[fill], track) >= AA_GRAPHIC, fill


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_theme_is_as_dark_as_it_says(theme: ThemeFile) -> None:
    assert (luminance(theme.colours["background"]) < 0.2) is theme.is_dark


# ── as others see it ─────────────────────────────────────────────────────────

Matrix = tuple[tuple[float, float, float], ...]

SIGHTS: dict[str, Matrix] = {
    "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}
"""Linear sRGB as a dichromat sees it: Viénot, Brettel and Mollon 1999, "Digital video colourmaps for checking the
legibility of displays by dichromats", for today's sRGB primaries."""
TOLD_APART = 12.0
"""CIE 1976 colour difference; two patches of 2.3 are just told apart."""
DIFF_PAIRS = [(f"diff-add-{part}", f"diff-del-{part}") for part in ("fg", "bg", "word-bg")]


def seen(colour: str, sight: Matrix) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of what is seen."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    red, green, blue = (max(0.0, sum(map(float.__mul__, row, linear))) for row in sight)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def nearest_pair(theme: ThemeFile, sight: Matrix) -> float:
    return min(math.dist(seen(theme.colours[a], sight), seen(theme.colours[b], sight)) for a, b in DIFF_PAIRS)


@pytest.mark.parametrize("sight", SIGHTS.values(), ids=SIGHTS)
@pytest.mark.parametrize("theme", [t for t in THEMES if "blue-orange" in t.name], ids=lambda theme: theme.name)
def test_added_and_removed_are_told_apart_without_red_and_green(theme: ThemeFile, sight: Matrix) -> None:
    assert nearest_pair(theme, sight) >= TOLD_APART


def test_red_and_green_are_not() -> None:
    assert nearest_pair(THEMES[0], SIGHTS["deuteranopia"]) < TOLD_APART / 4


def test_dark_and_light_come_first() -> None:
    assert [theme.name for theme in THEMES[:2]] == ["dark", "light"]


def source(**changed: str) -> str:
    colours = dict.fromkeys((*BASE_COLOURS, *ROLE_COLOURS), "#102030") | changed
    base = "\n".join(f'{name} = "{colours[name]}"' for name in BASE_COLOURS if colours[name])
    roles = "\n".join(f'{name} = "{colours[name]}"' for name in ROLE_COLOURS if colours[name])
    return f'title = "Mine"\ndark = true\n[base]\n{base}\n[roles]\n{roles}\n'


def test_a_theme_is_read_with_all_its_colours() -> None:
    theme = parse("mine", source(primary="#ABCDEF"))
    assert (theme.name, theme.title, theme.is_dark) == ("mine", "Mine", True)
    assert theme.colours["primary"] == "#abcdef"
    assert set(theme.colours) == {*BASE_COLOURS, *ROLE_COLOURS}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("title = ", "not TOML", id="not TOML"),
        pytest.param('title = "x"', "dark = true", id="no dark"),
        pytest.param(source(accent=""), "[base] lacks accent", id="missing base colour"),
        pytest.param(source(reasoning=""), "[roles] lacks reasoning", id="missing role"),
        pytest.param(source() + 'extra = "#000000"', "unknown names: extra", id="unknown name"),
        pytest.param(source(primary="blue"), 'write it as "#rrggbb"', id="colour by name"),
        pytest.param('title = "x"\ndark = true\nbase = 3', "lacks primary", id="table of another type"),
    ],
)
def test_a_theme_that_is_wrong_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(ThemeProblem) as caught:
        parse("mine", text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param('title = "x"\ndark = \n', "(at line 2", id="not TOML"),
        pytest.param(source(accent="red"), " line 6: accent is 'red'", id="colour"),
        pytest.param(source(reasoning=""), ": [roles] lacks reasoning", id="name"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_path_and_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ThemeProblem) as caught:
        load(file)
    assert str(caught.value).startswith(str(file))
    assert words in str(caught.value)


def test_a_missing_file_is_a_problem_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ThemeProblem, match=r"nope\.toml"):
        load(tmp_path / "nope.toml")
