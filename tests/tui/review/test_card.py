"""The card of a proposal in the transcript: a line for each file, and the whole diff when it is small."""

from __future__ import annotations

import pytest

from agent.edits.proposal import FileChange, Proposal
from tests.tui.review.build import VIEWS, VIEWS_AFTER, change, shop_proposal
from tui.widgets.diff.summary import SMALL_ROWS, card_lines, small_rows


def drawn(*changes: FileChange) -> list[str] | None:
    rows = small_rows(Proposal("p", changes))
    return None if rows is None else [f"{row.number or ' ':>2} {row.sign} {row.text}" for row in rows]


@pytest.mark.parametrize(
    ("one", "line"),
    [
        pytest.param(change("a.py", "1\n2\n", "1\n3\n4\n"), "a.py +2 −1", id="edit"),
        pytest.param(change("a.py", None, "1\n"), "a.py new +1", id="new"),
        pytest.param(change("a.py", "1\n", None), "a.py delete −1", id="delete"),
        pytest.param(change("a.py", "1\n", "2\n", target="b.py"), "a.py → b.py move +1 −1", id="move"),
        pytest.param(change("a\u202e.py", "1\n", "2\n"), "a⟨U+202E⟩.py +1 −1", id="an invisible character in a name"),
    ],
)
def test_a_file_is_one_line(one: FileChange, line: str):
    assert [str(card) for card in card_lines(Proposal("p", (one,)))] == [line]


def test_a_small_change_is_shown_whole_with_one_line_around_it():
    assert drawn(change("views.py", VIEWS, VIEWS_AFTER)) == [
        " 7   " + '        return render("login.html", error="unknown name or password")',
        " 8 −     token = make_token(user)",
        " 9 −     cache[token] = user.id",
        " 8 +     token = sessions.create(user.id)",
        ' 9       return redirect("/", cookies={"session": token})',
    ]


def test_what_lies_between_two_hunks_is_counted():
    before = "".join(f"{number}\n" for number in range(1, 10))
    after = before.replace("2\n", "two\n").replace("8\n", "eight\n")
    assert drawn(change("a", before, after)) == [
        " 1   1",
        " 2 − 2",
        " 2 + two",
        " 3   3",
        "     ⋯ 3 unchanged lines",
        " 7   7",
        " 8 − 8",
        " 8 + eight",
        " 9   9",
    ]


def test_several_small_files_are_told_apart_by_name():
    rows = drawn(change("a", "1\n", "2\n"), change("b", None, "3\n"))
    assert rows == ["     a", " 1 − 1", " 1 + 2", "     b", " 1 + 3"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(shop_proposal().changes, id="more rows than the card has"),
        pytest.param((change("a", None, "x\n" * (SMALL_ROWS + 1)),), id="one line too many"),
        pytest.param((change("a", "1\n", "2\n", warnings=("runs by itself",)),), id="a warning"),
        pytest.param((FileChange("a", "b", b"", b"", ()),), id="a pure move"),
    ],
)
def test_what_needs_the_review_screen_is_not_shown_small(changes: tuple[FileChange, ...]):
    assert drawn(*changes) is None


def test_outside_text_is_clean_in_the_small_diff():
    assert drawn(change("a", None, "\tx\u200b\x1b[31m\r\n")) == [" 1 +     x⟨U+200B⟩␛[31m"]
