"""Find: every place in order, the one that is looked at, and no text read twice."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.transcript.blocks import Answer, Prompt
from tui.transcript.document import Document
from tui.transcript.find import MOST, Finder


def document(*texts: str) -> Document:
    made = Document()
    made.extend(Answer(text) for text in texts)
    return made


def places(finder: Finder) -> list[tuple[int, int, int]]:
    """Block, start and end of each place, by walking over all of them."""
    found: list[tuple[int, int, int]] = []
    for _ in range(finder.count):
        place = finder.current
        assert place is not None
        found.append((place.block, place.start, place.end))
        finder.step(1)
    return found


@pytest.mark.parametrize(
    ("texts", "query", "expected"),
    [
        pytest.param(("one two one", "none"), "one", [(1, 0, 3), (1, 8, 11), (2, 1, 4)], id="in order"),
        pytest.param(("One", "one"), "one", [(1, 0, 3), (2, 0, 3)], id="small letters find capitals"),
        pytest.param(("One", "one"), "One", [(1, 0, 3)], id="capitals find themselves"),
        pytest.param(("aaa",), "aa", [(1, 0, 2)], id="places do not overlap"),
        pytest.param(("İ one",), "one", [(1, 2, 5)], id="a letter that grows when lowered moves nothing"),
        pytest.param(("one",), "", [], id="nothing is found nowhere"),
        pytest.param(("one",), "two", [], id="what is not there"),
    ],
)
def test_all_places_are_found(texts: tuple[str, ...], query: str, expected: list[tuple[int, int, int]]):
    finder = Finder()
    finder.search(document(*texts), query)
    assert places(finder) == expected


@pytest.mark.parametrize(("near", "number"), [(0, 0), (1, 1), (2, 1), (3, 1)])
def test_the_first_place_from_here_on_is_looked_at_or_else_the_last(near: int, number: int):
    finder = Finder()
    finder.search(document("one", "two", "one", "two"), "one", near=near)
    assert finder.number == number


def test_only_so_many_places_are_kept():
    finder = Finder()
    finder.search(document("a" * (MOST - 1), "aaa", "a"), "a")
    assert finder.count == MOST
    finder.step(-1)
    assert finder.current is not None
    assert (finder.current.block, finder.current.start) == (2, 0)


def test_the_place_that_is_looked_at_is_marked_as_such():
    finder = Finder()
    finder.search(document("one one", "one"), "one")
    assert [mark.ink for mark in finder.marks(1)] == ["match-current", "match"]
    assert [mark.ink for mark in finder.marks(2)] == ["match"]
    assert finder.marks(3) == ()


def test_no_further_letter_reads_a_text_again(monkeypatch: pytest.MonkeyPatch):
    here = document(*["one"] * 20, "a" * MOST)
    finder = Finder()
    finder.search(here, "a")
    read: list[int] = []
    source = here.source
    monkeypatch.setattr(here, "source", lambda index: read.append(index) or source(index))
    for query in ("aa", "a", "o", "on", "one", "on"):
        finder.search(here, query)
    assert (finder.count, read) == (20, [])


def test_a_block_that_changed_is_read_again():
    here = document("one", "two")
    finder = Finder()
    finder.search(here, "o")
    here.replace(2, Prompt("on and on"))
    finder.search(here, "on")
    assert places(finder) == [(1, 0, 2), (2, 0, 2), (2, 7, 9)]


@pytest.mark.parametrize("query", ["ab", "a b", "\n", "ba"])
def test_nothing_is_found_over_the_border_of_two_blocks(query: str):
    finder = Finder()
    finder.search(document("a", "b", "", "a"), query)
    assert finder.count == 0


@given(st.lists(st.text("aAbİ ", max_size=6), max_size=8), st.text("aAbi ", min_size=1, max_size=3))
def test_places_are_those_of_each_text_by_itself(texts: list[str], query: str):
    finder = Finder()
    finder.search(document(*texts), query)
    ignores_case = query == query.lower()
    expected = [
        (number, place.start(), place.end())
        for number, text in enumerate(texts, 1)
        for place in re.finditer(re.escape(query), "".join(c.lower()[0] for c in text) if ignores_case else text)
    ]
    assert places(finder) == expected


def test_a_longer_query_looks_where_the_shorter_one_stood():
    here = document("one", "on", "two", "no one")
    finder = Finder()
    for query, count in (("o", 5), ("on", 3), ("one", 2), ("on", 3), ("One", 0)):
        finder.search(here, query)
        assert finder.count == count


def test_text_that_arrives_makes_nothing_else_be_read_again(monkeypatch: pytest.MonkeyPatch):
    here = document("one", "two")
    here.open(Answer())
    finder = Finder()
    finder.search(here, "o")
    read: list[int] = []
    source = here.source
    monkeypatch.setattr(here, "source", lambda index: read.append(index) or source(index))
    here.feed("on")
    finder.search(here, "on")
    assert (finder.count, read) == (2, [2])


def test_text_that_arrives_is_found():
    here = document("one")
    here.open(Answer())
    finder = Finder()
    for text in ("o", "ne"):
        here.feed(text)
        finder.search(here, "one")
    assert finder.count == 2
