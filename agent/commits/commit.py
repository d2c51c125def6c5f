"""Makes a planned commit, and asks the model for its message.

The commit is built beside the repository's index, from HEAD and the planned files alone: nothing that is staged gets
into it, and of the index only the planned files change, as with `git commit --only`. Blocks, but for the question.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from agent.commits.git import Git, GitFailed
from agent.commits.plan import CommitPlan
from agent.session import Session
from backends.frozen import frozen
from backends.types import UserMessage

_FENCE = re.compile(r"^```\w*\n(.*?)\n?```$", re.DOTALL)
_SHORT = 10
_LONGEST_MESSAGE = 8_000


@frozen
class Commit:
    """A commit that was made: the beginning of its id, its first line, the files in it."""

    id: str
    subject: str
    files: tuple[str, ...]


async def proposed_message(session: Session, plan: CommitPlan) -> str:
    """The model's words for a commit. The question goes behind the conversation and leaves no trace in it.

    Raises BackendError; empty when the model said nothing of use.
    """
    files = "\n".join(plan.files)
    question = (
        "Write the git commit message for these files as you changed them: a subject in the imperative of at most 72 "
        f"characters, a blank line, and why, in a few lines. Answer with the message alone.\n{files}"
    )
    text = (await session.aside((UserMessage(question),), as_in_turn=True)).strip()
    fenced = _FENCE.fullmatch(text)
    return (fenced[1] if fenced else text)[:_LONGEST_MESSAGE].strip()


def make_commit(plan: CommitPlan, message: str) -> Commit:
    """Commit on top of the HEAD that was planned on. Raises GitFailed; then nothing is committed, unless it says so."""
    message = message.strip()
    if not message:
        raise GitFailed("a commit needs a message")
    git = Git(plan.folder)
    with tempfile.TemporaryDirectory(prefix="oss-tui-") as folder:
        index = Path(folder) / "index"
        git.run("read-tree", plan.head or "--empty", index=index)
        git.run("update-index", "-z", "--index-info", stdin=_index_info(plan), index=index)
        tree = git.line("write-tree", index=index)
    parents = ("-p", plan.head) if plan.head else ()
    commit = git.line("commit-tree", "--no-gpg-sign", *parents, tree, stdin=f"{message}\n".encode())
    subject = message.splitlines()[0]
    git.run("update-ref", "-m", f"commit: {subject}", "HEAD", commit, plan.head)
    try:
        git.run("update-index", "-z", "--index-info", stdin=_index_info(plan))
    except GitFailed as error:
        raise GitFailed(f"{commit[:_SHORT]} is committed, but the index still has the old files: {error}") from error
    return Commit(commit[:_SHORT], subject, plan.files)


def _index_info(plan: CommitPlan) -> bytes:
    """Lines for `git update-index --index-info`; a path without a blob is removed."""
    none = "0" * len(plan.head or plan.entries[0].blob)
    lines = [f"{entry.mode or '0'} {entry.blob or none}\t{entry.path}\0" for entry in plan.entries]
    return "".join(lines).encode("utf-8", "surrogateescape")
