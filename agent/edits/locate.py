"""Finds where the hunks of a patch belong in a file: exact first, then looser, and never by guess. Pure.

What stands exactly is found as text. Else the places of its rarest line are compared in full, so that a file of 200,000
lines costs about as much as reading and splitting it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from agent.edits.errors import EditError
from agent.edits.folding import loose
from agent.edits.lines import Lines
from agent.edits.occurrences import Occurrences
from agent.edits.operations import PatchHunk
from agent.edits.placement import Looseness, Placement, exact_placements, loose_placements
from agent.edits.scopes import at_end, at_number, find_scopes, in_scope
from agent.edits.teaching import ambiguous, hunk_label, not_found

_PLACES_COMPARED = 5_000
"""Where the rarest line of a hunk stands more often than this, only an exact match counts."""
_PLACES_KEPT = 500
"""More equally good places than this are ambiguous, whatever the order of hunks says."""
_FEW_PLACES = 8
"""A line that stands this rarely is rare enough; no rarer one is looked for."""


def locate(lines: Lines, hunks: Sequence[PatchHunk], path: str) -> tuple[Placement, ...]:
    """Where each hunk belongs, in the order of `hunks`. A CR at the end of a line is overlooked.

    Raises EditError with `context_not_found`, `ambiguous_match`, or `invalid_patch` for hunks that overlap.
    """
    places = _Places(lines, hunks, path)
    candidates = [places.of(hunk, hunk_label(number, len(hunks))) for number, hunk in enumerate(hunks)]
    return _in_order(lines, candidates, hunks, path)


class _Places:
    """Where the hunks of one file may belong, each taken by itself."""

    def __init__(self, lines: Lines, hunks: Sequence[PatchHunk], path: str) -> None:
        self._lines = lines
        self._path = path
        wanted = {loose(text) for hunk in hunks for text in (*hunk.old, *hunk.headers)}
        if all(any(map(loose, hunk.old)) for hunk in hunks):
            wanted.discard("")  # blank lines are everywhere; only a hunk of nothing else has to look for them
        self._occurrences = Occurrences(lines, wanted)

    def of(self, hunk: PatchHunk, label: str) -> list[Placement]:
        """The equally good places, after headers, end marker and number had their say; never none. Raises EditError."""
        scopes, note = find_scopes(self._lines, self._occurrences, hunk.headers)
        if not hunk.old:
            return [self._insertion(hunk, scopes, label)]
        for variant in _variants(hunk):
            for level in self._levels(variant):
                chosen = at_number(at_end(self._lines, in_scope(level, scopes), hunk), hunk)
                if len(chosen) > _PLACES_KEPT:
                    raise self._ambiguous([place.start for place in chosen], hunk, label)
                if chosen:
                    return [replace(place, note=note) for place in chosen]
        raise self._not_found(hunk, label)

    def _levels(self, hunk: PatchHunk) -> Iterator[list[Placement]]:
        """The places that fit, exact ones first and then ever looser; each level is looked for only when asked."""
        yield exact_placements(self._lines, hunk)
        starts = self._starts(hunk.old)
        if len(starts) > _PLACES_COMPARED:
            return
        places = list(loose_placements(self._lines, hunk, starts))
        for looseness in Looseness:
            yield [place for place in places if place.looseness == looseness]

    def _starts(self, old: Sequence[str]) -> list[int]:
        """Where `old` may begin: told by its rarest line, so that few places are compared in full."""
        rarest: Sequence[int] | None = None
        before = 0
        for number, text in enumerate(old):
            if rarest is not None and len(rarest) <= _FEW_PLACES:
                break
            found = self._occurrences.of(text)
            if found is not None and (rarest is None or len(found) < len(rarest)):
                rarest, before = found, number
        last = len(self._lines) - len(old)
        return [at - before for at in rarest or () if 0 <= at - before <= last]

    def _insertion(self, hunk: PatchHunk, scopes: list[range], label: str) -> Placement:
        """Added lines without any context go where the end marker or one header says; else there is no telling."""
        if hunk.at_end or not self._lines.text:
            return Placement(len(self._lines), hunk)
        if hunk.headers and len(scopes) == 1:
            return Placement(scopes[0].start + 1, hunk)
        if hunk.headers and not scopes:
            raise self._not_found(hunk, label)
        raise self._ambiguous([scope.start for scope in scopes], hunk, label)

    def _not_found(self, hunk: PatchHunk, label: str) -> EditError:
        return EditError("context_not_found", not_found(self._lines, self._occurrences, hunk, label), self._path)

    def _ambiguous(self, places: Sequence[int], hunk: PatchHunk, label: str) -> EditError:
        return EditError("ambiguous_match", ambiguous(self._lines, places, hunk, label), self._path)


def _variants(hunk: PatchHunk) -> list[PatchHunk]:
    """The hunk, and the hunk without the empty lines at its end, which often only part it from what follows."""
    if not hunk.blank_tail:
        return [hunk]
    return [hunk, replace(hunk, lines=hunk.lines[: -hunk.blank_tail], blank_tail=0)]


# ── all hunks together ───────────────────────────────────────────────────────


def _in_order(
    lines: Lines, candidates: list[list[Placement]], hunks: Sequence[PatchHunk], path: str
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
    raise EditError("ambiguous_match", ambiguous(lines, places, hunks[number], label), path)


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
