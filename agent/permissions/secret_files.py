"""The files that a search through a folder must not read unasked: those whose names say that they hold secrets (W6).

A command that names such a file is asked about; one that reads whole folders runs, and the sandbox keeps them from it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from agent.files.walk import is_secret
from agent.permissions.command_options import READS_FOLDERS
from agent.permissions.commandline import Command, Unproven

_MOST_ENTRIES = 500_000
_MOST_SECRETS = 1_000
_NOT_SEARCHED = ".git"


def reads_folders(command: Command) -> bool:
    """True for a search of everything below a folder, as `rg x` and `grep -rn x .` are."""
    for program, options in READS_FOLDERS.items():
        if command.texts[: len(program)] == program:
            return not options or any(_is_among(text, options) for text in command.texts[len(program) :])
    return False


def _is_among(text: str, options: frozenset[str]) -> bool:
    """Whether one of `options` is given, also as a letter among others, as in `-rn`."""
    is_cluster = text.startswith("-") and not text.startswith("--")
    return text in options or (is_cluster and any(option[1:] in text for option in options if len(option) == 2))


def secret_files(root: Path) -> tuple[Path, ...]:
    """Every regular file below `root` that may hold secrets, ignored ones too.

    Raises Unproven where there are too many files to tell. Looks at names only, and follows no link.
    """
    found: list[Path] = []
    for seen, entry in enumerate(_entries(root)):
        if seen >= _MOST_ENTRIES:
            raise Unproven("too many files lie here to tell which may hold secrets")
        if is_secret(entry.name) and entry.is_file(follow_symlinks=False):
            found.append(Path(entry.path))
        if len(found) > _MOST_SECRETS:
            raise Unproven("too many files here may hold secrets")
    return tuple(found)


def _entries(root: Path) -> Iterator[os.DirEntry[str]]:
    pending = [str(root)]
    while pending:
        try:
            entries = os.scandir(pending.pop())
        except OSError:
            continue  # what cannot be listed cannot be searched either
        with entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False) and entry.name != _NOT_SEARCHED:
                    pending.append(entry.path)
