"""A patch becomes exact changes: what a model meant, every other byte as it was, and what a person should know."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.edits.apply import apply
from agent.edits.diff import diff_texts, split_lines
from agent.edits.errors import EditError, Stale
from agent.edits.overlay import Overlay
from agent.edits.propose import propose
from agent.files.workspace import FileMissing, Place, Snapshot
from tests.agent.edits.bench import Bench


class Memory:
    """A file source without a disk."""

    def __init__(self, **files: bytes) -> None:
        self.files = files

    def place(self, path: str) -> Place:
        return Place(path, path in self.files)

    def read(self, path: str) -> Snapshot:
        if path not in self.files:
            raise FileMissing(path)
        return Snapshot(path, self.files[path], 0o644, 0, 0)


def updating(hunks: str) -> str:
    return f"*** Begin Patch\n*** Update File: f\n{hunks}\n*** End Patch\n"


# ── laws ─────────────────────────────────────────────────────────────────────

WORDS = st.sampled_from(["", "a", "b", "    c", "\td", "}", "return x  ", "é “q”", "+1", "-2", "@@", "*** End Patch"])
FILES = st.lists(WORDS, max_size=20)


@given(FILES, st.data(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]), st.booleans())
def test_a_patch_made_from_an_edit_applies_to_its_source(
    lines: list[str], data: st.DataObject, end: str, mark: str, has_final_newline: bool
) -> None:
    start = data.draw(st.integers(0, len(lines)))
    stop = data.draw(st.integers(start, len(lines)))
    added = data.draw(st.lists(WORDS, max_size=4))
    after = [*lines[:start], *added, *lines[stop:]]
    if after == lines or not lines:
        return
    body = [*(f" {x}" for x in lines[:start]), *(f"-{x}" for x in lines[start:stop]), *(f"+{x}" for x in added)]
    body += [f" {x}" for x in lines[stop:]]
    tail = end if has_final_newline else ""
    before_bytes = (mark + end.join(lines) + tail).encode()
    if not has_final_newline and (not lines[-1] or not after or not after[-1]):
        return  # a last line that is empty and has no end is no line
    if len(lines) == 1 and not has_final_newline:
        end = "\n"  # there is no line end that new lines could take
    expected = (mark + end.join(after) + (tail if after else "")).encode()
    proposal = propose(updating("@@\n" + "\n".join(body)), Memory(f=before_bytes))
    assert proposal.changes[0].after == expected


@given(FILES, st.integers(0, 19), st.sampled_from(["utf-8", "utf-8-sig"]))
def test_untouched_lines_keep_every_byte(lines: list[str], at: int, encoding: str) -> None:
    ends = ["\n", "\r\n", "  \n", "\t\r\n"]
    text = "".join(line + ends[n % 4] for n, line in enumerate(lines)) + "unique target\n" + "é\u2028x\x0c\n" * (at % 3)
    proposal = propose(updating("@@\n-unique target\n+changed"), Memory(f=text.encode(encoding)))
    assert proposal.changes[0].after == text.replace("unique target", "changed").encode(encoding)


@given(st.text(max_size=300), st.sampled_from(["stop", "length"]))
def test_any_text_is_a_proposal_or_one_typed_error(text: str, finish_reason: str) -> None:
    for body in (text, f"*** Begin Patch\n{text}\n*** End Patch", f"*** Begin Patch\n*** Update File: f\n{text}"):
        try:
            propose(body, Memory(f=b"one\ntwo\n"), finish_reason=finish_reason)
        except EditError as error:
            assert error.message  # noqa: PT017


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_hunks_of_a_proposal_are_the_difference_of_its_bytes(before: str, after: str) -> None:
    lines = [f"-{x}" for x in before.split("\n")] + [f"+{x}" for x in after.split("\n")]
    try:
        (change,) = propose(updating("@@\n" + "\n".join(lines)), Memory(f=before.encode())).changes
    except EditError:
        return
    assert change.hunks == diff_texts(before, (change.after or b"").decode())
    assert "".join(split_lines(before)) == before


# ── warnings and refusals ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "count"),
    [
        pytest.param("if access == '\u202e\u2066// admin\u2069':", 3, id="bidi"),
        pytest.param("us\u200ber = 1", 1, id="zero width"),
        pytest.param("a\U000e0041b", 1, id="tag character"),
        pytest.param("a\rb", 1, id="lone carriage return"),
        pytest.param("a\x1b[2Jb", 1, id="escape"),
    ],
)
def test_invisible_characters_in_new_lines_are_counted_and_kept(line: str, count: int) -> None:
    (change,) = propose(updating(f"@@\n-x\n+{line}"), Memory(f=b"x\n")).changes
    assert change.after == f"{line}\n".encode()
    assert change.warnings == (f"{count} invisible or direction-changing character(s) in the new lines",)


def test_a_byte_order_mark_that_was_there_is_no_warning() -> None:
    (change,) = propose(updating("@@\n-x\n+y"), Memory(f="\ufeffx\n".encode())).changes
    assert (change.after, change.warnings) == ("\ufeffy\n".encode(), ())


def test_code_that_a_placeholder_would_delete_is_told_with_the_change() -> None:
    patch = updating("@@\n-a\n-b\n-c\n+# ... existing code ...")
    (change,) = propose(patch, Memory(f=b"a\nb\nc\nd\n")).changes
    assert [warning.partition(":")[0] for warning in change.warnings] == [
        'line 1, "# ... existing code ...", is a placeholder'
    ]


def test_a_header_that_is_not_in_the_file_is_told_to_the_person() -> None:
    (change,) = propose(updating("@@ class Nowhere:\n-x\n+y"), Memory(f=b"x\n")).changes
    assert "class Nowhere" in change.warnings[0]


@pytest.mark.parametrize("data", [b"caf\xe9\n", b"a\0b\n", b"\xff\xfeo\0"], ids=["latin-1", "nul", "utf-16"])
def test_what_is_not_utf8_text_is_refused(data: bytes) -> None:
    with pytest.raises(EditError, match="unsupported_file"):
        propose(updating("@@\n-x\n+y"), Memory(f=data))


def test_the_message_shows_what_is_there_and_how_to_do_it_right() -> None:
    source = Memory(f=b"".join(b"row %d\n" % n for n in range(100)))
    with pytest.raises(EditError) as caught:
        propose(updating("@@\n row 41\n row 43\n-row 44\n+row x"), source)
    assert "42| row 41\n43| row 42\n" in caught.value.message
    assert "copied from the file exactly" in caught.value.message
    assert (caught.value.kind, caught.value.path) == ("context_not_found", "f")


def test_a_hunk_that_was_applied_before_is_called_that() -> None:
    with pytest.raises(EditError, match="already in the file"):
        propose(updating("@@\n one\n-two\n+second"), Memory(f=b"one\nsecond\n"))


# ── stacking ─────────────────────────────────────────────────────────────────


def test_proposals_of_a_turn_stack_and_apply_in_order(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        bench.write({"f": b"one\n"})
        first = propose(updating("@@\n-one\n+two\n*** Add File: g\n+new"), bench.workspace)
        second = propose(updating("@@\n-two\n+three\n*** Delete File: g"), Overlay(bench.workspace, [first]))
        with pytest.raises(Stale):
            apply(second, bench.workspace, bench.store)
        apply(first, bench.workspace, bench.store)
        apply(second, bench.workspace, bench.store)
        assert bench.tree() == {"f": b"three\n"}
