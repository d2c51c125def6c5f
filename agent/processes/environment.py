"""What a child process is given: an environment without keys that never asks, and programs that are really installed.

Knows no tool and no permission.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_SECRET_NAME = re.compile(
    r"KEYS?(?![A-Z])|TOKEN|SECRET|PASS(WORD|WD|PHRASE)?(?![A-Z])|ASKPASS|(?<!^)(?<!^OLD)PWD$|CREDENTIAL|AUTH(?!OR)"
    r"|COOKIE|PRIVATE|SIGNING|CONNECTION_STRING|CONNSTR|WEBHOOK|(^|_)(PAT|PIN|DSN|SID|JWT|SAS)$"
)
_SECRET_VALUE = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@|-----BEGIN |^(sk|rk|pk)[-_][A-Za-z0-9_-]{8}|^gh[a-z]_|^github_pat_|^glpat-|^xox[a-z]-"
    r"|^hf_[A-Za-z0-9]{8}|^npm_[A-Za-z0-9]{8}|^pypi-|^A[KS]IA[A-Z0-9]{12}|^AIza|^eyJ[\w-]+\.[\w-]+\.|^Bearer ",
)
_OWN = ("OSS_TUI_", "CODEX_")
_CHANGES_COMMANDS = ("BASH_ENV", "BASH_FUNC_", "CDPATH", "RIPGREP_CONFIG_PATH", "GIT_EXTERNAL_DIFF")
"""What would make the approved words mean something else in the child."""
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": ":",
    "PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PYTHONUNBUFFERED": "1",
}


def child_environment(environ: Mapping[str, str], also_secret: Iterable[str] = ()) -> dict[str, str]:
    """`environ` for a child: without what looks like a key by name or by value, without what is this program's own,
    and with everything that would ask or page switched off. `also_secret` names further variables to drop."""
    dropped = frozenset(also_secret)
    kept = {
        name: value
        for name, value in environ.items()
        if name not in dropped and not name.upper().startswith(_OWN + _CHANGES_COMMANDS) and not _is_secret(name, value)
    }
    return {**kept, **_QUIET}


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for a command that the person wrote themselves: all of it, and nothing that would ask or page."""
    return {**environ, **_QUIET}


def _is_secret(name: str, value: str) -> bool:
    return bool(_SECRET_NAME.search(name.upper()) or _SECRET_VALUE.search(value))


def path_outside(path: str, workspace: Path) -> str:
    """The folders of a PATH that do not lie in `workspace` and are not relative to wherever the command runs."""
    folders = [Path(folder) for folder in path.split(os.pathsep) if Path(folder).is_absolute()]
    return os.pathsep.join(str(folder) for folder in folders if not folder.resolve().is_relative_to(workspace))


def find_program(name: str, outside: Path) -> str | None:
    """`name` on PATH, but never one that lies in the folder `outside` or is found relative to the current one."""
    for folder in os.get_exec_path():
        path = Path(folder) / name
        if Path(folder).is_absolute() and os.access(path, os.X_OK) and path.is_file():
            places = (path.absolute(), path.resolve())
            if not any(place.is_relative_to(outside) for place in places):
                return str(path)
    return None
