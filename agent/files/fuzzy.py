"""Fuzzy search in many paths, a key at a time: what is typed narrows what was left, and only likely ones are scored.

Pure; knows neither disk nor screen. Small letters find capitals too; a capital in the query finds only itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice

from backends.frozen import frozen

SCORED = 200
"""Places looked at of each kind of match; the order of paths decides among equally good ones beyond that."""

_AT_ONCE = 2_000
_BOUNDARY = frozenset("/_-. ")
_START, _NEXT, _IN_NAME, _NAME_STARTS, _WHOLE_NAME = 12, 8, 6, 20, 40


@frozen
class Match:
    """A path that fits, the better the higher its `score`; `places` are the characters of `path` that were typed."""

    path: str
    places: tuple[int, ...]
    score: int


class PathFinder:
    """Finds in `paths`, with `/` between their parts. Ask with each key: longer queries go on from the shorter ones."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = sorted(paths, key=lambda path: (len(path), path))
        self._exact: _Texts | None = None
        self._folded: _Texts | None = None

    def find(self, query: str, most: int = 50) -> list[Match]:
        """The best `most` matches, the best first; for an empty query the shortest paths. Blanks mean nothing."""
        query = "".join(query.split())
        if not query:
            return [Match(path, (), 0) for path in self._paths[:most]]
        found = (match for i in self._texts(query).likely(query) if (match := score(self._paths[i], query)))
        return sorted(found, key=lambda match: (-match.score, len(match.path), match.path))[:most]

    def _texts(self, query: str) -> _Texts:
        if query != query.lower():
            self._exact = self._exact or _Texts(self._paths)
            return self._exact
        self._folded = self._folded or _Texts([_fold(path) for path in self._paths])
        return self._folded


class _Texts:
    """The paths as they are compared, and for each query typed so far those that hold it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._names = _Lines([text.rpartition("/")[2] for text in texts])
        self._whole = _Lines(texts)
        self._left = [_Left("")]

    def likely(self, query: str) -> list[int]:
        """Paths that hold the query and may be among the best: names that begin with it, names, paths, then pieces."""
        paths = list(islice(self._whole.holding(query), SCORED))
        # When few hold it these are all that do, and no further search is needed to choose among them.
        if len(paths) < SCORED:
            names = [i for i in paths if query in self._name(i)]
        else:
            names = list(islice(self._names.holding(query), SCORED))
        if len(names) < SCORED:
            begun = [i for i in names if self._name(i).startswith(query)]
        else:
            begun = list(islice(self._names.holding("\n" + query), SCORED))
        pieces = islice(self._in_pieces(query), SCORED)
        return list(dict.fromkeys((*begun, *names, *paths, *pieces)))

    def _name(self, number: int) -> str:
        return self._texts[number].rpartition("/")[2]

    def _in_pieces(self, query: str) -> Sequence[int]:
        """The first paths with the query's characters in order, going on from the longest query before it."""
        while not query.startswith(self._left[-1].query):
            self._left.pop()
        if query != self._left[-1].query:
            self._left.append(self._left[-1].narrowed(self._texts, query))
        self._left[-1].fill(self._texts)
        return self._left[-1].found


class _Left:
    """Of the first `seen` texts, those that hold `query` in order: more are looked at only while they are too few."""

    __slots__ = ("_holds", "found", "query", "seen")

    def __init__(self, query: str, found: Iterable[int] = (), seen: int = 0) -> None:
        self.query = query
        self.found = list(found)
        self.seen = seen
        pieces = (f"[^{re.escape(character)}]*{re.escape(character)}" for character in query)
        self._holds = re.compile("".join(pieces)).match

    def narrowed(self, texts: Sequence[str], query: str) -> _Left:
        longer = _Left(query, seen=self.seen)
        longer.found = [i for i in self.found if longer._holds(texts[i])]
        return longer

    def fill(self, texts: Sequence[str]) -> None:
        """Look on until enough are found. The last character, which is new, is asked for first, because it is cheap."""
        last = self.query[-1]
        while len(self.found) < SCORED and self.seen < len(texts):
            end = self.seen + _AT_ONCE
            chunk = enumerate(texts[self.seen : end], self.seen)
            self.found += [i for i, text in chunk if last in text and self._holds(text)]
            self.seen = end


class _Lines:
    """Texts as one, so that a search runs through all of them at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._joined = "\n" + "\n".join(texts) + "\n"
        self._starts = list(accumulate((len(text) + 1 for text in texts), initial=0))

    def holding(self, piece: str) -> Iterator[int]:
        """The numbers of the texts that hold `piece`, in order; each may come more than once."""
        place = self._joined.find(piece)
        while place >= 0:
            number = bisect_right(self._starts, place if piece.startswith("\n") else place - 1) - 1
            yield number
            place = self._joined.find(piece, self._starts[number + 1])


def score(path: str, query: str) -> Match | None:
    """How well `query` fits `path`, or None: starts of words, neighbours and the file's own name count."""
    text = path if query != query.lower() else _fold(path)
    places = _places(text, query)
    if places is None:
        return None
    name = text.rfind("/") + 1
    points = sum(_points(path, place, before, name) for place, before in zip(places, (-2, *places), strict=False))
    if text.startswith(query, name):
        points += _WHOLE_NAME if text[name:] == query or text[name:].partition(".")[0] == query else _NAME_STARTS
    return Match(path, places, points)


def _places(text: str, query: str) -> tuple[int, ...] | None:
    """Where the query stands: in one piece where a word begins, in one piece, or in pieces as far right as possible."""
    place = text.rfind(query)
    if place >= 0:
        first = text.find(query, text.rfind("/") + 1)
        while first >= 0 and not (first == 0 or text[first - 1] in _BOUNDARY):
            first = text.find(query, first + 1)
        start = first if first >= 0 else place
        return tuple(range(start, start + len(query)))
    found: list[int] = []
    end = len(text)
    for character in reversed(query):
        end = text.rfind(character, 0, end)
        if end < 0:
            return None
        found.append(end)
    return tuple(reversed(found))


def _points(path: str, place: int, before: int, name: int) -> int:
    points = _IN_NAME if place >= name else 0
    if place == before + 1:
        points += _NEXT
    if place == 0 or path[place - 1] in _BOUNDARY or (path[place].isupper() and path[place - 1].islower()):
        points += _START
    return points


def _fold(text: str) -> str:
    """In small letters, character for character, so that places stay places."""
    folded = text.lower()
    if len(folded) == len(text):
        return folded
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)
