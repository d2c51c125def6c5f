"""Where the tasks of a batch work: for each a work tree of its own, away from the opened folder, and its patch.

A repository is cloned sharing its objects, so that neither its settings nor its hooks take part (THREATS.md C4); any
other folder is copied into a new repository. Nothing is written into the opened folder.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import aclosing, contextmanager
from pathlib import Path

from agent.processes.environment import child_environment, find_program
from agent.processes.process import Exit, Output, run
from backends.frozen import frozen

_SECONDS = 600
_PREFIX = "oss-tui-batch-"
_LEFT_FOR = 60.0
"""Seconds: a younger folder may belong to a batch that is about to lock it."""
_OWN_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "user.name=oss-tui",
    "user.email=oss-tui@localhost",
    "advice.detachedHead=false",
    "init.defaultBranch=main",
)


class PlaceFailed(Exception):
    """No work tree could be made; `str()` has git's own words."""


@frozen
class Place:
    """A work tree. `folder` is the part of it that stands for the opened folder, `base` the commit it began with."""

    root: Path
    folder: Path
    base: str

    @property
    def kept(self) -> Path:
        """Beside it: what its session keeps, which goes with it. No name of a task begins with a dot."""
        return self.root.parent / f".kept-{self.root.name}"


@contextmanager
def home_of_places() -> Generator[Path]:
    """A folder for work trees, removed at the end; its lock goes when the process does. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield Path(folder)
        finally:
            os.close(descriptor)


def remove_leftovers() -> None:
    """Remove what killed batches of this user left in the temporary folder. What cannot be removed is passed over."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # no folder, a link, or another user's
        try:
            found = os.fstat(descriptor)
            if found.st_uid == os.getuid() and time.time() - found.st_mtime > _LEFT_FOR:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue  # its batch is running
        finally:
            os.close(descriptor)


class Places:
    """Makes work trees of `folder` below `home`, a folder that is removed by its owner."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._folder = folder
        self._home = home
        self._git = find_program("git", folder)
        self._top: Path | None = None

    async def open(self) -> None:
        """Find out what `folder` is. Raises PlaceFailed when there is no git."""
        if self._git is None:
            raise PlaceFailed("batch needs git, to give every task a work tree of its own")
        try:
            top = _last_line(await self._run(self._folder, "rev-parse", "--show-toplevel"))
            await self._run(self._folder, "rev-parse", "--verify", "HEAD")
        except PlaceFailed:
            return  # no repository, or one without a commit: it is copied
        self._top = Path(top)

    async def make(self, name: str, commit: str) -> Place:
        """A fresh work tree for the task `name`. Raises PlaceFailed, OSError."""
        root = self._home / safe_name(name)
        if self._top is None:
            return await self._copy(root, commit)
        base = _last_line(await self._run(self._top, "rev-parse", "--verify", f"{commit or 'HEAD'}^{{commit}}"))
        source = str(self._top)
        await self._run(
            self._home, "clone", "--quiet", "--shared", "--no-checkout", "--template=", "--", source, str(root)
        )
        await self._run(root, "checkout", "--quiet", "--detach", base)
        return Place(root, root / self._folder.relative_to(self._top), base)

    async def save_patch(self, place: Place, file: Path) -> bool:
        """Write what was changed in `place` to `file`; False, and no file, when nothing was."""
        await self._run(place.root, "add", "--all")
        # Into a file of its own: a patch is bytes, and what is read from a child here is text.
        written = place.root.with_suffix(".patch")
        plain = ("--cached", "--binary", "--no-ext-diff", "--no-textconv", "--no-color")
        await self._run(place.root, "diff", *plain, f"--output={written}", place.base)
        return await asyncio.to_thread(_move_if_filled, written, file)

    async def remove(self, place: Place) -> None:
        for folder in (place.root, place.kept):
            await asyncio.to_thread(shutil.rmtree, folder, True)

    async def _copy(self, root: Path, commit: str) -> Place:
        if commit:
            raise PlaceFailed(f"{self._folder} is no git repository, so there is no commit {commit}")
        await asyncio.to_thread(_copy_tree, self._folder, root)
        await self._run(root, "init", "--quiet", "--template=")
        await self._run(root, "add", "--all")
        await self._run(root, "commit", "--quiet", "--allow-empty", "--message=before the task")
        return Place(root, root, _last_line(await self._run(root, "rev-parse", "HEAD")))

    async def _run(self, folder: Path, *arguments: str) -> str:
        """git's output. Settings of the system and the person are left out: they may name programs too."""
        assert self._git is not None
        settings = [word for setting in _OWN_SETTINGS for word in ("-c", setting)]
        said, code = "", 1
        command = [self._git, *settings, *arguments]
        async with aclosing(run(command, cwd=folder, env=_environment(), timeout=_SECONDS)) as events:
            async for event in events:
                match event:
                    case Output(text):
                        said += text
                    case Exit(code=code):
                        pass
        if code:
            raise PlaceFailed(f"git {arguments[0]}: {' '.join(said.split())[:500] or f'exit code {code}'}")
        return said


def _last_line(said: str) -> str:
    """What git was asked for; warnings may stand before it."""
    return said.rstrip("\n").rpartition("\n")[2]


def safe_name(name: str) -> str:
    """`name` as a file name: plain, and not that of another task."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip(".-")[:80]
    if plain and plain == name:
        return plain
    return f"{plain or 'task'}-{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}"


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **child_environment(kept),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "LC_ALL": "C",
    }


def _move_if_filled(written: Path, file: Path) -> bool:
    if not written.stat().st_size:
        written.unlink()
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(written, file)
    return True


def _copy_tree(source: Path, target: Path) -> None:
    """Regular files, folders and links as they are; pipes, sockets and devices are left out, and so is any `.git`."""

    def leave_out(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name == ".git" or not _is_plain(Path(folder, name))}

    shutil.copytree(source, target, symlinks=True, ignore=leave_out)


def _is_plain(path: Path) -> bool:
    return path.is_symlink() or path.is_dir() or path.is_file()
