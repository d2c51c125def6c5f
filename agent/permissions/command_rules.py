"""May this command line run without a question? Proven by the grammar and the permitted options, or asked about.

Decides; runs nothing. Reads the names of files and git's configuration as text, and starts no git to do so (C4).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from agent.permissions.command_arguments import prove_arguments
from agent.permissions.command_options import NEEDS_CHECK_FLAG, NEEDS_SUBCOMMAND, NEVER_AUTO, PERMITTED, WRAPPERS
from agent.permissions.command_paths import Place, entered
from agent.permissions.command_warnings import strong_warning
from agent.permissions.commandline import Command, Unproven, parse_line
from agent.permissions.git_settings import git_settings_fault
from agent.permissions.secret_files import reads_folders, secret_files
from backends.frozen import frozen

Verdict: TypeAlias = Literal["auto", "ask", "ask_strong"]

_MOST_PLACES = 16
_VERSION = re.compile(r"[\d.]+$")
_SIGNATURE = re.compile(r"%[-+ ]?G|%\(\*?signature")
"""In a format of git: it starts gpg for the commits that are signed."""
_NO_PAGER = ("--no-pager", "-P")


@frozen
class Judgement:
    """`reason` says in a few words why it is asked about, or what it would destroy; "" for `auto`.

    `hidden` are files that a line may run unasked without only: it searches folders, and they may hold secrets.
    """

    verdict: Verdict
    reason: str = ""
    hidden: tuple[Path, ...] = ()


def judge(line: str, workspace: Path, rules: Iterable[str], is_trusted: bool, folder: Path | None = None) -> Judgement:
    """`rules` are allowed beginnings, e.g. `git status`; the line would run in `folder`, else in the workspace."""
    root = workspace.resolve()
    start = folder.resolve() if folder is not None else root
    beginnings = [tuple(rule.split()) for rule in rules if rule.strip()]
    try:
        if not is_trusted:
            raise Unproven("this folder is not trusted")
        places = [Place(root, start)]
        commands = [_without_pager(command) for command in parse_line(line)]
        for command in commands:
            if command.texts[0] == "cd":
                places = list(dict.fromkeys([*places, *(entered(command, place) for place in places)]))
                if len(places) > _MOST_PLACES:
                    raise Unproven("it changes the folder too often")
                continue
            for place in places:
                _prove(command, place, beginnings)
        hidden = secret_files(root) if any(map(reads_folders, commands)) else ()
    except Unproven as unproven:
        warning = strong_warning(line)
        return Judgement("ask_strong", warning) if warning else Judgement("ask", str(unproven))
    return Judgement("auto", hidden=hidden)


def can_always(line: str) -> bool:
    """May "always" be offered for exactly these words?

    Not for a shell, an interpreter, a wrapper or a program that does nothing without a subcommand, nor for a line that
    the grammar cannot read or that looks as if it destroys something (THREATS.md C5).
    """
    try:
        commands = parse_line(line)
    except Unproven:
        return False
    return not strong_warning(line) and all(map(_says_what_it_does, commands))


def _says_what_it_does(command: Command) -> bool:
    name = command.texts[0].rpartition("/")[2]
    if "=" in command.texts[0] or command.words[0].has_glob:
        return False
    if name in NEVER_AUTO or _VERSION.sub("", name) in NEVER_AUTO or command.texts[:2] in WRAPPERS:
        return any(command.texts[: len(key)] == key for key in PERMITTED)
    return name not in NEEDS_SUBCOMMAND or any(not text.startswith("-") for text in command.texts[1:])


def _without_pager(command: Command) -> Command:
    """`git --no-pager log` is `git log`: a command has no terminal, so that no pager starts in either."""
    words = command.words
    if words[0].text == "git" and len(words) > 1 and words[1].text in _NO_PAGER:
        return Command((words[0], *words[2:]))
    return command


def _prove(command: Command, place: Place, rules: Sequence[tuple[str, ...]]) -> None:
    """Raises Unproven."""
    first, texts = command.words[0], command.texts
    if first.is_quoted or first.has_glob or not re.fullmatch(r"[A-Za-z0-9_.+-]+", first.text):
        raise Unproven("its program is not a plain name")
    matching = [rule for rule in rules if texts[: len(rule)] == rule]
    if not matching:
        raise Unproven(f"no rule allows {first.text}")
    _expect_installed_outside(first.text, place.root)
    key = max((key for key in PERMITTED if texts[: len(key)] == key), key=len, default=None)
    if key is None:
        if texts not in matching or first.text in NEVER_AUTO:
            raise Unproven(f"more than the exact words of a rule for {first.text}")
        return
    if first.text in NEVER_AUTO and all(len(rule) < len(key) for rule in matching):
        raise Unproven(f"a rule for {first.text} alone allows nothing")
    if first.text == "git" and any(map(_SIGNATURE.search, texts)):
        raise Unproven("it asks git for signatures, and git starts gpg for them")
    if first.text == "git" and (fault := git_settings_fault(place.folder)):
        raise Unproven(fault)
    required = NEEDS_CHECK_FLAG.get(key, frozenset())
    options = texts[: texts.index("--")] if "--" in texts else texts
    if required and not required & set(options):
        raise Unproven(f"{' '.join(key)} writes files without {' or '.join(sorted(required))}")
    prove_arguments(command.words[len(key) :], key, place)


def _expect_installed_outside(program: str, root: Path) -> None:
    """The shell takes the first on PATH, so no folder of the PATH may be the workspace's, or relative to anything."""
    for folder in map(Path, os.get_exec_path()):
        is_ours = not folder.is_absolute() or folder.resolve().is_relative_to(root)
        if is_ours and shutil.which(program, path=str(root / folder)):
            raise Unproven(f"{program} would come from the workspace")
    found = shutil.which(program)
    if found and Path(found).resolve().is_relative_to(root):
        raise Unproven(f"{program} would come from the workspace")
