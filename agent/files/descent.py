"""The walk from an open folder to a name below it, one name at a time, so that the kernel follows no link (A2, A4).

Looks and opens folders; knows nothing of files' contents or of what may be changed.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack

from agent.files.paths import PathRefused, is_git_internal
from backends.frozen import frozen

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_LINKS_FOLLOWED = 40  # what Linux itself follows before it gives ELOOP


@frozen
class Spot:
    """A name in a folder that is held open. `missing` are folders that would have to be made below `folder` first."""

    folder: int
    name: str
    missing: tuple[str, ...]
    names: tuple[str, ...]
    info: os.stat_result | None
    came_by_link: bool

    @property
    def path(self) -> str:
        return "/".join(self.names)


class Descent:
    """One walk from the folder `root`, whose absolute names are `spellings`. `path` is for messages.

    With `follow` False every link on the way is refused. `held` closes what is open in the end.
    """

    def __init__(self, root: int, spellings: tuple[str, ...], path: str, follow: bool, held: ExitStack) -> None:
        self._root = root
        self._spellings = spellings
        self._path = path
        self._follow = follow
        self._held = held
        self._folders: list[tuple[str, int]] = []
        self._pending: list[str] = []  # names still to walk, next one last
        self._links = 0
        self._after_link: int | None = None  # how many pending names come after the target of a link

    def to(self, names: tuple[str, ...]) -> Spot:
        """Where the names lead. Raises PathRefused and OSError."""
        self._pending = list(reversed(names))
        while self._pending:
            name = self._pending.pop()
            if name == "..":
                self._leave()
                continue
            if is_git_internal(name):
                raise PathRefused("git", self._path, "git's own files are never read or changed here; use git commands")
            info = _lstat(name, self._here)
            if info is None:
                return self._missing(name)
            if stat.S_ISLNK(info.st_mode):
                self._follow_link(name)
            elif not self._pending:
                return self._spot(name, (), info)
            elif stat.S_ISDIR(info.st_mode):
                self._enter(name)
            else:
                raise PathRefused("not_a_file", self._path, f"{name!r} in it is not a folder")
        # The path, or a link, led to a folder that was walked already: the workspace or one inside it.
        return self._spot("", (), os.fstat(self._here))

    @property
    def _here(self) -> int:
        return self._folders[-1][1] if self._folders else self._root

    def _enter(self, name: str) -> None:
        folder = os.open(name, OPEN_FOLDER, dir_fd=self._here)
        self._held.callback(os.close, folder)
        self._folders.append((name, folder))
        if is_git_folder(folder):
            raise PathRefused("git", self._path, f"{name!r} in it is a git repository's own folder")

    def _leave(self) -> None:
        if not self._folders:
            raise PathRefused("escape", self._path, "it is reached by a link that leaves the workspace")
        self._folders.pop()

    def _follow_link(self, name: str) -> None:
        if not self._follow:
            raise PathRefused("link", self._path, f"{name!r} in it has become a link")
        self._links += 1
        if self._links > _LINKS_FOLLOWED:
            raise PathRefused("link", self._path, "its links lead in a circle")
        target = os.readlink(name, dir_fd=self._here)
        after = len(self._pending)
        self._after_link = after if self._after_link is None else min(after, self._after_link)
        if target.startswith("/"):
            names = self._below_root(target)
            self._folders.clear()
        else:
            names = tuple(part for part in target.split("/") if part not in ("", "."))
        self._pending.extend(reversed(names))

    def _below_root(self, target: str) -> tuple[str, ...]:
        for root in self._spellings:
            if target == root or target.startswith(root.rstrip("/") + "/"):
                return tuple(name for name in target[len(root) :].split("/") if name not in ("", "."))
        raise PathRefused("escape", self._path, f"it is reached by a link that leaves the workspace (to {target})")

    def _missing(self, name: str) -> Spot:
        if self._after_link is not None and len(self._pending) >= self._after_link:
            raise PathRefused("link", self._path, "it is reached by a link to something that does not exist")
        rest = [name, *reversed(self._pending)]
        for part in rest:
            if is_git_internal(part):
                raise PathRefused("git", self._path, "git's own files are never read or changed here; use git commands")
        return self._spot(rest[-1], tuple(rest[:-1]), None)

    def _spot(self, name: str, missing: tuple[str, ...], info: os.stat_result | None) -> Spot:
        last = (name,) if name else ()
        names = (*(folder for folder, _ in self._folders), *missing, *last)
        try:
            "/".join(names).encode()
        except UnicodeEncodeError as error:
            raise PathRefused("spelling", self._path, "it leads to a file whose name is not UTF-8") from error
        return Spot(self._here, name, missing, names, info, came_by_link=self._links > 0)


def _lstat(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return None


def is_git_folder(folder: int) -> bool:
    """True for a repository's own folder under any name: bare, or the target of a `.git` pointer file."""
    if _lstat("HEAD", folder) is None:
        return False
    return _lstat("commondir", folder) is not None or (
        _lstat("objects", folder) is not None and _lstat("refs", folder) is not None
    )
