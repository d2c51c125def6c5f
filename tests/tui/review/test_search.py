"""Searching in a proposal: lines in reading order, folded ones too, round and round."""

from __future__ import annotations

import pytest

from tests.tui.review.build import change
from tui.widgets.diff.content import file_text
from tui.widgets.diff.search import Match, Search, find_matches

TEXTS = [
    file_text(change("a", "Login\nkeep login\nold\n", "login()\nkeep login\nnew\n")),
    file_text(change("b", None, "no\nLOGIN\n")),
]


def test_matches_come_in_reading_order_old_before_new():
    assert find_matches(TEXTS, "login") == [
        Match(0, "before", 0),
        Match(0, "after", 0),
        Match(0, "after", 1),
        Match(1, "after", 1),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("login", 4, id="small letters find capitals"),
        pytest.param("Login", 1, id="a capital is meant"),
        pytest.param("", 0, id="nothing"),
        pytest.param("nowhere", 0, id="not there"),
    ],
)
def test_small_letters_find_capitals_and_capitals_only_themselves(query: str, found: int):
    assert len(find_matches(TEXTS, query)) == found


def test_stepping_begins_at_the_file_in_focus_and_goes_round():
    search = Search()
    search.begin("login")
    search.take("login", find_matches(TEXTS, "login"))
    steps = [search.step(by, from_file=1) for by in (1, 1, -1)]
    assert [match and (match.file, match.line) for match in steps] == [(1, 1), (0, 0), (1, 1)]
    assert search.words == "“login”: 4 of 4"


def test_matches_of_an_older_query_are_dropped():
    search = Search()
    search.begin("log")
    search.begin("login")
    assert not search.take("log", [Match(0, "after", 0)])
    assert search.step(1) is None
    assert search.words == "“login”: not found"
