"""Line differences are exact and small, and their patch text is what git takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.edits.diff import diff_texts, split_lines, word_changes
from agent.edits.proposal import FileChange, Hunk, Proposal
from agent.edits.unified import unified

LINES = st.lists(st.sampled_from(["", "a", "b", "c", "}", "  x = 1", "x\r", "é", "\u2028"]), max_size=14)
TEXTS = st.builds(lambda lines, last: "\n".join(lines) + last, LINES, st.sampled_from(["", "\n"]))


def patched(before: str, hunks: tuple[Hunk, ...]) -> str:
    lines = split_lines(before)
    for hunk in reversed(hunks):
        assert tuple(lines[hunk.before_start : hunk.before_start + hunk.removed]) == hunk.before
        lines[hunk.before_start : hunk.before_start + hunk.removed] = hunk.after
    return "".join(lines)


@given(TEXTS, TEXTS)
def test_hunks_turn_the_old_text_into_the_new(before: str, after: str) -> None:
    hunks = diff_texts(before, after)
    assert patched(before, hunks) == after
    new = split_lines(after)
    assert all(tuple(new[h.after_start : h.after_start + h.added]) == h.after for h in hunks)
    assert all(h.before != h.after for h in hunks)


@given(st.text("ab\n", max_size=9000), st.integers(0, 9000), st.integers(0, 9000), st.text("ab\n", max_size=5))
def test_hunks_are_exact_wherever_a_long_text_changes(before: str, start: int, end: int, middle: str) -> None:
    after = before[:start] + middle + before[max(start, end) :]
    assert patched(before, diff_texts(before, after)) == after


def test_one_changed_line_in_a_long_file_is_one_small_hunk() -> None:
    before = "".join(f"line {n}\n" for n in range(50_000))
    after = before.replace("line 40000\n", "changed\n")
    assert diff_texts(before, after) == (Hunk(40_000, ("line 40000\n",), 40_000, ("changed\n",)),)


def test_lines_that_repeat_do_not_blur_where_the_change_is() -> None:
    before = "def a():\n    pass\n\n\ndef b():\n    pass\n"
    after = "def a():\n    pass\n\n\ndef new():\n    pass\n\n\ndef b():\n    pass\n"
    hunks = diff_texts(before, after)
    assert sum(hunk.added for hunk in hunks) == 4
    assert sum(hunk.removed for hunk in hunks) == 0


def test_a_gap_too_large_to_compare_is_one_hunk() -> None:
    before, after = "".join("x\n" * 3000), "".join("y\n" * 3000)
    assert [(h.removed, h.added) for h in diff_texts(before, after)] == [(3000, 3000)]


@pytest.mark.parametrize(
    ("old", "new", "marked_old", "marked_new"),
    [
        pytest.param("x = foo(1)", "x = foo(2)", ["1"], ["2"], id="one word"),
        pytest.param("a b c", "a c", ["b "], [], id="a word gone"),
        pytest.param("total", "totals", ["total"], ["totals"], id="whole words, not letters"),
        pytest.param("abc", "xyz 123 !", ["abc"], ["xyz 123 !"], id="nothing in common"),
        pytest.param("same", "same", [], [], id="equal"),
        pytest.param("", "new", [], ["new"], id="from nothing"),
    ],
)
def test_the_words_that_differ_are_marked(old: str, new: str, marked_old: list[str], marked_new: list[str]) -> None:
    before, after = word_changes(old, new)
    assert [old[a:b] for a, b in before] == marked_old
    assert [new[a:b] for a, b in after] == marked_new


# ── patch text ───────────────────────────────────────────────────────────────


def change(path: str, before: str | None, after: str | None, target: str = "") -> FileChange:
    return FileChange(
        path,
        target or path,
        None if before is None else before.encode(),
        None if after is None else after.encode(),
        diff_texts(before or "", after or ""),
    )


def git_apply(base: Path, changes: list[FileChange]) -> dict[str, bytes]:
    for item in changes:
        if item.before is not None:
            (base / item.path).parent.mkdir(parents=True, exist_ok=True)
            (base / item.path).write_bytes(item.before)
    text = unified(Proposal("p", tuple(changes)))
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"]
    environment = {"PATH": "/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(base.parent), "HOME": str(base)}
    done = subprocess.run(command, input=text.encode(), cwd=base, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr.decode(), text)
    return {path.relative_to(base).as_posix(): path.read_bytes() for path in base.rglob("*") if path.is_file()}


LONG = "".join(f"{n}\n" for n in range(40))


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(change("a.txt", LONG, LONG.replace("20\n", "x\n")), id="edit"),
        pytest.param(change("a.txt", LONG, LONG.replace("5\n", "x\n").replace("30\n", "")), id="far hunks"),
        pytest.param(change("a.txt", "1\n2\n3\n4\n5\n", "1\nx\n3\n4\ny\n"), id="near hunks"),
        pytest.param(change("n/new.txt", None, "one\n"), id="create"),
        pytest.param(change("n/empty.txt", None, ""), id="create empty"),
        pytest.param(change("a.txt", "one\n", None), id="delete"),
        pytest.param(change("a.txt", "", None), id="delete empty"),
        pytest.param(change("a.txt", LONG, LONG.replace("20\n", "x\n"), "b/c.txt"), id="move and edit"),
        pytest.param(change("a.txt", "one\n", "one\n", "b.txt"), id="move"),
        pytest.param(change("a.txt", "one", "one\n"), id="gains a final newline"),
        pytest.param(change("a.txt", "one\n", "one"), id="loses its final newline"),
        pytest.param(change("a.txt", "1\n2", "0\n1\n2"), id="no final newline in context"),
        pytest.param(change("a.txt", "one\r\ntwo\r\n", "one\r\n2\r\n"), id="crlf"),
        pytest.param(change("a.txt", "", "one\n"), id="from empty"),
        pytest.param(change("a.txt", "one\n", ""), id="to empty"),
        pytest.param(change("my file.txt", "one\n", "two\n"), id="blank in the name"),
        pytest.param(change("é/naïve.txt", "one\n", "two\n"), id="name beyond ascii"),
        pytest.param(change('q"uote.txt', None, "two\n"), id="quote in the name"),
        pytest.param(change("a.txt", "x\u2028y\x0bz\rw\n", "x\u2028y\x0bz\rq\n"), id="odd separators"),
        pytest.param(change("a.txt", "\ufeffone\n", "\ufefftwo\n"), id="byte order mark"),
    ],
)
def test_git_applies_the_patch_text(tmp_path: Path, item: FileChange) -> None:
    expected = {} if item.after is None else {item.target: item.after}
    assert git_apply(tmp_path, [item]) == expected


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_git_applies_any_set_of_edits(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]) -> None:
    base = tmp_path_factory.mktemp("git")
    changes = [change(f"f{n}.txt", before, after) for n, (before, after) in enumerate(pairs) if before != after]
    if changes:
        assert git_apply(base, changes) == {item.target: item.after for item in changes}
