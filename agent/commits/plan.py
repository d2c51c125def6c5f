"""What a commit would hold: the files that a session changed, as it left them, where HEAD has them otherwise.

Looks only; every reason not to commit is found here, before a message is written. Blocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from agent.commits.git import Git, GitFailed
from agent.edits.journal import ChangeStore
from agent.edits.proposal import Proposal
from agent.edits.undo import session_changes
from agent.files.paths import FileMissing, WorkspaceError
from agent.files.workspace import Workspace
from agent.session import Session
from backends.frozen import frozen

_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}


class NothingToCommit(Exception):
    """There is nothing of this session that could be committed; the message says why."""


@frozen
class Entry:
    """A path as git has it, relative to the work tree: `mode` and `blob` are empty where it does not exist."""

    path: str
    mode: str = ""
    blob: str = ""


@frozen
class CommitPlan:
    """`entries` are made on top of `head`, empty in a repository without commits. `notes` say what should be known.

    `files` are the paths for people: relative to the workspace.
    """

    folder: Path
    head: str
    entries: tuple[Entry, ...]
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


def plan_commit(session: Session) -> CommitPlan:
    """What to commit now. Raises NothingToCommit, and GitFailed where a commit cannot be made at all."""
    workspace, store = session.workspace, session.changes
    if not session.permissions.surroundings.is_trusted:
        raise GitFailed("git is used in trusted folders only; /trust trusts this one")
    changes = session_changes(store)
    if not changes.changes:
        raise NothingToCommit("this session changed no files")
    git = Git(workspace.root)
    top = git.asks("rev-parse", "--show-prefix")
    if top is None or git.asks("rev-parse", "--is-inside-work-tree") != "true":
        raise GitFailed(f"{workspace.root} is not in a git repository")
    _expect_calm(git, workspace.root)
    head = git.asks("rev-parse", "--verify", "--quiet", "HEAD^{commit}") or ""
    return _Planner(git, workspace, head, top).plan(changes, _states(store))


def _expect_calm(git: Git, folder: Path) -> None:
    for name, what in _UNDER_WAY.items():
        if (folder / git.line("rev-parse", "--git-path", name)).exists():
            raise GitFailed(f"{what} is going on in this repository; finish it first")
    if (folder / git.line("rev-parse", "--git-path", "index.lock")).exists():
        raise GitFailed("another git works in this repository (index.lock); wait for it, or remove what it left")
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if git.asks("-c", "user.useConfigOnly=true", "var", who) is None:
            raise GitFailed("git does not know who you are: set user.name and user.email with git config")


def _states(store: ChangeStore) -> frozenset[str]:
    """The SHA-256 of every content that this session met or made."""
    files = (file for done in store.done() for file in done.files)
    return frozenset(sha for file in files for sha in (file.before_sha256, file.after_sha256))


class _Planner:
    """Goes through the paths of a session, one by one. `top` is the workspace's path in the work tree."""

    def __init__(self, git: Git, workspace: Workspace, head: str, top: str) -> None:
        self._git = git
        self._workspace = workspace
        self._head = head
        self._top = top
        self._entries: list[Entry] = []
        self._files: list[str] = []
        self._notes: list[str] = []

    def plan(self, changes: Proposal, states: frozenset[str]) -> CommitPlan:
        for change in changes.changes:
            if change.path != change.target or change.after is None:
                self._take(change.path, None, states)
            if change.after is not None:
                self._take(change.target, change.after, states)
        if not self._entries:
            raise NothingToCommit("; ".join(self._notes) or "what this session changed is committed already")
        return CommitPlan(
            self._workspace.root, self._head, tuple(self._entries), tuple(self._files), tuple(self._notes)
        )

    def _take(self, path: str, data: bytes | None, states: frozenset[str]) -> None:
        """Add a path as the session left it, or say why it is left out. Raises GitFailed."""
        if self._now(path) != data:
            self._notes.append(f"left out, changed since: {path}")
            return
        old = self._in_head(path)
        if data is None:
            new = Entry(self._top + path)
        elif not old.blob and self._git.asks("check-ignore", "-z", "--stdin", stdin=path.encode()) is not None:
            self._notes.append(f"left out, ignored by git: {path}")
            return
        else:
            new = Entry(self._top + path, old.mode or self._mode(path), self._blob(path, data))
        if new == old:
            return
        self._expect_nothing_else_staged(path, old, new)
        if old.blob and _sha256(self._git.run("cat-file", "blob", old.blob)) not in states:
            self._notes.append(f"holds changes from before this session too: {path}")
        self._entries.append(new)
        self._files.append(path)

    def _now(self, path: str) -> bytes | None:
        try:
            return self._workspace.read(path).data
        except (FileMissing, WorkspaceError):
            return None

    def _mode(self, path: str) -> str:
        return "100755" if (self._workspace.root / path).stat().st_mode & 0o100 else "100644"

    def _blob(self, path: str, data: bytes) -> str:
        """The object that `git add` would make: line ends as git keeps them, but no program runs for it."""
        attribute = self._git.run("check-attr", "-z", "filter", "--", path).split(b"\0")[2]
        if attribute not in (b"unspecified", b"unset"):
            raise GitFailed(
                f"{path} goes through the filter {attribute.decode('utf-8', 'replace')}; commit it yourself"
            )
        return self._git.line("hash-object", "-w", "--stdin", f"--path={path}", stdin=data)

    def _in_head(self, path: str) -> Entry:
        there = f":(literal){self._top}{path}"
        listed = self._git.run("ls-tree", "-z", "--full-tree", self._head, "--", there) if self._head else b""
        fields = listed.split(b"\t")[0].split()
        return Entry(self._top + path, fields[0].decode(), fields[2].decode()) if fields else Entry(self._top + path)

    def _expect_nothing_else_staged(self, path: str, old: Entry, new: Entry) -> None:
        """What the person staged in the same file would be lost in the index. Raises GitFailed."""
        for line in _lines(self._git.run("ls-files", "-z", "--stage", "--", f":(literal){path}")):
            mode, blob, stage = line.split(b"\t")[0].decode().split()
            if stage != "0":
                raise GitFailed(f"{path} is not merged; finish the merge first")
            if (mode, blob) not in ((old.mode, old.blob), (new.mode, new.blob)):
                raise GitFailed(f"{path} is staged with other content; commit or unstage it first")
            return
        if old.blob and new.blob:
            raise GitFailed(f"the removal of {path} is staged; commit or unstage it first")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _lines(printed: bytes) -> Sequence[bytes]:
    return [line for line in printed.split(b"\0") if line]
