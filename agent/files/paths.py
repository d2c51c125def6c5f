"""What a path may be called: the rules for spellings, git internals and self-acting files. Text only, no disk.

A spelling is refused or taken literally; nothing is expanded, decoded or stripped (THREATS.md A1, A4, A5).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from agent.files.invisible import count_invisible

RefusalKind = Literal[
    "spelling",  # cannot be a path of this workspace, whatever is on the disk
    "escape",  # leads out of the workspace
    "link",  # dangling, looping, or a link where none may be
    "git",  # git's own files
    "self_acting",  # a file of the person or of this program that acts by itself
    "not_a_file",  # folder, FIFO, socket, device
    "too_large",
    "binary",
    "read_only",
    "unreadable",
]

NAME_LIMIT = 255
"""Bytes of one name, and `PATH_LIMIT` of a whole path: what Linux and macOS file systems take."""
PATH_LIMIT = 4096


class WorkspaceError(Exception):
    """A path of the workspace cannot be used. `reason` is one sentence for the person and the model."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class PathRefused(WorkspaceError):
    """The path must not be used for this, whoever asks."""

    def __init__(self, kind: RefusalKind, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.kind: RefusalKind = kind


class FileMissing(WorkspaceError):
    """The path is allowed, and nothing is there."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "there is no such file in the workspace")


def split_path(path: str, roots: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of a path below the workspace. `roots` are absolute spellings of the workspace itself.

    The workspace itself gives an empty tuple. Raises PathRefused.
    """
    _refuse_characters(path)
    _refuse_foreign_syntax(path)
    names = [name for name in _below_root(path, roots).split("/") if name not in ("", ".")]
    for name in names:
        _refuse_name(path, name)
    return tuple(names)


def is_git_internal(name: str) -> bool:
    """True for `.git` in every spelling that some file system takes for it (git's protectHFS and protectNTFS)."""
    return _GIT_NAME.fullmatch(_folded(name)) is not None


def acts_for_user(names_below_home: tuple[str, ...]) -> bool:
    """True for a file in the home folder that runs, logs in or configures by itself, or belongs to this program."""
    folded = tuple(_folded(name) for name in names_below_home)
    return any(folded[: len(entry)] == entry for entry in _HOME_SELF_ACTING)


def home_self_acting_paths() -> tuple[str, ...]:
    """The same files as paths below the home folder, to find them again behind links."""
    return tuple("/".join(entry) for entry in _HOME_SELF_ACTING)


def self_acting_warning(names: tuple[str, ...]) -> str | None:
    """One line for files of a project that tools run or obey by themselves, else None."""
    folded = tuple(_folded(name) for name in names)
    for name in folded[:-1]:
        if name in _PROJECT_FOLDERS:
            return f"self-acting: {_PROJECT_FOLDERS[name]}"
    if folded[:2] == (".github", "workflows") or folded[:2] == (".github", "actions"):
        return "self-acting: runs on the CI server"
    reason = _PROJECT_FILES.get(folded[-1]) if folded else None
    return f"self-acting: {reason}" if reason else None


def name_warnings(path: str) -> tuple[str, ...]:
    """Facts about the spelling of an allowed path that a reader cannot see."""
    count = count_invisible(path)
    return (f"{count} invisible or direction-changing character(s) in the file name",) if count else ()


# ── spelling ─────────────────────────────────────────────────────────────────

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|(?:file|data|javascript|mailto|vscode|urn):", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
# `$postId.tsx` is a route file; `$HOME` and its kin are whole names.
_VARIABLE = re.compile(r"\$\{.*|\$[A-Z_][A-Z0-9_]*|(?i:\$home|\$env:.*)|%[A-Za-z_][A-Za-z0-9_()]*%")
_ESCAPED = re.compile(r"%(?:2e|2f|5c|00)", re.IGNORECASE)


def _refuse_characters(path: str) -> None:
    if not path.strip():
        raise PathRefused("spelling", path, "the path is empty")
    for character in path:
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            raise PathRefused(
                "spelling", path, f"the path holds the control character U+{ord(character):04X}; write a plain path"
            )
    if len(path.encode()) > PATH_LIMIT:
        raise PathRefused("spelling", path[:80] + "…", f"the path is longer than {PATH_LIMIT} bytes")


def _refuse_foreign_syntax(path: str) -> None:
    reason = None
    if "\\" in path:
        reason = "backslashes are not taken as separators; write `/` and a path relative to the workspace"
    elif path.startswith("//"):
        reason = "network paths are refused; write a path relative to the workspace"
    elif path.lstrip().startswith("~"):
        reason = "`~` is not expanded; write a path relative to the workspace"
    elif _SCHEME.match(path):
        reason = "URLs are refused; write a path relative to the workspace"
    elif _DRIVE.match(path):
        reason = "drive letters are refused; write a path relative to the workspace"
    elif "`" in path or "$(" in path:
        reason = "shell syntax is not expanded; write a path relative to the workspace"
    if reason:
        raise PathRefused("escape", path, reason)


def _below_root(path: str, roots: tuple[str, ...]) -> str:
    if not path.startswith("/"):
        return path
    if ".." in path.split("/"):
        raise PathRefused("escape", path, "`..` is refused; write a path relative to the workspace")
    for root in roots:
        if path == root:
            return ""
        inside = root.rstrip("/") + "/"
        if path.startswith(inside):
            return path[len(inside) :]
    raise PathRefused("escape", path, "it is outside the workspace; write a path relative to the workspace")


def _refuse_name(path: str, name: str) -> None:
    looks_like = unicodedata.normalize("NFKC", name)
    if name == "..":
        raise PathRefused("escape", path, "`..` is refused; write a path relative to the workspace")
    if not looks_like.strip(". ") or "/" in looks_like or "\\" in looks_like or _ESCAPED.search(name):
        raise PathRefused("escape", path, f"the name {name!r} looks like a step to another folder and is not decoded")
    if name == "~" or _VARIABLE.fullmatch(name):
        raise PathRefused("escape", path, f"{name!r} is not expanded; write a path relative to the workspace")
    if len(name.encode()) > NAME_LIMIT:
        raise PathRefused("spelling", path, f"a name in it is longer than {NAME_LIMIT} bytes")
    if is_git_internal(name):
        raise PathRefused("git", path, "git's own files are never read or changed here; use git commands")


# ── git internals ────────────────────────────────────────────────────────────

_GIT_NAME = re.compile(r"(?:\.git|git~[0-9]+)[. ]*(?::.*)?")
# What HFS+ skips when it compares names; the list of git's own protectHFS.
_IGNORED_BY_HFS = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF, 0x200B, 0x2060, 0x00AD]
)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.translate(_IGNORED_BY_HFS)).casefold()


# ── self-acting files ────────────────────────────────────────────────────────

_OWN = "oss-tui"
_HOME_SELF_ACTING: tuple[tuple[str, ...], ...] = tuple(
    tuple(path.casefold().split("/"))
    for path in (
        # shells and logins
        *(".profile", ".login", ".logout", ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases"),
        *(".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".zsh", ".oh-my-zsh", ".kshrc", ".mkshrc"),
        *(".cshrc", ".tcshrc", ".inputrc", ".config/fish", ".config/nushell", ".config/zsh", ".config/bash"),
        *(".pam_environment", ".config/environment.d", ".xinitrc", ".xsession", ".xsessionrc", ".xprofile"),
        *(".Xresources", ".xserverrc", ".config/plasma-workspace"),
        # keys and credentials
        *(".ssh", ".gnupg", ".netrc", ".aws", ".kube", ".docker", ".config/gcloud", ".config/gh", ".git-credentials"),
        *(".password-store", ".pypirc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".gem/credentials"),
        # started by the desktop or the system
        *(".config/autostart", ".config/systemd", ".local/share/systemd", ".local/share/applications"),
        *(".local/share/dbus-1", ".config/upstart", "Library/LaunchAgents", "Library/LaunchDaemons"),
        *("Library/Application Scripts", ".crontab"),
        # git and editors
        *(".gitconfig", ".config/git", ".gitattributes", ".gittemplate", ".vimrc", ".vim", ".gvimrc", ".config/nvim"),
        *(".exrc", ".nanorc", ".emacs", ".emacs.d", ".config/emacs", ".doom.d", ".vscode", ".config/Code"),
        *("Library/Application Support/Code",),
        # programs that run their settings
        *(".tmux.conf", ".config/tmux", ".screenrc", ".gdbinit", ".lldbinit", ".pythonrc", ".pdbrc", ".irbrc"),
        *(".pryrc", ".Rprofile", ".psqlrc", ".config/pip", ".pip", ".cargo", ".rustup", ".gradle", ".m2", ".sbt"),
        *(".condarc", ".config/direnv", ".direnvrc", ".hgrc", ".config/hg", ".local/bin", "bin"),
        *(".local/lib", ".config/kitty", ".config/alacritty", ".config/wezterm", ".wezterm.lua", ".hammerspoon"),
        # this program and its like
        *(f".{_OWN}", f".config/{_OWN}", f".local/share/{_OWN}", f".local/state/{_OWN}", f".cache/{_OWN}"),
        *(f"Library/Application Support/{_OWN}", f"Library/Preferences/{_OWN}", f"Library/Caches/{_OWN}"),
        *(".codex", ".claude", ".gemini", ".config/opencode", ".cursor"),
    )
)

_PROJECT_FOLDERS = {
    ".vscode": "the editor runs tasks and settings from this folder",
    ".idea": "the editor runs tasks and settings from this folder",
    ".cursor": "the editor runs tasks and settings from this folder",
    ".fleet": "the editor runs tasks and settings from this folder",
    ".zed": "the editor runs tasks and settings from this folder",
    ".devcontainer": "the editor builds and runs this container",
    ".husky": "git runs these hooks",
    ".githooks": "git may run these hooks",
    ".circleci": "runs on the CI server",
    ".buildkite": "runs on the CI server",
    ".gitlab": "may run on the CI server",
    ".forgejo": "runs on the CI server",
    ".gitea": "runs on the CI server",
    ".claude": "coding agents obey this folder",
    ".codex": "coding agents obey this folder",
    ".cargo": "cargo runs what its configuration names",
    ".mvn": "Maven runs what its configuration names",
    ".yarn": "yarn runs these programs",
}
_SHELL = "shells run it when they start"
_AGENTS = "coding agents obey it"
_CI = "runs on the CI server"
_GIT = "steers what git does and runs"
_PROJECT_FILES = {
    ".envrc": "direnv runs it when someone enters the folder",
    ".env": "programs load it when they start",
    ".gitattributes": _GIT,
    ".gitmodules": _GIT,
    ".gitconfig": _GIT,
    ".lfsconfig": _GIT,
    ".pre-commit-config.yaml": "git runs the hooks it names",
    "lefthook.yml": "git runs the hooks it names",
    ".gitlab-ci.yml": _CI,
    ".travis.yml": _CI,
    "appveyor.yml": _CI,
    "azure-pipelines.yml": _CI,
    "jenkinsfile": _CI,
    "bitbucket-pipelines.yml": _CI,
    "agents.md": _AGENTS,
    "claude.md": _AGENTS,
    "gemini.md": _AGENTS,
    ".cursorrules": _AGENTS,
    ".mcp.json": "coding agents start the servers it names",
    ".npmrc": "npm obeys it on every run",
    ".yarnrc": "yarn obeys it on every run",
    ".yarnrc.yml": "yarn obeys it on every run",
    ".tool-versions": "version managers obey it on entry",
    "mise.toml": "mise obeys it on entry",
    ".mise.toml": "mise obeys it on entry",
    "conftest.py": "pytest runs it before every test run",
    "sitecustomize.py": "Python runs it at every start",
    "usercustomize.py": "Python runs it at every start",
    ".exrc": "vim runs it when it starts here",
    ".vimrc": "vim runs it when it starts here",
    ".nvim.lua": "Neovim runs it when it starts here",
    ".gdbinit": "gdb runs it when it starts here",
    ".lldbinit": "lldb runs it when it starts here",
    ".dir-locals.el": "Emacs obeys it when it opens a file here",
    ".bashrc": _SHELL,
    ".bash_profile": _SHELL,
    ".profile": _SHELL,
    ".zshrc": _SHELL,
    ".zshenv": _SHELL,
}
