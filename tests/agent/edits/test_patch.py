"""Parsing: what a patch says, in any wrapper; hostile text costs nothing and is refused in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.edits.errors import EditError
from agent.edits.lines import Lines
from agent.edits.locate import locate
from agent.edits.operations import AddFile, DeleteFile, Patch, PatchHunk, PatchLine, UpdateFile
from agent.edits.patch import parse_patch

BODY = "*** Begin Patch\n*** Delete File: a.txt\n*** End Patch"
DELETES = Patch((DeleteFile("a.txt"),))


@pytest.mark.parametrize("key", ["patch", "input", "command", "cmd", "diff", "anything"])
def test_a_patch_is_found_under_any_key(key: str) -> None:
    assert parse_patch(json.dumps({key: BODY})) == DELETES


@given(
    st.recursive(
        st.just(BODY), lambda inner: st.builds(lambda x: [x], inner) | st.builds(lambda x: {"patch": x}, inner)
    )
)
def test_a_patch_is_found_in_any_nesting(value: object) -> None:
    assert parse_patch(json.dumps(value) if not isinstance(value, str) else value) == DELETES


def test_all_parts_of_a_patch_are_read() -> None:
    text = """*** Begin Patch
*** Add File: new.py
+x = 1
*** Update File: old.py
*** Move to: renamed.py
@@ class A:
@@ -3,4 +3,4 @@     def f(self):
 keep
-drop
+add
*** End of File
*** End Patch"""
    lines = (PatchLine(" ", "keep"), PatchLine("-", "drop"), PatchLine("+", "add"))
    hunk = PatchHunk(lines, headers=("class A:", "def f(self):"), at_end=True, first_line=3)
    assert parse_patch(text).operations == (AddFile("new.py", "x = 1\n"), UpdateFile("old.py", "renamed.py", (hunk,)))


@pytest.mark.parametrize(
    ("finish_reason", "kind"),
    [("length", "truncated_patch"), ("content_filter", "truncated_patch"), ("unknown", "truncated_patch")],
)
def test_only_a_model_that_stopped_by_itself_may_forget_the_end(finish_reason: str, kind: str) -> None:
    text = BODY.removesuffix("*** End Patch")
    assert parse_patch(text, "stop") == DELETES
    with pytest.raises(EditError) as caught:
        parse_patch(text, finish_reason)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="deep json"),
        pytest.param('{"a":' * 900 + '"x"' + "}" * 900, id="deep object"),
        pytest.param("*** Begin Patch\n*** End Patch\n" * 3000, id="many envelopes"),
        pytest.param("diff --git a/x b/x\n" * 5000, id="many empty diffs"),
        pytest.param("```\n" * 5000, id="many fences"),
        pytest.param("<<<<<<< SEARCH\n" * 5000, id="many open blocks"),
        pytest.param("", id="nothing"),
        pytest.param("\0\ud800", id="no text at all"),
    ],
)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(EditError):
        parse_patch(text)


@pytest.mark.parametrize("count", [2, 5_000, 100_000])
def test_equal_lines_are_ambiguous_however_many(count: int) -> None:
    hunk = PatchHunk((PatchLine(" ", "same"), PatchLine("-", "same"), PatchLine("+", "other")))
    with pytest.raises(EditError) as caught:
        locate(Lines("same\n" * (count + 1)), (hunk,) * 3, "f")
    assert caught.value.kind == "ambiguous_match"
    assert len(caught.value.message) < 2000


def test_a_header_that_stands_everywhere_places_nothing() -> None:
    lines = Lines("}\nx\n" * 1000 + "target\n")
    hunk = PatchHunk((PatchLine("-", "target"), PatchLine("+", "y")), headers=("}",))
    assert [place.start for place in locate(lines, (hunk,), "f")] == [2000]
