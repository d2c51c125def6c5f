"""The arguments of `bwrap` for a command that may write the workspace and nothing else (THREATS.md C9). Linux.

Pure but for looking at what exists: a place that is not there needs no hiding.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path

_TMP_BYTES = 4 << 30
_NAMESPACES = (
    "--unshare-user", "--unshare-all", "--cap-drop", "ALL", "--new-session", "--die-with-parent",
    "--hostname", "sandbox",
)  # fmt: skip
_SOCKET_PLACES = ("/run", "/var/run")
"""Where services listen. A socket can be spoken to on a read-only mount too, so these are not there at all."""
_KEPT_IN_RUN = ("/run/current-system", "/run/wrappers", "/run/opengl-driver")
"""NixOS keeps its programs there."""
_CACHES = {"XDG_CACHE_HOME": "/tmp/cache", "GOCACHE": "/tmp/cache/go", "npm_config_cache": "/tmp/cache/npm"}  # noqa: S108
"""Tools that insist on a cache get one that goes with the command."""
_GIT_FOLDERS = ("hooks", "modules", "worktrees")
_GIT_FILES = ("config", "config.worktree")
_ALWAYS = ("hooks", "config")


def arguments(
    program: str, command: Sequence[str], workspace: Path, folder: Path, hidden: Iterable[Path]
) -> tuple[str, ...]:
    """`command` in `folder` of `workspace`, without `hidden`. Paths are absolute; the workspace is a real one."""
    places = list(dict.fromkeys(place for path in hidden for place in (path, path.resolve()) if place.exists()))
    around = dict.fromkeys(place for place in places if workspace.is_relative_to(place))
    beside = dict.fromkeys(place for place in places if place not in around and not place.is_symlink())
    inside = [place for place in beside if not _is_gone(place, around, beside, workspace)]
    return (
        program,
        *_NAMESPACES,
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *_without_sockets(),
        *(word for place in around for word in ("--tmpfs", str(place))),
        *(word for path in _private() for word in ("--size", str(_TMP_BYTES), "--tmpfs", path)),
        *("--bind", str(workspace), str(workspace)),
        *_git(workspace / ".git"),
        *(word for place in inside for word in _hide(place)),
        *(word for name, path in _CACHES.items() for word in ("--setenv", name, path)),
        *("--setenv", "TMPDIR", "/tmp"),  # noqa: S108
        *("--chdir", str(folder), "--", *command),
    )


def _is_gone(place: Path, around: Container[Path], beside: Container[Path], workspace: Path) -> bool:
    """Whether a place has disappeared with one that it lies in; asked of a thousand places, so none is compared with
    all others."""
    if any(folder in beside for folder in place.parents):
        return True
    return not place.is_relative_to(workspace) and any(folder in around for folder in (place, *place.parents))


def _private() -> Iterator[str]:
    return (path for path in ("/tmp", "/var/tmp") if Path(path).is_dir() and not Path(path).is_symlink())  # noqa: S108


def _without_sockets() -> Iterator[str]:
    for place in map(Path, _SOCKET_PLACES):
        if place.is_dir() and not place.is_symlink():
            yield from ("--tmpfs", str(place))
    for kept in _KEPT_IN_RUN:
        yield from ("--ro-bind-try", kept, kept)


def _git(git: Path) -> Iterator[str]:
    """A mount of its own, so that it cannot be moved away, with what names programs read-only inside it."""
    if git.is_symlink() or not git.exists():
        return
    if git.is_file():
        yield from ("--ro-bind", str(git), str(git))
        return
    yield from ("--bind", str(git), str(git))
    for name in _GIT_FOLDERS:
        part = git / name
        if part.is_dir():
            yield from ("--ro-bind", str(part), str(part))
        elif name in _ALWAYS:
            yield from ("--tmpfs", str(part), "--remount-ro", str(part))
    for name in _GIT_FILES:
        part = git / name
        if part.is_file() or name in _ALWAYS:
            yield from ("--ro-bind", str(part) if part.is_file() else "/dev/null", str(part))


def _hide(place: Path) -> tuple[str, ...]:
    if place.is_dir():
        return ("--tmpfs", str(place), "--remount-ro", str(place))
    return ("--ro-bind", "/dev/null", str(place))
