"""Enclosures: a long paste goes to the model whole; what own commands told goes with the next message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.conversation.enclosures import FOLD_CHARACTERS, FOLD_LINES, Enclosures

LONG = "\n".join(f"line {i}" for i in range(312))


@pytest.mark.parametrize(
    ("pasted", "label"),
    [
        pytest.param(LONG, "[pasted 312 lines]", id="many lines"),
        pytest.param("x" * 5_000, "[pasted 5,000 characters]", id="one long line"),
        pytest.param("a\rb", "a\nb", id="short, with the terminal's line ends"),
        pytest.param("\n" * (FOLD_LINES - 1), "\n" * (FOLD_LINES - 1), id="just short enough"),
        pytest.param("x" * FOLD_CHARACTERS, "x" * FOLD_CHARACTERS, id="as long as may be"),
    ],
)
def test_what_is_long_folds_into_a_label(pasted: str, label: str) -> None:
    assert Enclosures().fold(pasted) == label


def test_two_pastes_of_one_length_have_labels_of_their_own() -> None:
    enclosures = Enclosures()
    other = LONG.replace("line", "word")
    labels = enclosures.fold(LONG), enclosures.fold(other), enclosures.fold(LONG)
    assert labels == ("[pasted 312 lines]", "[pasted 312 lines, 2]", "[pasted 312 lines]")
    assert enclosures.whole(f"{labels[1]} not {labels[0]}") == f"{other} not {LONG}"


def test_a_label_inside_a_pasted_text_is_text() -> None:
    enclosures = Enclosures()
    enclosures.fold(LONG)
    quoting = LONG + "[pasted 312 lines]" + "\n" * 20
    assert enclosures.whole(enclosures.fold(quoting)) == quoting


def test_a_label_that_nobody_pasted_is_text() -> None:
    assert Enclosures().whole("[pasted 312 lines]") == "[pasted 312 lines]"


def test_what_a_command_told_goes_with_the_next_message_and_no_other() -> None:
    enclosures = Enclosures()
    enclosures.hand_in("make test", "[exit code 2]\nboom")
    sent = enclosures.send("why?")
    assert sent == "I ran `make test`:\n\n```\n[exit code 2]\nboom\n```\n\nwhy?"
    assert enclosures.send("and now?") == "and now?"
    assert enclosures.take_back(sent) == "[!make test]\n\nwhy?"
    assert enclosures.send("[!make test]\n\nwhy?") == sent


@given(st.lists(st.text(alphabet="ab\n[] 312pastedlines,", max_size=60).map(lambda text: text * 40), max_size=4))
def test_whatever_is_pasted_reaches_the_model_as_it_was(pasted: list[str]) -> None:
    enclosures = Enclosures()
    written = "\x00".join(map(enclosures.fold, pasted))
    assert enclosures.whole(written) == "\x00".join(
        text if enclosures.fold(text) != text else enclosures.whole(text) for text in pasted
    )


def test_what_a_command_told_goes_with_the_next_message_when_this_one_was_not_sent() -> None:
    enclosures = Enclosures()
    enclosures.hand_in("ls", "a.py")
    sent = enclosures.send("what is here?")
    enclosures.take_reports_back()
    assert enclosures.send("what is here?") == sent
    assert enclosures.send("and now?") == "and now?"
