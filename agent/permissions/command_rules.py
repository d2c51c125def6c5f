"""May this command line run without a question? Proven by the grammar and the permitted options, or asked about.

Decides; runs nothing. Reads the names of files and git's configuration as text, and starts no git to do so (C4).
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

from agent.files.walk import is_secret
from agent.permissions.command_options import (
    ANY,
    FIND_FLAGS,
    FIND_VALUED,
    NEEDS_CHECK_FLAG,
    NEEDS_SUBCOMMAND,
    NEVER_AUTO,
    PERMITTED,
    SED_PRINT,
    WRAPPERS,
    Permitted,
)
from agent.permissions.command_warnings import strong_warning
from agent.permissions.commandline import Command, Unproven, Word, parse_line
from agent.permissions.git_settings import git_settings_fault
from backends.frozen import frozen

Verdict: TypeAlias = Literal["auto", "ask", "ask_strong"]

_MOST_NAMES = 2_000
_MOST_PLACES = 16
_VERSION = re.compile(r"[\d.]+$")
_LEAVES_NO_PATTERN = re.compile(r"-\w*e|--regexp\b|--files$")
"""Options of search programs after which, and before which, every word is a path."""
_SIGNATURE = re.compile(r"%[-+ ]?G|%\(\*?signature")
"""In a format of git: it starts gpg for the commits that are signed."""
_NO_PAGER = ("--no-pager", "-P")


@frozen
class Judgement:
    """`reason` says in a few words why it is asked about, or what it would destroy; "" for `auto`."""

    verdict: Verdict
    reason: str = ""


def judge(line: str, workspace: Path, rules: Iterable[str], is_trusted: bool, folder: Path | None = None) -> Judgement:
    """`rules` are allowed beginnings, e.g. `git status`; the line would run in `folder`, else in the workspace."""
    root = workspace.resolve()
    start = folder.resolve() if folder is not None else root
    beginnings = [tuple(rule.split()) for rule in rules if rule.strip()]
    try:
        if not is_trusted:
            raise Unproven("this folder is not trusted")
        places = [_Place(root, start)]
        for command in parse_line(line):
            if command.texts[0] == "cd":
                places = list(dict.fromkeys([*places, *(_entered(command, place) for place in places)]))
                if len(places) > _MOST_PLACES:
                    raise Unproven("it changes the folder too often")
                continue
            for place in places:
                _prove(_without_pager(command), place, beginnings)
    except Unproven as unproven:
        warning = strong_warning(line)
        return Judgement("ask_strong", warning) if warning else Judgement("ask", str(unproven))
    return Judgement("auto")


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


@frozen
class _Place:
    """Where a part of the line may run: in `folder`, below `root`. After a `cd`, which can fail or happen in a pipe,
    it is proven for both folders."""

    root: Path
    folder: Path


def _entered(command: Command, place: _Place) -> _Place:
    """The place after a plain `cd FOLDER` inside the workspace. Raises Unproven."""
    words = command.words[1:]
    if len(words) != 1 or words[0].has_glob or words[0].text.startswith("-") or not words[0].text:
        raise Unproven("this cd is not judged")
    folder = (place.folder / words[0].text).resolve()
    _expect_inside(words[0].text, place)
    if not folder.is_dir() or "CDPATH" in os.environ:
        raise Unproven("it changes to a folder that is not there")
    if Path(os.path.normpath(place.folder / words[0].text)) != folder:
        raise Unproven("it changes to a folder through a link")
    return _Place(place.root, folder)


def _prove(command: Command, place: _Place, rules: Sequence[tuple[str, ...]]) -> None:
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
    _prove_arguments(command.words[len(key) :], key, place)


def _expect_installed_outside(program: str, root: Path) -> None:
    """The shell takes the first on PATH, so no folder of the PATH may be the workspace's, or relative to anything."""
    for folder in map(Path, os.get_exec_path()):
        is_ours = not folder.is_absolute() or folder.resolve().is_relative_to(root)
        if is_ours and shutil.which(program, path=str(root / folder)):
            raise Unproven(f"{program} would come from the workspace")
    found = shutil.which(program)
    if found and Path(found).resolve().is_relative_to(root):
        raise Unproven(f"{program} would come from the workspace")


# ── arguments ────────────────────────────────────────────────────────────────


def _prove_arguments(words: Sequence[Word], key: tuple[str, ...], place: _Place) -> None:
    if key == ("find",):
        _prove_find(words, place)
    elif key == ("sed",):
        _prove_sed(words, place)
    else:
        _Arguments(key, PERMITTED[key], place).prove(words)


class _Arguments:
    """One pass over options and operands."""

    def __init__(self, key: tuple[str, ...], permitted: Permitted, place: _Place) -> None:
        self._name = " ".join(key)
        self._permitted = permitted
        self._place = place
        self._patterns = permitted.patterns
        self._operands = 0
        self._most = permitted.operands

    def prove(self, words: Sequence[Word]) -> None:
        if "-e" in self._permitted.valued and any(_LEAVES_NO_PATTERN.match(word.text) for word in words):
            self._patterns = 0
        waiting = list(reversed(words))
        options_over = self._permitted.is_text
        while waiting:
            word = waiting.pop()
            if word.starts_with_glob and not options_over and self._permitted.can_turn_on_it:
                raise Unproven("a file name could be taken for an option")
            if not options_over and word.text == "--":
                options_over = True
            elif not options_over and word.text.startswith("-") and word.text != "-":
                if self._takes_value(word.text):
                    if not waiting:
                        raise Unproven(f"{word.text} lacks its value")
                    _expect_one_word(waiting.pop())
                elif word.text in self._permitted.listing:
                    self._most = ANY
            else:
                self._operand(word)

    def _takes_value(self, option: str) -> bool:
        """True when the next word is the option's value. Raises Unproven for an option that is not permitted."""
        flags, valued = self._permitted.flags, self._permitted.valued
        if option in flags:
            return False
        if option in valued:
            return True
        name, has_value, _ = option.partition("=")
        if has_value and name in valued and (option.startswith("--") or len(name) > 2):
            return False  # Go spells -count=1
        if self._permitted.counts and re.fullmatch(r"-\d+", option):
            return False
        if not option.startswith("--"):
            for at, letter in enumerate(option[1:], 1):
                if f"-{letter}" in valued:
                    return at == len(option) - 1
                if f"-{letter}" not in flags:
                    break
            else:
                return False
        raise Unproven(f"the option {option} of {self._name} is not judged")

    def _operand(self, word: Word) -> None:
        self._operands += 1
        if self._operands > self._most:
            raise Unproven(f"{self._name} with more words is not judged")
        if self._permitted.operands < ANY:
            _expect_one_word(word)
        if self._permitted.operand and not self._permitted.operand.match(word.text):
            raise Unproven(f"{word.text} is not judged for {self._name}")
        if self._patterns > 0:
            self._patterns -= 1
            if not word.has_glob:
                return
        if word.text.startswith("@") and not self._name.startswith("git "):
            raise Unproven(f"{word.text} may stand for the arguments in a file")
        _expect_word_inside(word, self._place)


def _prove_find(words: Sequence[Word], place: _Place) -> None:
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        if word.has_glob:
            raise Unproven("the shell would put file names into the expression")
        if word.text in FIND_VALUED and waiting:
            value = waiting.pop()
            _expect_one_word(value)
            if word.text == "-newer":
                _expect_inside(value.text, place)
        elif word.text not in FIND_FLAGS and word.text not in ("(", ")"):
            if word.text.startswith(("-", "(", ")", ",")):
                raise Unproven(f"{word.text} of find is not judged")
            _expect_inside(word.text, place)


def _prove_sed(words: Sequence[Word], place: _Place) -> None:
    texts = [word.text for word in words]
    if len(texts) < 2 or texts[0] != "-n" or not SED_PRINT.fullmatch(texts[1]):
        raise Unproven("only sed -n with line numbers is judged")
    for word in words[2:]:
        if word.text.startswith("-") or word.starts_with_glob:
            raise Unproven("an option of sed is not judged")
        _expect_word_inside(word, place)


def _expect_one_word(word: Word) -> None:
    """Every file name after the first would take another place than the one that is judged."""
    if word.has_glob:
        raise Unproven("a pattern without quotes is replaced by file names")


def _expect_word_inside(word: Word, place: _Place) -> None:
    _expect_inside(word.text, place)
    if word.has_glob:
        parts = [_widened(part) for part in word.text.split("/")]
        if any(part != ".." and fnmatch.fnmatchcase("..", part) for part in parts if part.startswith(".")):
            raise Unproven(f"{word.text} may stand for the folder above")
        # glob leaves dotfiles out, as the shell does; Path.glob does not.
        names = list(islice(glob.iglob("/".join(parts), root_dir=place.folder), _MOST_NAMES + 1))  # noqa: PTH207
        if len(names) > _MOST_NAMES:
            raise Unproven(f"{word.text} stands for too many files")
        for name in names:
            _expect_inside(name, place)


def _widened(part: str) -> str:
    """A pattern for at least the names that a shell finds: it has its own reading of `[^x]`, `[[:alpha:]]`, quotes."""
    return re.sub(r"\[.*", "*", part)


def _expect_inside(text: str, place: _Place) -> None:
    """The word, should it be a path, stays in the workspace and names no key file."""
    if is_secret(text) or is_secret(text.partition(":")[2]) or text.endswith((".env/", ".ssh")):
        raise Unproven(f"{text} may hold secrets")
    # `HEAD:path` and `main..topic` are no paths, `../x` is.
    for path in (text, text.partition(":")[2]):
        if path.startswith(("/", "~")) or ".." in path.split("/"):
            inside = Path(os.path.normpath(place.folder / path))
            if path.startswith("~") or not inside.is_relative_to(place.root):
                raise Unproven(f"{text} leads out of the workspace")
    if "://" in text:
        raise Unproven(f"{text} is an address")
    try:
        if not (place.folder / text).resolve().is_relative_to(place.root):
            raise Unproven(f"{text} leads out of the workspace")
    except (OSError, RuntimeError) as error:
        raise Unproven(f"{text[:60]} cannot be looked at") from error
