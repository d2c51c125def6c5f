"""Fuzzy search in paths: what is found, what comes first, and that typing on is the same as asking anew."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.files.fuzzy import PathFinder, score

SHOP = (
    "README.md",
    "auth/session.py",
    "auth/views.py",
    "cart/cart.py",
    "cart/views.py",
    "docs/cart.md",
    "tests/test_session.py",
    "tests/auth/test_views.py",
    "web/SessionStore.ts",
    "web/assets/noise.py",
)


def found(query: str, paths: tuple[str, ...] = SHOP) -> list[str]:
    return [match.path for match in PathFinder(paths).find(query)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        pytest.param("session", "auth/session.py", id="a file's whole name"),
        pytest.param("sess", "auth/session.py", id="the start of a name before its middle"),
        pytest.param("tsess", "tests/test_session.py", id="starts of words"),
        pytest.param("cart", "cart/cart.py", id="the name before the folder"),
        pytest.param("cartv", "cart/views.py", id="from folder into name"),
        pytest.param("auth/v", "auth/views.py", id="with a slash"),
        pytest.param("store", "web/SessionStore.ts", id="a hump in a name"),
        pytest.param("readme", "README.md", id="small letters find capitals"),
        pytest.param("atv", "tests/auth/test_views.py", id="initials of folder and words"),
        pytest.param("auth sess", "auth/session.py", id="blanks mean nothing"),
    ],
)
def test_the_likeliest_path_comes_first(query: str, first: str):
    assert found(query)[0] == first


def test_a_capital_finds_only_itself():
    assert found("SessionS") == ["web/SessionStore.ts"]
    assert found("Readme") == []


def test_an_empty_query_shows_the_shortest_paths():
    assert found("")[:2] == ["README.md", "cart/cart.py"]


def test_places_tell_which_characters_were_meant():
    match = score("auth/session.py", "sess")
    assert match is not None
    assert match.places == (5, 6, 7, 8)


def test_a_letter_that_grows_when_made_small_shifts_no_place():
    match = score("İİ/a.py", "a")
    assert match is not None
    assert match.path[match.places[0]] == "a"


def test_among_very_many_the_exact_name_is_found():
    many = tuple(f"a{n}/sessions_{n}.py" for n in range(5_000))
    assert found("session.py", (*many, "very/deep/folder/of/the/project/session.py"))[0].endswith("/session.py")


PATHS = st.lists(st.text("abAB_/.", min_size=1, max_size=12), max_size=30, unique=True)
QUERIES = st.text("abAB_/", max_size=6)


def holds(path: str, query: str) -> bool:
    flags = re.IGNORECASE if query == query.lower() else 0
    return re.search(".*".join(map(re.escape, query)), path, flags) is not None


@given(PATHS, QUERIES)
def test_what_is_found_are_the_paths_that_hold_the_query_in_order(paths: list[str], query: str):
    matches = PathFinder(paths).find(query, most=100)
    assert {match.path for match in matches} == {path for path in paths if holds(path, query)}


@given(PATHS, QUERIES)
def test_places_spell_the_query(paths: list[str], query: str):
    for match in PathFinder(paths).find(query):
        spelled = "".join(match.path[place] for place in match.places)
        assert spelled == query or spelled.lower() == query
        assert list(match.places) == sorted(set(match.places))


@given(PATHS, st.lists(QUERIES, max_size=6))
def test_typing_on_and_back_finds_the_same_as_asking_anew(paths: list[str], queries: list[str]):
    finder = PathFinder(paths)
    for query in queries:
        assert finder.find(query) == PathFinder(paths).find(query)
