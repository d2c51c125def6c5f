"""apply_patch: nothing is written before a review, and the model hears what became of its patch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.decisions import ReviewDecision
from agent.edits.journal import ChangeStore
from agent.edits.proposal import Proposal, Review, review_all
from agent.events import EditsApplied, ProposalReady, ToolFinished, TurnEvent
from agent.permissions.policy import Mode
from agent.tools.apply_patch import ApplyPatch
from backends.types import ToolCall
from tests.agent.tools.conftest import Bench

TOOL = ApplyPatch()
PATCH = "*** Begin Patch\n*** Update File: a.py\n@@\n-x = 1\n+x = 2\n*** End Patch"


class Editing:
    """Runs patches; a proposal is answered by `answer`, after `before_answer` had its way with the disk."""

    def __init__(self, bench: Bench, store: ChangeStore) -> None:
        self.bench = bench
        self.bench.context = replace(bench.context, changes=store)
        self.answer: Callable[[Proposal], Review] = lambda proposal: review_all(proposal, "accept")
        self.before_answer: Callable[[], object] = lambda: None
        self.events: list[TurnEvent] = []

    async def __call__(self, patch: str) -> ToolFinished:
        self.events = []
        async for event in TOOL.run(ToolCall("c1", "apply_patch", {"patch": patch}, ""), self.bench.context):
            self.events.append(event)
            if isinstance(event, ProposalReady):
                self.before_answer()
                review = self.answer(event.proposal)
                self.bench.context.inbox.send(ReviewDecision(event.proposal.id, review))
        finished = self.events[-1]
        assert isinstance(finished, ToolFinished)
        return finished

    @property
    def asked(self) -> bool:
        return any(isinstance(event, ProposalReady) for event in self.events)


@pytest.fixture
def edit(bench: Bench, tmp_path: Path) -> Editing:
    bench.write("a.py", "x = 1\ny = 1\n")
    return Editing(bench, ChangeStore(tmp_path / "store"))


async def test_an_accepted_patch_is_written_after_the_review_and_can_be_undone(edit: Editing) -> None:
    file = edit.bench.root / "a.py"
    seen: list[str] = []
    edit.before_answer = lambda: seen.append(file.read_text())
    finished = await edit(PATCH)
    assert seen == ["x = 1\ny = 1\n"]
    assert file.read_text() == "x = 2\ny = 1\n"
    assert (finished.state, finished.summary) == ("done", "1 file +1 −1")
    applied = edit.events[-2]
    assert isinstance(applied, EditsApplied)
    assert applied.paths == ("a.py",)
    assert applied.undo_id


async def test_a_rejected_patch_changes_nothing_and_carries_the_comment(edit: Editing) -> None:
    edit.answer = lambda proposal: review_all(proposal, "reject", "keep x at 1")
    finished = await edit(PATCH)
    assert finished.state == "rejected"
    assert "keep x at 1" in finished.text
    assert (edit.bench.root / "a.py").read_text() == "x = 1\ny = 1\n"


async def test_a_file_that_changed_after_it_was_shown_is_not_written(edit: Editing) -> None:
    edit.before_answer = lambda: edit.bench.write("a.py", "somebody else\n")
    finished = await edit(PATCH)
    assert finished.state == "failed"
    assert "Nothing was changed. a.py: it was changed since by another program. Open it again" in finished.text
    assert (edit.bench.root / "a.py").read_text() == "somebody else\n"


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param("", id="empty"),
        pytest.param(PATCH.replace("x = 1", "z = 9"), id="context not there"),
        pytest.param(PATCH.replace("a.py", "missing.py"), id="no such file"),
        pytest.param(PATCH.replace("a.py", "../a.py"), id="outside"),
        pytest.param(PATCH.replace("a.py", ".git/config"), id="git's own"),
    ],
)
async def test_a_patch_that_cannot_be_applied_teaches_and_asks_nobody(edit: Editing, patch: str) -> None:
    finished = await edit(patch)
    assert finished.state == "failed"
    assert len(finished.text) > 20
    assert not edit.asked


@pytest.mark.parametrize(
    ("mode", "in_git", "asked", "text"),
    [
        ("auto-edit", True, False, "x = 2\ny = 1\n"),
        ("auto-edit", False, True, "x = 2\ny = 1\n"),
        ("read-only", True, False, "x = 1\ny = 1\n"),
    ],
)
async def test_the_mode_decides_whether_it_asks(
    edit: Editing, mode: Mode, in_git: bool, asked: bool, text: str
) -> None:
    if in_git:
        (edit.bench.root / ".git").mkdir()
    edit.bench.context.permissions.mode = mode
    await edit(PATCH)
    assert edit.asked is asked
    assert (edit.bench.root / "a.py").read_text() == text


async def test_a_self_acting_file_is_shown_even_in_auto_edit(edit: Editing) -> None:
    (edit.bench.root / ".git").mkdir()
    edit.bench.context.permissions.mode = "auto-edit"
    await edit("*** Begin Patch\n*** Add File: .envrc\n+export A=1\n*** End Patch")
    assert edit.asked


def test_the_title_names_the_files() -> None:
    patch = "*** Begin Patch\n" + "".join(f"*** Add File: f{n}.py\n+x\n" for n in range(5)) + "*** End Patch"
    assert TOOL.title(ToolCall("1", "apply_patch", {"patch": patch}, "")) == "f0.py, f1.py, f2.py and 2 more"
    diff = "--- a/old.py\n+++ b/f.py\n@@ -1 +1 @@\n-x\n+y\n+++ z\n"
    assert TOOL.title(ToolCall("1", "apply_patch", {"patch": diff}, "")) == "f.py"
    assert TOOL.title(ToolCall("1", "apply_patch", {}, "")) == ""
