"""The door for outside text: what could act on the terminal or hide becomes visible (THREATS.md T1–T3)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tests.tui.payloads import ESCAPES
from tui.text import Gate, clean, clean_line, cut_path, ellipsis, invisible_count, split_cells

HOSTILE = st.one_of(
    st.characters(),
    st.characters(codec=None),
    st.sampled_from("\x00\x07\x08\t\n\r\x1b\x7f\x80\x90\x9b\x9d\xad\u200b\u200d\u202e\u2066\ufe0f\ufeff\U000e0041"),
)
TEXTS = st.text(HOSTILE)
DRAWN_FORMATS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110cd"
"""Format characters by category that a font draws: Arabic, Syriac and Kaithi number signs."""


def acts_on_a_terminal(text: str) -> bool:
    return any(unicodedata.category(char) == "Cc" and char not in "\t\n" for char in text)


def hides(text: str) -> bool:
    return any(unicodedata.category(char) in ("Cf", "Cs", "Zl", "Zp") and char not in DRAWN_FORMATS for char in text)


# ── cleaning ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain text\n\twith a tab", "plain text\n\twith a tab", id="tab and newline stay"),
        pytest.param("\x1b[31mred", "␛[31mred", id="escape"),
        pytest.param("a\rb", "a␍b", id="lone carriage return"),
        pytest.param("a\x7fb", "a␡b", id="delete"),
        pytest.param("\x9b31m", "⟨U+009B⟩31m", id="C1 control sequence introducer"),
        pytest.param("if \u202e} {", "if ⟨U+202E⟩} {", id="Trojan source"),
        pytest.param("pass\u200bword", "pass⟨U+200B⟩word", id="zero width"),
        pytest.param("hi\U000e0041", "hi⟨U+E0041⟩", id="tag character"),
        pytest.param("\ud83d", "⟨U+D83D⟩", id="half a surrogate pair"),
        pytest.param("❤\ufe0f", "❤\ufe0f", id="emoji presentation stays"),
        pytest.param("日本語 é e\u0301 🙂", "日本語 é e\u0301 🙂", id="letters, marks and emoji stay"),
    ],
)
def test_what_acts_or_hides_becomes_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(TEXTS)
@settings(max_examples=400)
def test_cleaned_text_holds_no_forbidden_character(text: str) -> None:
    assert not acts_on_a_terminal(clean(text))
    assert not hides(clean(text))


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@given(TEXTS, st.integers(0, 20))
@settings(max_examples=400)
def test_a_cut_anywhere_cleans_to_the_same_text(text: str, at: int) -> None:
    assert clean(text[:at]) + clean(text[at:]) == clean(text)


@pytest.mark.nightly
@given(TEXTS, st.integers(0, 200))
@settings(max_examples=20_000, deadline=None)
def test_the_laws_of_cleaning_hold_for_very_many_texts(text: str, at: int) -> None:
    cleaned = clean(text)
    assert not acts_on_a_terminal(cleaned)
    assert not hides(cleaned)
    assert clean(cleaned) == cleaned
    assert clean(text[:at]) + clean(text[at:]) == cleaned


@given(TEXTS)
def test_a_line_stays_one_line(text: str) -> None:
    assert "\n" not in clean_line(text)
    assert "\t" not in clean_line(text)


@pytest.mark.parametrize("payload", ESCAPES)
def test_no_escape_sequence_survives(payload: str) -> None:
    assert not acts_on_a_terminal(clean(payload))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("nothing here\n\t", 0),
        ("\x1b[0m", 0),
        ("a\u200bb\u202ec", 2),
        ("one\rtwo", 1),
        ("\U000e0041\U000e0042", 2),
    ],
)
def test_what_hides_is_counted(text: str, count: int) -> None:
    assert invisible_count(text) == count


# ── fitting ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("x", 0, ""),
        ("two\nlines", 20, "two␊lines"),
    ],
)
def test_a_line_is_ended_with_an_ellipsis_when_it_does_not_fit(text: str, width: int, shown: str) -> None:
    assert ellipsis(text, width) == shown


@given(TEXTS, st.integers(0, 30))
def test_nothing_is_wider_than_it_may_be(text: str, width: int) -> None:
    assert cell_len(ellipsis(text, width)) <= width
    assert cell_len(cut_path(text, width)) <= width
    head, rest = split_cells(clean_line(text), width)
    assert head + rest == clean_line(text)
    assert cell_len(head) <= width


@pytest.mark.parametrize(
    ("path", "width", "shown"),
    [
        pytest.param("auth/session.py", 20, "auth/session.py", id="fits"),
        pytest.param("src/very/long/way/down/file.py", 20, "src/…/down/file.py", id="middle folders give way whole"),
        pytest.param("src/a/b/file.py", 13, "src/…/file.py", id="one folder is left"),
        pytest.param("/etc/some/where/passwd", 15, "/etc/…/passwd", id="an absolute path stays absolute"),
        pytest.param("src/a/a_very_long_name.py", 14, "src/…/…name.py", id="then the start of the name"),
        pytest.param("a_very_long_name.py", 8, "…name.py", id="a name alone keeps its end"),
        pytest.param("../evil/x.py", 40, "../evil/x.py", id="dots are shown"),
    ],
)
def test_a_path_keeps_its_first_folder_and_its_end(path: str, width: int, shown: str) -> None:
    assert cut_path(path, width) == shown


# ── the second net ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("payload", ESCAPES)
def test_the_second_net_lets_no_escape_sequence_through(payload: str) -> None:
    (segment,) = Gate().apply([Segment(payload)], Color(0, 0, 0))
    assert not acts_on_a_terminal(segment.text)
    assert "\n" not in segment.text


@given(TEXTS)
def test_the_second_net_keeps_the_length_of_a_line(text: str) -> None:
    (segment,) = Gate().apply([Segment(text)], Color(0, 0, 0))
    assert cell_len(segment.text) == sum(map(cell_len, text.splitlines())) or cell_len(segment.text) == cell_len(text)
    assert not hides(segment.text)


def test_the_second_net_drops_links_and_keeps_the_rest_of_a_style() -> None:
    (segment,) = Gate().apply([Segment("here", Style(bold=True, link="https://evil.example"))], Color(0, 0, 0))
    assert segment.style is not None
    assert segment.style.link is None
    assert segment.style.bold


def test_the_second_net_hands_harmless_lines_on_untouched() -> None:
    line = [Segment("plain", Style(bold=True)), Segment("日本")]
    assert Gate().apply(line, Color(0, 0, 0)) is line
