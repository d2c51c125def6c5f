"""Unified diffs as other programs write them, over files whose lines repeat: only the numbers tell the places apart."""

from __future__ import annotations

from difflib import unified_diff

from hypothesis import assume, given
from hypothesis import strategies as st

from agent.edits.lines import Lines
from agent.edits.locate import locate
from agent.edits.operations import UpdateFile
from agent.edits.unified_diff import read_unified_diff

FEW_LINES = st.lists(st.sampled_from(["k", "x", "", "    return n", "}"]), min_size=3, max_size=25)
CHANGES = st.lists(
    st.tuples(st.integers(0, 24), st.sampled_from(["insert", "delete", "change"])), min_size=1, max_size=4
)


def changed(lines: list[str], changes: list[tuple[int, str]]) -> list[str]:
    after = list(lines)
    for place, kind in changes:
        at = place % len(after) if after else 0
        after[at : at + (kind != "insert")] = [] if kind == "delete" else ["k" if kind == "insert" else "changed"]
    return after


@given(FEW_LINES, CHANGES, st.integers(0, 2))
def test_a_diff_is_applied_exactly_where_it_was_taken(before: list[str], changes: list[tuple[int, str]], blanks: int):
    after = changed(before, changes)
    assume(after not in ([], before))
    diff = "\n".join(unified_diff(before, after, "a/f.txt", "b/f.txt", lineterm="")) + "\n" + "\n" * blanks

    (operation,) = read_unified_diff(diff).operations
    assert isinstance(operation, UpdateFile)

    result: list[str] = []
    free = 0
    for place in sorted(
        locate(Lines("".join(f"{line}\n" for line in before)), operation.hunks, "f.txt"), key=lambda place: place.start
    ):
        result += [*before[free : place.start], *place.hunk.new]
        free = place.start + len(place.hunk.old)
    assert [*result, *before[free:]] == after
