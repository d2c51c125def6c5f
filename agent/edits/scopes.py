"""What a patch says about where a hunk belongs, beside its lines: headers, an end marker, a line number. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agent.edits.indentation import indent_of
from agent.edits.lines import Lines
from agent.edits.occurrences import Occurrences
from agent.edits.operations import PatchHunk
from agent.edits.placement import Placement

_HEADERS_READ = 200
"""A header line that stands more often than this places nothing."""


def find_scopes(lines: Lines, occurrences: Occurrences, headers: Sequence[str]) -> tuple[list[range], str]:
    """The blocks that the headers lead to, from the header's own line; none when no header was given or found.

    Headers that are not in the file say nothing; a note tells the person.
    """
    scopes = [range(len(lines))]
    for header in headers:
        at = occurrences.of(header) or _lines_with(lines, header)
        if len(at) > _HEADERS_READ:
            return [], ""
        inner = [_block(lines, number) for number in at if any(number in scope for scope in scopes)]
        if not inner:
            return [], f"the patch places a hunk below {header.strip()[:60]!r}, which the file does not hold there"
        scopes = inner
    return (scopes, "") if headers else ([], "")


def _lines_with(lines: Lines, header: str) -> list[int]:
    """Headers are often cut short: lines that begin with it, or else hold it."""
    text = header.strip()
    if not text:
        return []
    holding = [(number, line) for number, line in enumerate(lines) if text in line]
    starting = [number for number, line in holding if line.lstrip().startswith(text)]
    return starting or [number for number, _ in holding]


_CLOSING = tuple(")]}{")


def _block(lines: Lines, header: int) -> range:
    """From a header to the last line that is indented deeper; in a flat text only the header itself."""
    depth = len(indent_of(lines[header]))
    end = header + 1
    for number, line in enumerate(lines.after(header), header + 1):
        text = line.strip()
        if text and len(indent_of(line)) <= depth and not text.startswith(_CLOSING):
            break
        if text:
            end = number + 1
    return range(header, end)


def in_scope(places: list[Placement], scopes: list[range]) -> list[Placement]:
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


def at_end(lines: Lines, places: list[Placement], hunk: PatchHunk) -> list[Placement]:
    """The end marker chooses the place that reaches the end of the file; it has no say over a single place."""
    if not hunk.at_end or len(places) < 2:
        return places
    end = lines.number_at(len(lines.text.rstrip())) + 1
    return [place for place in places if place.start + len(place.hunk.old) >= end] or places


def at_number(places: list[Placement], hunk: PatchHunk) -> list[Placement]:
    """A line number chooses the one of several equal places that stands exactly there; models count badly, so a number
    that hits none says nothing, and none moves a hunk that fits in one place only."""
    if not hunk.first_line or len(places) < 2:
        return places
    return [place for place in places if place.start == hunk.first_line - 1] or places
