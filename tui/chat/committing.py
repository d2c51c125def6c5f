"""/commit between the chat and git: what would be committed is shown with its message, and made on a yes.

Imported when it is first asked for: git comes with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from textual.screen import Screen

from agent.commits.commit import make_commit, proposed_message
from agent.commits.git import GitFailed
from agent.commits.plan import NothingToCommit, plan_commit
from agent.edits.unbroken import unbroken
from agent.events import Notice
from agent.session import Session
from backends.errors import BackendError
from tui.screens.commit import CommitScreen


async def commit(
    session: Session,
    message: str,
    ask: Callable[[Screen[str | None]], Awaitable[str | None]],
    tell: Callable[[Notice], None],
) -> None:
    """Commit what the session changed; without a `message` the model proposes one."""

    async def propose() -> str:
        try:
            return await proposed_message(session, plan)
        except BackendError as error:
            tell(Notice(f"the model proposed no message: {error}", "warning"))
            return ""

    try:
        plan = await asyncio.to_thread(plan_commit, session)
        written = await ask(CommitScreen(plan.files, plan.notes, message, None if message else propose))
        if written is not None:
            made = await unbroken(partial(make_commit, plan, written))
            tell(Notice(f"committed as {made.id}: {made.subject} ({', '.join(made.files)})"))
    except NothingToCommit as nothing:
        tell(Notice(f"nothing to commit: {nothing}"))
    except GitFailed as error:
        tell(Notice(f"no commit: {error}", "error"))
