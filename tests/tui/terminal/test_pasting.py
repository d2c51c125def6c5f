"""Pasted text is text, whatever stands in it and however the terminal cuts it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tui.terminal.driver import InputParser
from tui.terminal.pasting import PasteFilter

BEGIN, END = "\x1b[200~", "\x1b[201~"
pasted = st.text(st.sampled_from("ab \x1b[]52;~\x07\x19\r\n01é"), max_size=40).filter(lambda text: END not in text)
typed = st.sampled_from(["", "x", "\x1b", "\x1b[A", "\x1b[20", "ok\r"])


def cut(text: str, at: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in at)})
    return [text[a:b] for a, b in pairwise(edges)]


def passed(text: str, at: list[int]) -> str:
    pastes = PasteFilter()
    return "".join(pastes.feed(piece) for piece in cut(text, at))


@given(pasted, typed, typed, st.lists(st.integers(0, 200), max_size=12))
def test_only_escapes_inside_a_paste_change_wherever_the_input_is_cut(text, before, after, at):
    expected = before + BEGIN + text.replace("\x1b", "␛") + END + after
    assert passed(before + BEGIN + text + END + after, at) == expected


@given(st.text(max_size=30).filter(lambda text: BEGIN not in text), st.lists(st.integers(0, 60), max_size=6))
def test_what_is_typed_passes_at_once_and_as_it_is(text, at):
    assert passed(text, at) == text


@given(pasted)
def test_a_paste_is_one_event_and_presses_no_key(text):
    parser, pastes = XTermParser(), PasteFilter()
    heard = list(parser.feed(pastes.feed(BEGIN + text + "." + END)))
    heard += list(parser.feed(pastes.feed("z")))
    assert [type(event) for event in heard] == [events.Paste, events.Key]


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        pytest.param("\x1b\r", ["alt+enter"], id="alt and enter is not enter"),
        pytest.param("a\x1b\rb", ["a", "alt+enter", "b"], id="in the midst of others"),
        pytest.param("\x1bz", ["alt+z"], id="alt and a letter"),
        pytest.param("\x1b[A", ["up"], id="an arrow"),
        pytest.param("\r", ["enter"], id="enter"),
    ],
)
def test_what_comes_with_an_escape_is_alt(typed: str, keys: list[str]) -> None:
    assert [event.key for event in InputParser().feed(typed) if isinstance(event, events.Key)] == keys
