"""The demonstration's script: what it says and does, and that it never claims what did not happen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.edits.propose import propose
from agent.files.workspace import Workspace
from backends.demo import write_shop
from backends.demo.script import Step, next_step, patch_outcome, tree_has
from backends.types import JsonObject

SHOP_TREE = "./\n  auth/\n    __init__.py\n    session.py\n    views.py\n  README.md"
PLAIN_TREE = "./\n  src/\n    main.rs\n  README.md"
TASK = "make login use the session store, and add a test"
APPLIED = "Applied: auth/session.py, auth/views.py, tests/test_login.py."
REJECTED = "Nothing was applied: the person rejected the whole proposal.\n- a: rejected.\n    + created"
PARTLY = "Partly applied: 1 of 3 hunks. Written: a.\n- b: rejected.\nRejected hunks are not in the files."
FAILED = "there is no file auth/views.py in the workspace. Nothing was changed."


def conversation(words: str, *results: tuple[str, str]) -> list[JsonObject]:
    """The messages of a turn: the person's words, then a call and its result for each pair."""
    messages: list[JsonObject] = [{"role": "system", "content": "…"}, {"role": "user", "content": words}]
    for name, result in results:
        messages.append({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": name}}]})
        messages.append({"role": "tool", "tool_name": name, "content": result})
    return messages


def play(words: str, answer: Callable[[str, JsonObject], str], limit: int = 10) -> list[Step]:
    """Steps of a turn to its final answer; `answer` gives the result of each call."""
    steps: list[Step] = []
    results: list[tuple[str, str]] = []
    while not steps or steps[-1].call is not None:
        assert len(steps) < limit
        steps.append(next_step(conversation(words, *results)))
        if call := steps[-1].call:
            results.append((call.name, answer(call.name, call.arguments)))
    return steps


def calls_of(steps: list[Step]) -> list[str]:
    return [step.call.name for step in steps if step.call]


# ── scenarios ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", ["hello", "hi there", "", "?", "test"])
def test_a_greeting_explains_what_can_be_tried_and_calls_nothing(words: str) -> None:
    step = next_step(conversation(words))
    assert step.call is None
    for trigger in ("forever", "command", "long", "think", "error"):
        assert f"`{trigger}`" in step.text


@pytest.mark.parametrize(
    ("words", "fate"),
    [("forever", "repeats"), ("an error please", "breaks"), ("long", "ends"), ("think about it", "ends")],
)
def test_a_word_chooses_its_scenario(words: str, fate: str) -> None:
    step = next_step(conversation(words))
    assert (step.fate, step.call) == (fate, None)
    assert step.text


def test_a_task_in_any_folder_adds_one_file() -> None:
    steps = play("fix the build", lambda name, _: PLAIN_TREE if name == "print_tree" else "Applied: oss_tui_demo.py.")
    assert calls_of(steps) == ["print_tree", "apply_patch"]
    assert "oss_tui_demo.py" in steps[-1].text


def test_a_second_task_edits_the_file_that_the_first_one_added() -> None:
    results = {"print_tree": "./\n  oss_tui_demo.py", "open_file": "[…]\nRUNS = 3\n", "apply_patch": "Applied: x."}
    steps = play("fix the build", lambda name, _: results[name])
    assert calls_of(steps) == ["print_tree", "open_file", "apply_patch"]
    assert steps[2].call is not None
    assert "-RUNS = 3\n+RUNS = 4" in str(steps[2].call.arguments["patch"])


def test_a_file_that_somebody_changed_is_left_alone() -> None:
    steps = play("fix the build", lambda name, _: "./\n  oss_tui_demo.py" if name == "print_tree" else "changed")
    assert calls_of(steps) == ["print_tree", "open_file"]
    assert "Nothing was written" in steps[-1].text


def test_the_sample_project_gets_a_patch_of_three_files_and_its_tests_are_run() -> None:
    results = {"print_tree": SHOP_TREE, "apply_patch": APPLIED, "exec": "[exit code 0]\nOK"}
    steps = play(TASK, lambda name, _: results.get(name, "…"))
    assert calls_of(steps) == ["print_tree", "search", "open_file", "apply_patch", "exec"]
    assert "OK" in steps[-1].text
    assert "|---|" in steps[-1].text
    assert "```" in steps[-1].text


def test_every_final_answer_says_that_it_is_a_script() -> None:
    for words in ("hello", "long", "think", "command", "fix the build", TASK):
        for tree in (PLAIN_TREE, SHOP_TREE, "./\n  oss_tui_demo.py"):
            results = {"print_tree": tree, "open_file": "RUNS = 1", "apply_patch": "Applied: x."}
            assert "script" in play(words, lambda name, _, given=results: given.get(name, "…"))[-1].text


@pytest.mark.parametrize("tree", [PLAIN_TREE, SHOP_TREE, "./\n  oss_tui_demo.py"])
@pytest.mark.parametrize(
    ("result", "says"),
    [
        pytest.param(REJECTED, "Nothing was written", id="rejected"),
        pytest.param(PARTLY, "Written in part", id="partly"),
        pytest.param(FAILED, "nothing was written", id="failed"),
    ],
)
def test_a_change_that_did_not_go_in_whole_is_never_reported_as_done(tree: str, result: str, says: str) -> None:
    results = {"print_tree": tree, "open_file": "RUNS = 1", "apply_patch": result}
    steps = play(TASK, lambda name, _: results.get(name, "…"))
    assert calls_of(steps)[-1] == "apply_patch"
    assert says in steps[-1].text
    assert "Done" not in steps[-1].text


@pytest.mark.parametrize(
    ("result", "outcome"),
    [(APPLIED, "written"), (REJECTED, "rejected"), (PARTLY, "partly"), (FAILED, "failed"), ("", "failed")],
)
def test_the_outcome_of_a_patch_is_read_from_its_result(result: str, outcome: str) -> None:
    assert patch_outcome(result) == outcome


def test_earlier_turns_do_not_count() -> None:
    earlier = conversation(TASK, ("print_tree", SHOP_TREE), ("search", "…"))
    step = next_step([*earlier, {"role": "assistant", "content": "done"}, {"role": "user", "content": TASK}])
    assert step.call is not None
    assert step.call.name == "print_tree"


@pytest.mark.parametrize(
    ("tree", "path", "holds"),
    [
        pytest.param(SHOP_TREE, "auth/session.py", True, id="indented"),
        pytest.param("a/\n  b.py\nauth/session.py", "auth/session.py", True, id="whole path"),
        pytest.param(".\n├── auth/\n│   └── session.py\n└── x", "auth/session.py", True, id="drawn"),
        pytest.param("./\n  auth/\n  session.py", "auth/session.py", False, id="beside the folder"),
        pytest.param("./\n  other/\n    session.py", "auth/session.py", False, id="another folder"),
        pytest.param("", "auth/session.py", False, id="nothing"),
    ],
)
def test_a_file_is_found_in_a_drawn_tree(tree: str, path: str, holds: bool) -> None:
    assert tree_has(tree, path) is holds


# ── the real thing ───────────────────────────────────────────────────────────


def test_the_patches_fit_the_files_and_the_sample_projects_tests_pass(tmp_path: Path) -> None:
    write_shop(tmp_path)
    _apply(tmp_path, SHOP_TREE)
    run = subprocess.run(
        [sys.executable, "-m", "unittest", "discover", "tests"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Ran 4 tests" in run.stderr


def test_the_demo_file_can_be_added_edited_and_run(tmp_path: Path) -> None:
    _apply(tmp_path, "./")
    _apply(tmp_path, "./\n  oss_tui_demo.py")
    run = subprocess.run([sys.executable, "oss_tui_demo.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "2 time(s)" in run.stdout


def test_the_sample_project_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(FileExistsError):
        write_shop(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"


def _apply(folder: Path, tree: str) -> None:
    """Play the script on real files, with a person who accepts everything."""

    def answer(name: str, arguments: JsonObject) -> str:
        match name:
            case "print_tree":
                return tree
            case "open_file":
                return (folder / str(arguments["path"])).read_text()
            case "apply_patch":
                with Workspace.open(folder, home=folder.parent) as workspace:
                    proposal = propose(str(arguments["patch"]), workspace)
                for change in proposal.changes:
                    path = folder / change.target
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(change.after or b"")
                return f"Applied: {', '.join(change.target for change in proposal.changes)}."
            case _:
                return "…"

    play(TASK, answer)
