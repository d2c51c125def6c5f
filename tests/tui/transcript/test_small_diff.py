"""The card of a proposal in the transcript shows the whole diff of a small change, and none of a large one."""

from __future__ import annotations

import pytest

from agent.edits.proposal import FileChange, Proposal
from agent.events import ProposalReady
from tests.tui.review.build import VIEWS, VIEWS_AFTER, change, shop_proposal
from tui.transcript.cards import proposal_rows
from tui.transcript.rows import row_cells, row_text
from tui.transcript.small_diff import MOST_ROWS, small_diffs
from tui.transcript.telling import proposal_card

SIGNS = {"removed": "−", "added": "+"}


def drawn(*changes: FileChange) -> list[list[str]]:
    return [
        [f"{row.number or ' ':>2} {SIGNS.get(row.kind, ' ')} {row.text}" for row in rows]
        for rows in small_diffs(Proposal("p", changes))
    ]


def test_a_small_change_is_shown_whole_with_one_line_around_it():
    assert drawn(change("views.py", VIEWS, VIEWS_AFTER)) == [
        [
            " 7   " + '        return render("login.html", error="unknown name or password")',
            " 8 −     token = make_token(user)",
            " 9 −     cache[token] = user.id",
            " 8 +     token = sessions.create(user.id)",
            ' 9       return redirect("/", cookies={"session": token})',
        ]
    ]


def test_what_lies_between_two_hunks_is_counted():
    before = "".join(f"{number}\n" for number in range(1, 10))
    after = before.replace("2\n", "two\n").replace("8\n", "eight\n")
    assert drawn(change("a", before, after)) == [
        [
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
    ]


def test_every_small_file_has_its_own_rows():
    assert drawn(change("a", "1\n", "2\n"), change("b", None, "3\n")) == [[" 1 − 1", " 1 + 2"], [" 1 + 3"]]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(shop_proposal().changes, id="more rows than the card has"),
        pytest.param((change("a", None, "x\n" * (MOST_ROWS + 1)),), id="one line too many"),
        pytest.param((change("a", "1\n", "2\n", warnings=("runs by itself",)),), id="a warning"),
        pytest.param((FileChange("a", "b", b"", b"", ()),), id="a pure move"),
        pytest.param((change("a", "1\n", "1\r\n"),), id="another line end"),
        pytest.param((change("a", "1", "1\n"),), id="a line end where there was none"),
        pytest.param((change("a", "1\n", "x" * 200 + "\n"),), id="a line too long"),
        pytest.param((change("a", "x" * 300_000 + "\n1\n", "1\n"),), id="a file too large"),
        pytest.param((change("a", "1\n", "2\n"), change("b", "1\n", "1\r\n")), id="only one of them is plain"),
    ],
)
def test_what_needs_the_review_screen_is_not_shown_small(changes: tuple[FileChange, ...]):
    assert drawn(*changes) == []


def test_outside_text_is_clean_in_the_small_diff():
    assert drawn(change("a", None, "\tx\u200b\x1b[31m\r\n")) == [[" 1 +     x⟨U+200B⟩␛[31m"]]


@pytest.mark.parametrize("width", [30, 60, 120])
def test_the_card_holds_every_character_of_a_small_diff(width: int):
    one = change("views.py", VIEWS, VIEWS_AFTER)
    rows = proposal_rows(proposal_card(ProposalReady("c", Proposal("p", (one,))), ()), width)
    text = "".join(row_text(row).strip(" ▎") for row in rows).replace(" ", "")
    for line in (*one.hunks[0].before, *one.hunks[0].after):
        assert "".join(line.split()) in text
    assert {row_cells(row) for row in rows} == {width}
