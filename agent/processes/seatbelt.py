"""The arguments of macOS's `sandbox-exec`: the profile for a command that may write the workspace and nothing else.

Pure. The profile has never been run: it was written where there is no macOS.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

_PROFILE = """\
(version 1)
(allow default)
(deny network*)
(deny file-write*)
(allow file-write* (subpath (param "WORKSPACE")) (subpath (param "TMP")) (literal "/dev/null") (literal "/dev/zero")
  (literal "/dev/dtracehelper") (regex #"^/dev/fd/") (literal "/dev/stdout") (literal "/dev/stderr"))
(deny file-write* (literal (param "WORKSPACE")) (literal (param "GIT")) (subpath (param "GIT_HOOKS"))
  (subpath (param "GIT_MODULES")) (subpath (param "GIT_WORKTREES")) (literal (param "GIT_CONFIG"))
  (literal (param "GIT_CONFIG_WORKTREE")) (literal (param "GIT_COMMONDIR")))
(deny file-write-setugid)
(deny signal)
(allow signal (target same-sandbox))
(deny process-info* (target others))
(deny appleevent-send)
(deny job-creation)
(deny mach-register)
(deny mach-lookup)
(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.system.opendirectoryd.membership") (global-name "com.apple.system.notification_center")
  (global-name "com.apple.system.logger") (global-name "com.apple.logd") (global-name "com.apple.diagnosticd")
  (global-name "com.apple.bsd.dirhelper") (global-name "com.apple.trustd.agent"))
"""
"""What comes later wins. Services are named one by one, since `open` and `launchctl` would start programs outside."""

_PRIVATE_TMP = 'mkdir -m 700 "$TMPDIR" || exit 126; "$@"; code=$?; rm -rf "$TMPDIR"; exit $code'


def arguments(program: str, command: Sequence[str], workspace: Path, hidden: Iterable[Path]) -> tuple[str, ...]:
    """`command` shut in `workspace`, without `hidden`. Paths are real ones; the caller starts it in its folder."""
    tmp = f"/private/tmp/oss-tui-{secrets.token_hex(8)}"
    git = workspace / ".git"
    parameters = {
        "WORKSPACE": str(workspace),
        "TMP": tmp,
        "GIT": str(git),
        "GIT_HOOKS": str(git / "hooks"),
        "GIT_MODULES": str(git / "modules"),
        "GIT_WORKTREES": str(git / "worktrees"),
        "GIT_CONFIG": str(git / "config"),
        "GIT_CONFIG_WORKTREE": str(git / "config.worktree"),
        "GIT_COMMONDIR": str(git / "commondir"),
    }
    profile = _PROFILE
    for number, place in enumerate(dict.fromkeys(hidden)):
        parameters[f"HIDDEN_{number}"] = str(place)
        profile += f'(deny file-read* file-write* (subpath (param "HIDDEN_{number}")))\n'
    defined = (word for name, value in parameters.items() for word in ("-D", f"{name}={value}"))
    private = ("/usr/bin/env", f"TMPDIR={tmp}", f"XDG_CACHE_HOME={tmp}", f"GOCACHE={tmp}/go", "/bin/sh", "-c")
    return (program, "-p", profile, *defined, *private, _PRIVATE_TMP, "sh", *command)
