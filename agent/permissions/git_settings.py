"""Does a repository's own configuration make git run something? Read as text, starting no git (THREATS.md C4).

An allowlist: a key that is not known to be harmless counts as one that names a program.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_LIMIT = 256 * 1024
_SECTION = re.compile(r'\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(?:[#;].*)?')
_KEY = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*?))?\s*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HARMLESS: dict[str, frozenset[str]] = {
    "core": _words(
        "repositoryformatversion filemode bare logallrefupdates ignorecase precomposeunicode symlinks autocrlf "
        "safecrlf eol quotepath abbrev untrackedcache protecthfs protectntfs sharedrepository compression"
    ),
    "remote": _words("url fetch pushurl push tagopt prune"),
    "branch": _words("remote merge rebase pushremote description"),
    "user": _words("name email"),
    "init": _words("defaultbranch"),
    "pull": _words("rebase ff"),
    "push": _words("default autosetupremote"),
    "fetch": _words("prune"),
    "color": _words("ui diff status branch"),
    "gui": _words("wmstate geometry"),
    "maintenance": _words("auto strategy"),
    "gc": _words("auto"),
    "lfs": _words("repositoryformatversion"),
}
_GITLINK_MODE = b"\x00\x00\xe0\x00"


def git_settings_fault(folder: Path) -> str:
    """Why git must not be run unasked in `folder`, or "".

    Looks at every folder above too: git passes over a `.git` that it finds incomplete, and takes a folder that looks
    like the inside of one for a repository.
    """
    return next((fault for place in (folder, *folder.parents) if (fault := _fault(place))), "")


def _fault(folder: Path) -> str:
    if os.path.lexists(folder / "HEAD"):
        return "git may take a folder with a file named HEAD for a repository"
    git = folder / ".git"
    if not os.path.lexists(git):
        return ""
    if git.is_symlink() or not git.is_dir():
        return "the repository keeps its settings elsewhere"
    if (git / "commondir").exists():
        return "the repository keeps its settings elsewhere"
    if (git / "config.worktree").exists() or (folder / ".gitmodules").exists() or _has_gitlink(git / "index"):
        return "the repository has settings of its own for parts of it"
    if (git / "hooks" / "post-index-change").exists():
        return "the repository has a hook that runs when git looks"
    return _config_fault(git / "config")


def git_place(folder: Path) -> tuple[object, ...]:
    """What decides where git finds its settings in `folder`: equal before and after a command that did not move it."""
    git = folder / ".git"
    try:
        found = git.lstat()
    except OSError:
        return ()
    return found.st_ino, found.st_mode, (git / "commondir").exists(), (git / "config.worktree").exists()


def _has_gitlink(index: Path) -> bool:
    try:
        return _GITLINK_MODE in index.read_bytes()
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _config_fault(config: Path) -> str:
    try:
        data = config.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError:
        return "the repository's settings cannot be read"
    if len(data) > _LIMIT or b"\0" in data or b"\r" in data.replace(b"\r\n", b""):
        return "the repository's settings are odd"
    section = ""
    for line in data.decode("utf-8", "replace").split("\n"):  # as git does: no other character ends a line
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        if header := _SECTION.fullmatch(line):
            section = header[1].lower()
            continue
        key = _KEY.fullmatch(line)
        if key is None or line.endswith("\\") or key[1].lower() not in _HARMLESS.get(section, frozenset()):
            return f"the repository sets {section}.{key[1] if key else line.strip()[:40]}, which may run a program"
    return ""
