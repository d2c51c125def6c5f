"""The commands that the person allowed for good, kept per workspace and outside of it (THREATS.md C5).

Stores exact words and nothing wider. A damaged file allows nothing and is kept aside, never deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import cast

from agent.permissions.policy import AllowedCommand
from agent.record.file import set_aside

_LIMIT = 1 << 20


def load_allowed(data: Path, workspace: Path) -> frozenset[AllowedCommand]:
    """What `save_allowed` kept for `workspace` in the data folder `data`; nothing when it cannot be trusted."""
    file = _file(data, workspace)
    try:
        if file.stat().st_uid != os.getuid() or file.stat().st_size > _LIMIT:
            return frozenset()
        return _read(file.read_bytes(), workspace)
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, RecursionError):
        with suppress(OSError):
            set_aside(file)
        return frozenset()


def save_allowed(data: Path, workspace: Path, commands: frozenset[AllowedCommand]) -> None:
    """Keep `commands` for `workspace`. Raises OSError."""
    from agent.config.file import write_private

    rows = [
        {"command": allowed.command, "folder": allowed.folder, "in_sandbox": allowed.in_sandbox}
        for allowed in sorted(commands, key=_order)
    ]
    content = {"workspace": str(workspace.resolve()), "commands": rows}
    write_private(_file(data, workspace), json.dumps(content, indent=1).encode())


def _file(data: Path, workspace: Path) -> Path:
    name = hashlib.sha256(os.fsencode(workspace.resolve())).hexdigest()[:32]
    return data / "allowed" / f"{name}.json"


def _read(content: bytes, workspace: Path) -> frozenset[AllowedCommand]:
    """Raises ValueError for anything but what `save_allowed` writes for this workspace."""
    value: object = json.loads(content)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    table = cast("dict[str, object]", value)
    if table.get("workspace") != str(workspace.resolve()) or not isinstance(table.get("commands"), list):
        raise ValueError("of another workspace")
    return frozenset(_allowed(row) for row in cast("list[object]", table["commands"]))


def _allowed(row: object) -> AllowedCommand:
    match row:
        case {"command": str(command), "folder": str(folder), "in_sandbox": bool(in_sandbox)}:
            return AllowedCommand(command, folder, in_sandbox)
        case {"command": str(command), "folder": str(folder)}:
            return AllowedCommand(command, folder)
        case _:
            raise ValueError("not a command")


def _order(allowed: AllowedCommand) -> tuple[str, str, bool]:
    return allowed.folder, allowed.command, allowed.in_sandbox
