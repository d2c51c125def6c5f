"""Where a word of a command leads: it stays in the workspace and names no key file, or is asked about.

Looks at names on the disk, since the shell and links do; reads no file.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from itertools import islice
from pathlib import Path

from agent.files.walk import is_secret
from agent.permissions.commandline import Command, Unproven, Word
from backends.frozen import frozen

_MOST_NAMES = 2_000


@frozen
class Place:
    """Where a part of the line may run: in `folder`, below `root`. After a `cd`, which can fail or happen in a pipe,
    it is proven for both folders."""

    root: Path
    folder: Path


def entered(command: Command, place: Place) -> Place:
    """The place after a plain `cd FOLDER` inside the workspace. Raises Unproven."""
    words = command.words[1:]
    if len(words) != 1 or words[0].has_glob or words[0].text.startswith("-") or not words[0].text:
        raise Unproven("this cd is not judged")
    folder = (place.folder / words[0].text).resolve()
    expect_inside(words[0].text, place)
    if not folder.is_dir() or "CDPATH" in os.environ:
        raise Unproven("it changes to a folder that is not there")
    if Path(os.path.normpath(place.folder / words[0].text)) != folder:
        raise Unproven("it changes to a folder through a link")
    return Place(place.root, folder)


def expect_one_word(word: Word) -> None:
    """Every file name after the first would take another place than the one that is judged."""
    if word.has_glob:
        raise Unproven("a pattern without quotes is replaced by file names")


def expect_word_inside(word: Word, place: Place) -> None:
    expect_inside(word.text, place)
    if word.has_glob:
        parts = [_widened(part) for part in word.text.split("/")]
        if any(part != ".." and fnmatch.fnmatchcase("..", part) for part in parts if part.startswith(".")):
            raise Unproven(f"{word.text} may stand for the folder above")
        # glob leaves dotfiles out, as the shell does; Path.glob does not.
        names = list(islice(glob.iglob("/".join(parts), root_dir=place.folder), _MOST_NAMES + 1))  # noqa: PTH207
        if len(names) > _MOST_NAMES:
            raise Unproven(f"{word.text} stands for too many files")
        for name in names:
            expect_inside(name, place)


def _widened(part: str) -> str:
    """A pattern for at least the names that a shell finds: it has its own reading of `[^x]`, `[[:alpha:]]`, quotes."""
    return re.sub(r"\[.*", "*", part)


def expect_inside(text: str, place: Place) -> None:
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
        real = (place.folder / text).resolve()
        if not real.is_relative_to(place.root):
            raise Unproven(f"{text} leads out of the workspace")
        if is_secret(real.name):
            raise Unproven(f"{text} stands for {real.name}, which may hold secrets")
    except (OSError, RuntimeError) as error:
        raise Unproven(f"{text[:60]} cannot be looked at") from error
