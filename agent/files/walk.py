"""A bounded walk over the opened folder: regular files, ignore files honoured, secrets left out (THREATS.md W6).

Blocking, for a thread. Follows no link, opens nothing but ignore files, and knows no tool.
"""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from backends.frozen import frozen

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

FILE_LIMIT = 100_000
SECONDS = 10.0
_IGNORE_FILES = (".gitignore", ".ignore")
_IGNORE_BYTES = 512 * 1024
_FOLDER_ENTRIES = 200_000  # of one folder; sorting more would take seconds

_SECRET = re.compile(
    r"\.env|\.env\.(?!example$|sample$|template$|dist$).*|.*\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|gpg)"
    r"|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|\.(netrc|pgpass|npmrc|pypirc|htpasswd|git-credentials|dockercfg)"
    r"|credentials(\.json)?|secrets?\.(json|ya?ml|toml)|service[-_]account.*\.json",
    re.IGNORECASE,
)


def is_secret(path: str) -> bool:
    """True for `.env` and key files by name: read only when the person named them."""
    return bool(_SECRET.fullmatch(path.rpartition("/")[2]))


def shown_name(path: str) -> str:
    """A path for the model and the screen: one line, valid Unicode, whatever the file system holds."""
    text = path.encode("utf-8", "backslashreplace").decode()
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


@frozen
class Child:
    """A file or folder that is not ignored. `path` is relative to the root, with `/`; `size` in bytes, of a file."""

    path: str
    is_folder: bool
    size: int = 0

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@frozen
class IgnoreRules:
    """The ignore files that hold in a folder, outermost first, each with the folder it lies in ("" or "a/b/")."""

    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    def below(self, root: Path, folder: str) -> IgnoreRules:
        """The rules inside `folder`, a path relative to the root, "" for the root itself."""
        lines = [line for name in _IGNORE_FILES for line in _ignore_lines(root / folder / name)]
        if not folder:
            lines = _ignore_lines(root / ".git" / "info" / "exclude") + lines
        if not lines:
            return self
        return IgnoreRules((*self.specs, (f"{folder}/" if folder else "", _spec(lines))))

    def ignore(self, path: str, is_folder: bool) -> bool:
        """True when the innermost file that says anything about `path` says ignore."""
        for folder, spec in reversed(self.specs):
            verdict = spec.check_file(path[len(folder) :] + ("/" if is_folder else "")).include
            if verdict is not None:
                return verdict
        return False


def rules_for(root: Path, folder: str) -> IgnoreRules:
    """The rules inside `folder`, gathered on the way down from the root."""
    rules = IgnoreRules().below(root, "")
    names = folder.split("/") if folder else []
    for depth in range(1, len(names) + 1):
        rules = rules.below(root, "/".join(names[:depth]))
    return rules


def children(root: Path, folder: str, rules: IgnoreRules, *, with_secrets: bool = True) -> list[Child]:
    """What is in a folder, sorted by name, folders among files; unreadable folders are empty. Links are left out."""
    found: list[Child] = []
    try:
        with os.scandir(root / folder) as entries:
            for entry in islice(entries, _FOLDER_ENTRIES):
                child = _child(entry, folder, rules)
                if child is not None and (with_secrets or child.is_folder or not is_secret(child.path)):
                    found.append(child)
    except OSError:
        return []  # no right to look inside: as good as not there
    return sorted(found, key=lambda child: child.path)


class Walk:
    """One walk over the files below `start`. Iterate `files()`; afterwards `cut` says why it ended early, or ""."""

    def __init__(
        self,
        root: Path,
        start: str = "",
        *,
        file_limit: int = FILE_LIMIT,
        seconds: float = SECONDS,
        stop: threading.Event | None = None,
    ) -> None:
        self.cut = ""
        self._root = root
        self._start = start
        self._file_limit = file_limit
        self._seconds = seconds
        self._stop = stop or threading.Event()

    def files(self) -> Iterator[Child]:
        """Files in the order of their paths, depth first; secrets left out. `stop` ends it from another thread."""
        deadline = time.monotonic() + self._seconds
        seen = 0
        pending = [(Child(self._start, is_folder=True), rules_for(self._root, self._start.rpartition("/")[0]))]
        while pending:
            child, rules = pending.pop()
            if self._stop.is_set():
                self.cut = "stopped"
                return
            if time.monotonic() > deadline:
                self.cut = f"only the first {seen:,} files: it took more than {self._seconds:g} s"
                return
            if not child.is_folder:
                if seen >= self._file_limit:
                    self.cut = f"only the first {seen:,} files: there are more"
                    return
                seen += 1
                yield child
                continue
            inner = rules.below(self._root, child.path) if child.path else rules
            found = children(self._root, child.path, inner, with_secrets=False)
            pending.extend((entry, inner) for entry in reversed(found))


def _child(entry: os.DirEntry[str], folder: str, rules: IgnoreRules) -> Child | None:
    path = f"{folder}/{entry.name}" if folder else entry.name
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    is_folder = stat.S_ISDIR(info.st_mode)
    if not is_folder and not stat.S_ISREG(info.st_mode):
        return None
    if entry.name.lower() == ".git" or rules.ignore(path, is_folder):
        return None
    return Child(path, is_folder, 0 if is_folder else info.st_size)


def _ignore_lines(path: Path) -> list[str]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return []
        return file.read(_IGNORE_BYTES).decode("utf-8", "replace").splitlines()


def _spec(lines: list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # a folder without ignore files does without it

    def is_pattern(line: str) -> bool:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            return False
        return True

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines(filter(is_pattern, lines))
