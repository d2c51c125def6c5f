"""Undo and redo: every byte comes back, by file or by step, and a file that changed since is left alone."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.edits.apply import apply
from agent.edits.draft import Draft
from agent.edits.errors import ApplyError, EditError, UndoRefused
from agent.edits.proposal import Proposal
from agent.edits.undo import history, redo, session_changes, undo
from agent.files.workspace import WorkspaceError
from tests.agent.edits.bench import Bench, Tree, folders_of

NAMES = ["a.txt", "b.txt", "d/c.txt", "d/e/f.txt", "g/h.txt"]
CONTENT = st.text(st.sampled_from("ab\n\r é\ufeff"), max_size=30).map(str.encode)
TREES = st.dictionaries(st.sampled_from(NAMES), CONTENT, max_size=5)
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["create", "write", "delete", "move"]), st.sampled_from(NAMES), st.sampled_from(NAMES), CONTENT
    ),
    min_size=1,
    max_size=6,
)


def drafted(bench: Bench, operations: list[tuple[str, str, str, bytes]]) -> Proposal:
    """A proposal of those operations that are possible."""
    draft = Draft(bench.workspace)
    for name, path, target, data in operations:
        try:
            match name:
                case "create":
                    draft.create(path, data)
                case "write":
                    draft.write(path, data)
                case "delete":
                    draft.delete(path)
                case _:
                    draft.move(path, target)
        except (EditError, WorkspaceError):
            continue
    return Proposal("drafted", draft.changes())


def check_undo_restores(tree: Tree, operations: list[tuple[str, str, str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Bench(Path(folder)) as bench:
        bench.write(tree)
        before, folders = bench.tree(), folders_of(bench.root)
        (Path(folder) / "outside.txt").write_text("untouched")
        proposal = drafted(bench, operations)
        if not proposal.changes:
            return
        applied = apply(proposal, bench.workspace, bench.store)
        after = bench.tree()
        undo(bench.store, applied.undo_id, bench.workspace)
        assert (bench.tree(), folders_of(bench.root)) == (before, folders)
        redo(bench.store, applied.undo_id, bench.workspace)
        assert bench.tree() == after
        undo(bench.store, applied.undo_id, bench.workspace)
        assert (bench.tree(), folders_of(bench.root)) == (before, folders)
        assert {path.name for path in Path(folder).iterdir()} == {"ws", "store", "outside.txt"}


LINES = st.lists(
    st.sampled_from(["", "a", "b", "    c", "\td", "é “q”", "+1", "-2", "@@", "*** End Patch"]), max_size=8
)
TEXTS = st.dictionaries(st.sampled_from(NAMES), LINES, max_size=5)


def patch_between(before: dict[str, list[str]], after: dict[str, list[str]]) -> str:
    """What a careful model would send to make one tree out of another."""
    body: list[str] = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if new is None:
            body.append(f"*** Delete File: {path}")
        elif old is None:
            body += [f"*** Add File: {path}", *(f"+{line}" for line in new)]
        elif old != new:
            body += [f"*** Update File: {path}", "@@", *(f"-{line}" for line in old), *(f"+{line}" for line in new)]
    return "\n".join(body)


def tree_of(texts: dict[str, list[str]]) -> Tree:
    return {path: "".join(f"{line}\n" for line in lines).encode() for path, lines in texts.items()}


def check_patch_and_undo(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Bench(Path(folder)) as bench:
        bench.write(tree_of(before))
        if before == after:
            return
        applied = bench.apply(patch_between(before, after))
        assert bench.tree() == tree_of(after)
        undo(bench.store, applied.undo_id, bench.workspace)
        assert bench.tree() == tree_of(before)
        assert {path.name for path in Path(folder).iterdir()} == {"ws", "store"}


@settings(max_examples=25, deadline=None)
@given(TEXTS, TEXTS)
def test_a_patch_makes_any_tree_out_of_any_other_and_undo_brings_the_first_back(
    before: dict[str, list[str]], after: dict[str, list[str]]
) -> None:
    check_patch_and_undo(before, after)


@pytest.mark.nightly
@settings(max_examples=10_000, deadline=None)
@given(TEXTS, TEXTS)
def test_a_patch_makes_any_tree_out_of_any_other_ten_thousand_times(
    before: dict[str, list[str]], after: dict[str, list[str]]
) -> None:
    check_patch_and_undo(before, after)


@settings(max_examples=30, deadline=None)
@given(TREES, OPERATIONS)
def test_undo_restores_every_byte_and_folder(tree: Tree, operations: list[tuple[str, str, str, bytes]]) -> None:
    check_undo_restores(tree, operations)


@pytest.mark.nightly
@settings(max_examples=10_000, deadline=None)
@given(TREES, OPERATIONS)
def test_undo_restores_every_byte_and_folder_ten_thousand_times(
    tree: Tree, operations: list[tuple[str, str, str, bytes]]
) -> None:
    check_undo_restores(tree, operations)


# ── steps and files ──────────────────────────────────────────────────────────

TWO = "*** Update File: a.txt\n-1\n+one\n*** Update File: b.txt\n-2\n+two"


def test_one_file_of_a_step_can_be_undone(bench: Bench) -> None:
    bench.write({"a.txt": b"1\n", "b.txt": b"2\n"})
    step = bench.apply(TWO).undo_id
    assert undo(bench.store, step, bench.workspace, ["b.txt"]) == ("b.txt",)
    assert bench.tree() == {"a.txt": b"one\n", "b.txt": b"2\n"}
    assert [file.is_undone for file in history(bench.store)[0].files] == [False, True]
    undo(bench.store, step, bench.workspace)
    assert bench.tree() == {"a.txt": b"1\n", "b.txt": b"2\n"}
    assert history(bench.store)[0].is_undone


def test_undo_of_a_deletion_brings_the_mode_back(bench: Bench) -> None:
    bench.write({"run.sh": b"x\n"})
    (bench.root / "run.sh").chmod(0o750)
    step = bench.apply("*** Delete File: run.sh").undo_id
    undo(bench.store, step, bench.workspace)
    assert (bench.root / "run.sh").stat().st_mode & 0o7777 == 0o750


def test_undo_leaves_a_file_that_changed_since(bench: Bench) -> None:
    bench.write({"a.txt": b"1\n", "b.txt": b"2\n"})
    step = bench.apply(TWO).undo_id
    bench.write({"b.txt": b"mine\n"})
    with pytest.raises(UndoRefused, match=r"b\.txt: it was changed"):
        undo(bench.store, step, bench.workspace)
    assert bench.tree() == {"a.txt": b"one\n", "b.txt": b"mine\n"}


def test_steps_are_undone_latest_first(bench: Bench) -> None:
    bench.write({"a.txt": b"1\n"})
    first = bench.apply("*** Update File: a.txt\n-1\n+2").undo_id
    second = bench.apply("*** Update File: a.txt\n-2\n+3").undo_id
    with pytest.raises(UndoRefused):
        undo(bench.store, first, bench.workspace)
    undo(bench.store, second, bench.workspace)
    undo(bench.store, first, bench.workspace)
    assert bench.tree() == {"a.txt": b"1\n"}


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        pytest.param(lambda b, i: undo(b.store, "nothing", b.workspace), "there is no step", id="unknown step"),
        pytest.param(lambda b, i: redo(b.store, i, b.workspace), "nothing to redo", id="redo of what stands"),
        pytest.param(lambda b, i: undo(b.store, i, b.workspace, ["z"]), "nothing to undo", id="unknown file"),
    ],
)
def test_what_cannot_be_turned_is_refused_in_words(bench: Bench, turn, message: str) -> None:
    bench.write({"a.txt": b"1\n"})
    step = bench.apply("*** Update File: a.txt\n-1\n+2").undo_id
    with pytest.raises(UndoRefused, match=message):
        turn(bench, step)


def test_a_deleted_session_gives_up_its_undo(bench: Bench) -> None:
    bench.write({"a.txt": b"1\n"})
    bench.apply("*** Update File: a.txt\n-1\n+2")
    bench.store.delete_session()
    assert not (bench.base / "store" / "session").exists()


def test_a_damaged_record_is_set_aside_and_the_others_stay(bench: Bench) -> None:
    bench.write({"a.txt": b"1\n"})
    for n in range(3):
        bench.apply(f"*** Update File: a.txt\n-{n + 1}\n+{n + 2}")
    record = sorted((bench.base / "store" / "session").glob("*.json"))[1]
    record.write_bytes(b"\0\0\0")
    assert len(history(bench.store)) == 2
    assert [path.name for path in bench.store.damaged()] == [record.name + ".damaged"]


# ── the session as a whole ───────────────────────────────────────────────────


def test_the_session_is_one_change_a_file_from_first_to_last(bench: Bench) -> None:
    bench.write({"a.txt": b"1\n", "b.txt": b"2\n", "c.txt": b"3\n"})
    bench.apply("*** Update File: a.txt\n-1\n+2\n*** Add File: n.txt\n+new\n*** Delete File: c.txt")
    bench.apply("*** Update File: a.txt\n*** Move to: z.txt\n-2\n+3")
    step = bench.apply("*** Update File: b.txt\n-2\n+4").undo_id
    undo(bench.store, step, bench.workspace)
    bench.apply("*** Delete File: n.txt")
    changes = {(c.operation, c.path, c.target, c.before, c.after) for c in session_changes(bench.store).changes}
    assert changes == {("move", "a.txt", "z.txt", b"1\n", b"3\n"), ("delete", "c.txt", "c.txt", b"3\n", None)}


@pytest.mark.parametrize("seed", range(8))
def test_histories_of_applies_undos_and_outside_edits_match_a_model(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with Bench(tmp_path) as bench:
        model: Tree = {"a.txt": b"0\n", "b.txt": b"0\n"}
        bench.write(model)
        steps: list[tuple[str, Tree, Tree]] = []
        for number in range(12):
            match chance.choice(["apply", "undo", "redo", "outside"]):
                case "apply":
                    names = [name for name in model if chance.random() < 0.7] or ["a.txt"]
                    body = "\n".join(
                        f"*** Update File: {name}\n-{model[name].decode().strip()}\n+{number}-{name}" for name in names
                    )
                    after = {name: f"{number}-{name}\n".encode() for name in names}
                    steps.append((bench.apply(body).undo_id, {name: model[name] for name in names}, after))
                    model |= after
                case "outside":
                    model["b.txt"] = f"outside {number}\n".encode()
                    bench.write(model)
                case turn if steps:
                    step, before, after = chance.choice(steps)
                    start, end = (after, before) if turn == "undo" else (before, after)
                    is_undone = next(s.is_undone for s in history(bench.store) if s.undo_id == step)
                    possible = is_undone == (turn == "redo") and all(model[name] == start[name] for name in start)
                    try:
                        (undo if turn == "undo" else redo)(bench.store, step, bench.workspace)
                        assert possible
                        model |= end
                    except ApplyError:
                        assert not possible
                case _:
                    pass
            assert bench.tree() == model
