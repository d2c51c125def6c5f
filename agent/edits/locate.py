"""Finds where the hunks of a patch belong in a file: exact first, then looser, and never by guess. Pure.

One pass over the file notes where the hunks' lines occur; only those places are compared in full. So a miss costs about
as much as a hit, and a file of 200,000 lines costs a small multiple of splitting it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import IntEnum
from itertools import pairwise

from agent.edits.errors import EditError
from agent.edits.folding import fold, loose
from agent.edits.indentation import UNMOVED, Reindent, find_reindent, indent_of
from agent.edits.operations import PatchHunk
from agent.edits.teaching import ambiguous, hunk_label, not_found
from backends.frozen import frozen

_PLACES_COMPARED = 5_000
"""Where the rarest line of a hunk stands more often than this, only an exact match counts."""
_PLACES_KEPT = 500
"""More equally good places than this are ambiguous, whatever the order of hunks says."""
_HEADERS_READ = 200
"""A header line that stands more often than this places nothing."""


class Looseness(IntEnum):
    """How much had to be overlooked for a hunk to fit."""

    EXACT = 0
    TRAILING_BLANKS = 1
    TYPOGRAPHY = 2
    INDENTATION = 3


@frozen
class Placement:
    """A hunk at its place: `start` is the 0-based line of the file where its first old line stands."""

    start: int
    hunk: PatchHunk
    looseness: Looseness = Looseness.EXACT
    reindent: Reindent = UNMOVED
    note: str = ""

    @property
    def core(self) -> tuple[int, int]:
        """The lines of the file from the first change to the last; context around it may be shared by two hunks."""
        marks = [line.mark for line in self.hunk.lines]
        changes = [number for number, mark in enumerate(marks) if mark != " "]
        if not changes:
            return (self.start, self.start)
        before = changes[0]
        removed = sum(mark != "+" for mark in marks[before : changes[-1] + 1])
        return (self.start + before, self.start + before + removed)


def locate(
    lines: Sequence[str], hunks: Sequence[PatchHunk], path: str, *, is_ascii: bool = False
) -> tuple[Placement, ...]:
    """Where each hunk belongs, in the order of `hunks`. `lines` are without LF; a CR at the end is overlooked.
    `is_ascii` says that no line needs folding.

    Raises EditError with `context_not_found`, `ambiguous_match`, or `invalid_patch` for hunks that overlap.
    """
    index = _Index(lines, hunks, is_ascii)
    candidates = [_candidates(index, hunk, hunk_label(number, len(hunks)), path) for number, hunk in enumerate(hunks)]
    return _in_order(index, candidates, hunks, path)


class _Index:
    """The file's lines, and where each line that a hunk mentions occurs, forgivingly compared."""

    def __init__(self, lines: Sequence[str], hunks: Iterable[PatchHunk], is_ascii: bool) -> None:
        self.lines = lines
        wanted = {loose(text) for hunk in hunks for text in (*hunk.old, *hunk.headers)}
        if all(any(map(loose, hunk.old)) for hunk in hunks):
            wanted.discard("")  # blank lines are everywhere; only a hunk of nothing else has to look for them
        self.positions: dict[str, list[int]] = {text: [] for text in wanted}
        bare = map(str.strip if is_ascii else loose, lines)
        for number, line in [(number, line) for number, line in enumerate(bare) if line in wanted]:
            self.positions[line].append(number)

    def starts(self, old: Sequence[str]) -> list[int]:
        """Where `old` may begin: told by its rarest line, so that few places are compared in full."""
        rarest: list[int] | None = None
        before = 0
        for number, text in enumerate(old):
            found = self.positions.get(loose(text))
            if found is not None and (rarest is None or len(found) < len(rarest)):
                rarest, before = found, number
        last = len(self.lines) - len(old)
        return [at - before for at in rarest or () if 0 <= at - before <= last]


# ── one hunk ─────────────────────────────────────────────────────────────────


def _candidates(index: _Index, hunk: PatchHunk, label: str, path: str) -> list[Placement]:
    """The equally good places of one hunk, after headers, end marker and number had their say. Never empty."""
    scopes, note = _scopes(index, hunk.headers)
    if not hunk.old:
        return [_insertion(index, hunk, scopes, label, path)]
    for variant in _variants(hunk):
        for level in _levels(index, variant):
            chosen = _at_number(_at_end(index, _in_scope(index, level, scopes), hunk), hunk)
            if len(chosen) > _PLACES_KEPT:
                places = [place.start for place in chosen]
                raise EditError("ambiguous_match", ambiguous(index.lines, places, hunk, label), path)
            if chosen:
                return [replace(place, note=note) for place in chosen]
    raise EditError("context_not_found", not_found(index.lines, index.positions, hunk, label), path)


def _variants(hunk: PatchHunk) -> list[PatchHunk]:
    """The hunk, and the hunk without the empty lines at its end, which often only part it from what follows."""
    if not hunk.blank_tail:
        return [hunk]
    return [hunk, replace(hunk, lines=hunk.lines[: -hunk.blank_tail], blank_tail=0)]


def _levels(index: _Index, hunk: PatchHunk) -> Iterator[list[Placement]]:
    """The places that fit, exact ones first and then ever looser; each level is looked for only when asked."""
    old = hunk.old
    starts = index.starts(old)
    with_returns = [text + "\r" for text in old]
    yield [
        Placement(start, hunk)
        for start in starts
        if (there := index.lines[start : start + len(old)]) == old or there == with_returns
    ]
    if len(starts) > _PLACES_COMPARED:
        return
    places = _loose_places(index, hunk, starts)
    for looseness in Looseness:
        yield [place for place in places if place.looseness == looseness]


def _loose_places(index: _Index, hunk: PatchHunk, starts: Sequence[int]) -> list[Placement]:
    old = hunk.old
    bare = [loose(text) for text in old]
    added = {indent_of(line.text) for line in hunk.lines if line.mark == "+" and line.text.strip()}
    places: list[Placement] = []
    for start in starts:
        there = index.lines[start : start + len(old)]
        if all(loose(line) == text for line, text in zip(there, bare, strict=True)):
            fit = _fit(there, old, added)
            if fit is not None:
                places.append(Placement(start, hunk, *fit))
    return places


def _fit(there: Sequence[str], old: Sequence[str], added: set[str]) -> tuple[Looseness, Reindent] | None:
    """How lines that are alike but for blanks and typography differ, or None when no one rule explains it."""
    pairs = [(line.removesuffix("\r"), text) for line, text in zip(there, old, strict=True)]
    if all(line == text for line, text in pairs):
        return Looseness.EXACT, UNMOVED
    if all(line.rstrip() == text.rstrip() for line, text in pairs):
        return Looseness.TRAILING_BLANKS, UNMOVED
    if all(fold(line).rstrip() == fold(text).rstrip() for line, text in pairs):
        return Looseness.TYPOGRAPHY, UNMOVED
    indents = [(indent_of(fold(text)), indent_of(fold(line))) for line, text in pairs if text.strip()]
    reindent = find_reindent(indents, added)
    return None if reindent is None else (Looseness.INDENTATION, reindent)


def _insertion(index: _Index, hunk: PatchHunk, scopes: list[range], label: str, path: str) -> Placement:
    """Added lines without any context go where the end marker or one header says; else there is no telling."""
    if hunk.at_end or not index.lines:
        return Placement(len(index.lines), hunk)
    if hunk.headers and len(scopes) == 1:
        return Placement(scopes[0].start + 1, hunk)
    if hunk.headers and not scopes:
        raise EditError("context_not_found", not_found(index.lines, index.positions, hunk, label), path)
    places = [scope.start for scope in scopes]
    raise EditError("ambiguous_match", ambiguous(index.lines, places, hunk, label), path)


# ── what the headers and the end marker say ──────────────────────────────────


def _scopes(index: _Index, headers: Sequence[str]) -> tuple[list[range], str]:
    """The blocks that the headers lead to, from the header's own line; none when no header was given or found.

    Headers that are not in the file say nothing; a note tells the person.
    """
    scopes = [range(len(index.lines))]
    for header in headers:
        at = index.positions.get(loose(header)) or _lines_with(index.lines, header)
        if len(at) > _HEADERS_READ:
            return [], ""
        inner = [_block(index.lines, number) for number in at if any(number in scope for scope in scopes)]
        if not inner:
            return [], f"the patch places a hunk below {header.strip()[:60]!r}, which the file does not hold there"
        scopes = inner
    return (scopes, "") if headers else ([], "")


def _lines_with(lines: Sequence[str], header: str) -> list[int]:
    """Headers are often cut short: lines that begin with it, or else hold it."""
    text = header.strip()
    if not text:
        return []
    holding = [number for number, line in enumerate(lines) if text in line]
    return [number for number in holding if lines[number].lstrip().startswith(text)] or holding


_CLOSING = tuple(")]}{")


def _block(lines: Sequence[str], header: int) -> range:
    """From a header to the last line that is indented deeper; in a flat text only the header itself."""
    depth = len(indent_of(lines[header]))
    end = header + 1
    for number in range(header + 1, len(lines)):
        text = lines[number].strip()
        if text and len(indent_of(lines[number])) <= depth and not text.startswith(_CLOSING):
            break
        if text:
            end = number + 1
    return range(header, end)


def _in_scope(index: _Index, places: list[Placement], scopes: list[range]) -> list[Placement]:
    """The places that stand at or below a header; if several, those inside its block."""
    if not scopes:
        return places
    below = [place for place in places if any(_is_below(place, scope.start) for scope in scopes)]
    if len(below) < 2:
        return below
    inside = [place for place in below if any(_is_below(place, s.start) and place.start < s.stop for s in scopes)]
    if inside:
        return inside
    is_flat = len(scopes) == 1 and len(scopes[0]) == 1
    return below[:1] if is_flat else below


def _is_below(place: Placement, header: int) -> bool:
    """The header may also be among the hunk's own lines."""
    return place.start + len(place.hunk.old) > header and (place.start >= header or place.core[1] > header)


def _at_end(index: _Index, places: list[Placement], hunk: PatchHunk) -> list[Placement]:
    """The end marker chooses the place that reaches the end of the file; it has no say over a single place."""
    if not hunk.at_end or len(places) < 2:
        return places
    last = [place for place in places if not any(map(str.strip, index.lines[place.start + len(place.hunk.old) :]))]
    return last or places


def _at_number(places: list[Placement], hunk: PatchHunk) -> list[Placement]:
    """A line number chooses the one of several equal places that stands exactly there; models count badly, so a number
    that hits none says nothing, and none moves a hunk that fits in one place only."""
    if not hunk.first_line or len(places) < 2:
        return places
    return [place for place in places if place.start == hunk.first_line - 1] or places


# ── all hunks together ───────────────────────────────────────────────────────


def _in_order(
    index: _Index, candidates: list[list[Placement]], hunks: Sequence[PatchHunk], path: str
) -> tuple[Placement, ...]:
    """One place for each hunk. The order of hunks decides only where it leaves exactly one choice.

    Taking every hunk as early as order allows, and again as late as it allows, gives the same places just then.
    """
    early = _greedy(candidates)
    if early is None:
        if all(len(places) == 1 for places in candidates):
            chosen = [places[0] for places in candidates]
            _refuse_overlap(chosen, path)
            return tuple(chosen)
        number = next(number for number, places in enumerate(candidates) if len(places) > 1)
        late = early = [places[0] for places in candidates]
    else:
        late = _greedy_from_end(candidates)
        if [place.start for place in early] == [place.start for place in late]:
            return tuple(early)
        number = next(n for n, (one, other) in enumerate(zip(early, late, strict=True)) if one.start != other.start)
    places = [place.start for place in candidates[number]]
    label = hunk_label(number, len(hunks))
    raise EditError("ambiguous_match", ambiguous(index.lines, places, hunks[number], label), path)


def _greedy(candidates: list[list[Placement]]) -> list[Placement] | None:
    """Every hunk as early as the order of hunks allows, or None when no choice keeps the order."""
    chosen: list[Placement] = []
    free = 0
    for places in candidates:
        place = next((place for place in places if place.core[0] >= free), None)
        if place is None:
            return None
        chosen.append(place)
        free = place.core[1]
    return chosen


def _greedy_from_end(candidates: list[list[Placement]]) -> list[Placement]:
    """Every hunk as late as the order allows; called only when some choice keeps the order."""
    chosen: list[Placement] = []
    limit: float = float("inf")
    for places in reversed(candidates):
        place = next(place for place in reversed(places) if place.core[1] <= limit)
        chosen.append(place)
        limit = place.core[0]
    return chosen[::-1]


def _refuse_overlap(places: list[Placement], path: str) -> None:
    cores = sorted(place.core for place in places)
    for (_, end), (start, _) in pairwise(cores):
        if start < end:
            raise EditError("invalid_patch", f"two hunks change the same lines, near line {start + 1}", path)
