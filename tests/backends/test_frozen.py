"""A class that is frozen late is the one that the standard library would have made at once."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from backends.frozen import frozen


def defined(decorate: Callable[[type], type]) -> Any:
    class Point:
        """A place."""

        x: int
        y: int = 0
        tags: list[str] = field(default_factory=list)
        hidden: int = field(default=7, compare=False, repr=False)

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("left of the edge")

        @property
        def sum(self) -> int:
            return self.x + self.y

    return decorate(Point)


@pytest.fixture
def point() -> Any:
    return defined(frozen)


@pytest.fixture
def known() -> Any:
    return defined(dataclass(frozen=True, slots=True))


ASKED: dict[str, Callable[[Any], object]] = {
    "repr": lambda cls: repr(cls(1, tags=["a"])).rpartition(".")[2],
    "equality": lambda cls: (cls(1) == cls(1, 0), cls(1) == cls(2), cls(1, hidden=1) == cls(1, hidden=2), cls(1) == 1),
    "a hash": lambda cls: hash(replace(cls(1), tags=())) == hash(replace(cls(1), tags=())),
    "replace": lambda cls: replace(cls(1), y=5).y,
    "as a dictionary": lambda cls: asdict(cls(1)),
    "fields": lambda cls: [(one.name, one.compare, one.default == 7) for one in fields(cls)],
    "is_dataclass": is_dataclass,
    "names to match": lambda cls: cls.__match_args__,
    "slots": lambda cls: (cls.__slots__, hasattr(cls(1), "__dict__")),
    "a copy": lambda cls: copy.deepcopy(cls(1, 2)).y,
    "own methods": lambda cls: cls(1, 2).sum,
    "words": lambda cls: (cls.__name__, cls.__qualname__, cls.__doc__, cls.__module__),
    "the signature of its making": lambda cls: cls(1) and str(inspect.signature(cls)),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())
def test_it_answers_as_a_dataclass_does(ask: Callable[[Any], object], point: Any, known: Any):
    assert ask(point) == ask(known)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        pytest.param(lambda cls: setattr(cls(1), "x", 2), FrozenInstanceError, id="a field is set"),
        pytest.param(lambda cls: delattr(cls(1), "x"), FrozenInstanceError, id="a field is deleted"),
        pytest.param(lambda cls: cls(), TypeError, id="a field is missing"),
        pytest.param(lambda cls: cls(1, z=2), TypeError, id="a field is unknown"),
        pytest.param(lambda cls: cls(-1), ValueError, id="its own check says no"),
    ],
)
def test_it_refuses_what_a_dataclass_refuses(spoil: Callable[[Any], object], error: type[Exception], point: Any):
    with pytest.raises(error):
        spoil(point)


def test_it_is_matched_by_place():
    match Pair(1, Pair(2, None)):
        case Pair(left, Pair(inner)):
            assert (left, inner) == (1, 2)
        case _:
            pytest.fail("no match")


def test_it_can_be_pickled():
    assert pickle.loads(pickle.dumps(Pair(1, None))) == Pair(1, None)


def test_the_standard_library_is_asked_once_for_all_that_an_instance_does_not_need(monkeypatch: pytest.MonkeyPatch):
    asked: list[bool] = []
    monkeypatch.setattr(
        "backends.frozen.dataclass", lambda **how: asked.append(how.get("eq", True)) or dataclass(**how)
    )
    late = defined(frozen)
    one, other = late(1), late(x=1)
    match one:
        case late(x):
            assert x == 1
    assert asked == []
    assert replace(one, y=2).y == replace(other, y=2).y
    assert asked == [False], "to know the fields no method is written"
    assert one == other
    assert repr(one) == repr(other)
    assert asked == [False, True]


@frozen
class Pair:
    left: int
    right: Pair | None
