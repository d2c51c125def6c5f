"""apply_patch: the model's patch becomes a proposal, the person's review becomes the part that is written.

Wires agent.edits and agent.permissions.policy together; knows no patch notation and no screen.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from functools import partial

from agent.edits.apply import Applied, apply
from agent.edits.errors import ApplyError, EditError, Stale, TakeBackFailed
from agent.edits.proposal import Proposal, Review, review_all
from agent.edits.review import accepted_part, explain
from agent.edits.unbroken import unbroken
from agent.events import EditsApplied, ProposalReady, ToolFinished, TurnEvent
from agent.files.walk import shown_name
from agent.files.workspace import Workspace
from agent.permissions.policy import Ruling
from agent.tools import ToolContext
from agent.tools.arguments import text_argument
from backends.types import ToolCall, ToolSpec

_SPEC = ToolSpec(
    name="apply_patch",
    description="Change files. *** Begin Patch format; the person reviews it, so send whole, exact context lines.",
    parameters={
        "type": "object",
        "properties": {"patch": {"type": "string"}},
        "required": ["patch"],
    },
)
_NAMED_FILE = re.compile(r"^(?:\s*\*\*\* (?:Add|Update|Delete) File: |\+\+\+ (?:b/)?(?=.*\n@@))(.+?)\s*$", re.MULTILINE)
_NAMES_IN_TITLE = 3


class ApplyPatch:
    spec = _SPEC

    def title(self, call: ToolCall) -> str:
        names = list(dict.fromkeys(_NAMED_FILE.findall(text_argument(call, "patch"))))
        more = f" and {len(names) - _NAMES_IN_TITLE} more" if len(names) > _NAMES_IN_TITLE else ""
        return ", ".join(map(shown_name, names[:_NAMES_IN_TITLE])) + more

    async def run(self, call: ToolCall, context: ToolContext) -> AsyncGenerator[TurnEvent, None]:
        from agent.edits.propose import propose  # the patch engine waits for the first patch

        try:
            proposal = await asyncio.to_thread(propose, text_argument(call, "patch"), context.workspace)
        except EditError as error:
            yield ToolFinished(call.id, "failed", str(error), error.kind.replace("_", " "))
            return

        ruling = await asyncio.to_thread(_rule, proposal, context)
        if ruling.outcome == "refuse":
            yield ToolFinished(call.id, "rejected", ruling.reason, "refused")
            return
        review = review_all(proposal, "accept")
        if ruling.outcome == "ask":
            context.inbox.ask(proposal.id)
            yield ProposalReady(call.id, proposal)
            review = await context.inbox.review(proposal.id)

        accepted = accepted_part(proposal, review)
        if accepted is None:
            yield ToolFinished(call.id, "rejected", explain(proposal, review, ()), "rejected")
            return
        try:
            applied = await unbroken(partial(apply, accepted, context.workspace, context.changes))
        except TakeBackFailed as error:
            yield ToolFinished(call.id, "failed", str(error), "not taken back yet")
            return
        except Stale as error:
            advice = " Open it again, and send the change for what it holds now." if error.path else ""
            yield ToolFinished(call.id, "failed", f"Nothing was changed. {error}.{advice}", "nothing was changed")
            return
        except ApplyError as error:
            yield ToolFinished(call.id, "failed", f"Nothing was changed. {error}", "nothing was changed")
            return
        yield EditsApplied(call.id, applied.paths, applied.undo_id)
        yield _finished(call.id, proposal, review, accepted, applied)


def _rule(proposal: Proposal, context: ToolContext) -> Ruling:
    """What the permissions say; a change that carries a warning is always shown."""
    ruling = context.permissions.edit(_is_in_git_tree(context.workspace))
    if ruling.outcome == "allow" and any(change.warnings for change in proposal.changes):
        return Ruling("ask", "a file of this change needs a look")
    return ruling


def _is_in_git_tree(workspace: Workspace) -> bool:
    return any((folder / ".git").exists() for folder in (workspace.root, *workspace.root.parents))


def _finished(call_id: str, proposal: Proposal, review: Review, accepted: Proposal, applied: Applied) -> ToolFinished:
    added = sum(change.added for change in accepted.changes)
    removed = sum(change.removed for change in accepted.changes)
    count = len(applied.paths)
    summary = f"{count} file{'' if count == 1 else 's'} +{added} −{removed}"
    return ToolFinished(call_id, "done", explain(proposal, review, applied.paths), summary)
