"""git in one repository, with every program that its settings could start switched off (THREATS.md C4).

The door to git: GitPython is imported when the first command runs, and only plumbing commands are meant to. Blocks.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import TYPE_CHECKING, Protocol, cast

from agent.processes.environment import find_program

if TYPE_CHECKING:
    from git.cmd import Git as GitCommand

_OFF = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.editor=:",
    "core.pager=cat",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",  # a partial clone fetches what it lacks, and a transport is a program
)
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": ":", "GIT_PAGER": "cat"}
PATIENCE = 60.0
"""Seconds; on a disk that does not answer, git would wait for ever, and a commit with it."""

_ELSEWHERE = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
)


class _Started(Protocol):
    """What GitPython gives for a command that runs; it says so without a type."""

    proc: Popen[bytes]


class GitFailed(Exception):
    """git cannot do it; the message says what, and git's own words."""


class Git:
    """Runs git commands in `folder`. Raises GitFailed when there is no git, or it is told to look elsewhere."""

    def __init__(self, folder: Path, environ: Mapping[str, str] = os.environ) -> None:
        if misled := next((name for name in _ELSEWHERE if environ.get(name)), ""):
            raise GitFailed(f"the variable {misled} points git elsewhere; start oss-tui without it")
        program = find_program("git", folder)
        if program is None:
            raise GitFailed("git is not installed")
        self._words = [program, "--no-pager", "-C", str(folder), *(word for off in _OFF for word in ("-c", off))]
        self._git = _git_python(program)(folder)

    def run(self, *words: str, stdin: bytes = b"", index: Path | None = None) -> bytes:
        """One command; returns what it prints. `index` is used in place of the repository's own. Raises GitFailed."""
        from git.exc import GitCommandError

        environment = _QUIET if index is None else {**_QUIET, "GIT_INDEX_FILE": str(index)}
        with tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            try:
                started = self._git.execute(
                    [*self._words, *words],
                    istream=given,  # pyright: ignore[reportArgumentType]
                    env=environment,
                    as_process=True,
                )
            except (GitCommandError, OSError) as error:
                raise GitFailed(f"git {words[0]} failed: {error}") from error
            return _printed(cast("_Started", started).proc, words[0])

    def line(self, *words: str, stdin: bytes = b"", index: Path | None = None) -> str:
        """As `run`, for a command that prints one line."""
        return self.run(*words, stdin=stdin, index=index).decode("utf-8", "replace").strip("\n")

    def asks(self, *words: str, stdin: bytes = b"") -> str | None:
        """As `line`; None where git says no."""
        try:
            return self.line(*words, stdin=stdin)
        except GitFailed:
            return None


def _git_python(program: str) -> type[GitCommand]:
    """GitPython runs `git version` as it is imported: it must find this git, and no other."""
    given = {"GIT_PYTHON_GIT_EXECUTABLE": program, "GIT_PYTHON_REFRESH": "quiet"}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        from git.cmd import Git as GitCommand
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return GitCommand


def _printed(process: Popen[bytes], command: str) -> bytes:
    """What it prints, once it has ended. Raises GitFailed."""
    try:
        printed, said = process.communicate(timeout=PATIENCE)
    except TimeoutExpired as error:
        process.kill()  # plumbing has no children
        process.communicate()
        raise GitFailed(f"git {command} did not end within {PATIENCE:.0f} s and was stopped; try again") from error
    if process.returncode:
        raise GitFailed(f"git {command} failed: {_plain(said.decode('utf-8', 'replace'))}")
    return printed


def _plain(said: str) -> str:
    """git's words in one line."""
    return " ".join(said.split())
