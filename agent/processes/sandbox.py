"""The sandbox around a command: what it is here, whether it works here, and how a command is put into it.

Decides no permission and starts only its own trial, by agent.processes.process. What it promises is THREATS.md C9:
the workspace can be written, nothing else; no network; git's hooks and settings stay; keys of the person are not there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self, TypeAlias

from agent.processes import bubblewrap, seatbelt
from agent.processes.environment import child_environment, find_program
from agent.processes.process import Exit, Output, run, shell
from backends.frozen import frozen

SandboxKind: TypeAlias = Literal["bubblewrap", "sandbox-exec"]
SandboxMode: TypeAlias = Literal["auto", "on", "off"]
"""`auto`: when there is one; `on`: no command runs without; `off`: never."""

_TRIAL_SECONDS = 10
_FILE_KIB = 8 * 1024 * 1024
_PROCESSES = 4_096

_SECRET_PLACES = (
    ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".mozilla", ".thunderbird",
    ".netrc", ".npmrc", ".pypirc", ".git-credentials", ".vault-token", ".pgpass", ".my.cnf", ".terraform.d",
    ".bash_history", ".zsh_history", ".python_history", ".psql_history",
    ".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials",
    ".config/gh", ".config/hub", ".config/gcloud", ".config/op", ".config/git/credentials", ".config/rclone",
    ".config/google-chrome", ".config/chromium", ".config/BraveSoftware", ".config/containers/auth.json",
    ".local/share/keyrings", ".cache/huggingface/token", ".huggingface/token",
    "Library/Keychains", "Library/Cookies", "Library/Application Support/Google", "Library/Application Support/Firefox",
)  # fmt: skip
"""Below the home folder: what holds keys, cookies or what was typed."""


@frozen
class NoSandbox:
    """There is none; `reason` is one line for the person."""

    reason: str = "no sandbox: nobody looked for one"


@frozen
class Sandbox:
    """A way to run commands shut in, tried once on this machine. `hidden` are places that a command does not see."""

    kind: SandboxKind
    program: str
    hidden: tuple[Path, ...]

    @classmethod
    async def detect(
        cls, workspace: Path, own_folders: Sequence[Path] = (), home: Path | None = None
    ) -> Self | NoSandbox:
        """The sandbox of this machine, after a trial around `workspace`. `own_folders` are this program's own.

        It is tried rather than looked up: the program may be there and the kernel forbid it.
        """
        kind: SandboxKind = "sandbox-exec" if sys.platform == "darwin" else "bubblewrap"
        name = "sandbox-exec" if kind == "sandbox-exec" else "bwrap"
        program = find_program(name, workspace)
        if program is None:
            hint = "install bubblewrap" if kind == "bubblewrap" else "it is part of macOS"
            return NoSandbox(f"no sandbox: {name} is not installed ({hint})")
        home = home or Path.home()
        sandbox = cls(kind, program, (*own_folders, *(home / place for place in _SECRET_PLACES)))
        problem = await _try(sandbox.wrap(["/bin/sh", "-c", "exit 0"], workspace, workspace), workspace)
        return NoSandbox(f"no sandbox: {name} does not work here ({problem})") if problem else sandbox

    def without(self, places: Sequence[Path]) -> Sandbox:
        """The same sandbox with more places that a command does not see."""
        return replace(self, hidden=(*self.hidden, *places))

    def wrap(self, command: Sequence[str], workspace: Path, folder: Path) -> tuple[str, ...]:
        """The arguments that run `command` in `folder`, shut in `workspace`. Looks at the disk, briefly."""
        limited = (*_limits(), *command)
        match self.kind:
            case "bubblewrap":
                return bubblewrap.arguments(self.program, limited, workspace, folder, self.hidden)
            case "sandbox-exec":
                return seatbelt.arguments(self.program, limited, workspace, self.hidden)


def _limits() -> tuple[str, ...]:
    """A shell that takes limits and becomes the command: no core files, no endless file, no endless forking."""
    processes = "-u" if shell().endswith("bash") else "-p"
    script = f'ulimit -c 0; ulimit -f {_FILE_KIB}; ulimit {processes} {_PROCESSES}; exec "$@"'
    return (shell(), "-c", script, "sh")


async def _try(argv: Sequence[str], folder: Path) -> str:
    """What went wrong, or ""."""
    said, end = "", None
    try:
        async for event in run(argv, cwd=folder, env=child_environment(os.environ), timeout=_TRIAL_SECONDS):
            match event:
                case Output(text):
                    said += text
                case Exit():
                    end = event
    except OSError as error:
        return str(error)
    if end is None or end.reason == "timeout":
        return f"no end within {_TRIAL_SECONDS} s"
    return "" if end.code == 0 else " ".join(said.split())[:200] or f"exit code {end.code}"
