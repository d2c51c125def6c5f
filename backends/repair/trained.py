"""The tools gpt-oss was trained with: what else it calls them, and what else it calls their parameters.

One table, from gpt-oss.md §2. A family is one tool; a name in `called` may stand for an offered one in `offered`.
"""

from __future__ import annotations

from backends.frozen import frozen
from backends.types import JsonObject

NAMESPACES = ("functions", "function", "tools", "repo_browser", "container")

SHELLS = ("bash", "sh", "zsh", "/bin/bash", "/bin/sh", "/bin/zsh", "/usr/bin/bash")
SHELL_FLAGS = ("-lc", "-c", "-lic", "-cl")

PATCH_BEGIN = "*** Begin Patch"
PATCH_END = "*** End Patch"


@frozen
class Family:
    """`parameters` maps another spelling to the spellings an offered tool may have for the same thing."""

    called: tuple[str, ...]
    offered: tuple[str, ...]
    parameters: dict[str, tuple[str, ...]]


EXEC = Family(
    called=("exec", "shell"),
    offered=("exec", "shell", "bash"),
    parameters={"cmd": ("command",), "command": ("cmd",)},
)
PATCH = Family(
    called=("apply_patch",),
    offered=("apply_patch",),
    parameters={
        "patch": ("input", "command"),
        "input": ("patch", "command"),
        "command": ("patch", "input"),
        "cmd": ("patch", "input"),
    },
)
FAMILIES = (
    EXEC,
    Family(
        called=("print_tree", "list_dir", "list_files"), offered=("print_tree", "list_dir", "list_files"), parameters={}
    ),
    Family(
        called=("search", "find"),
        offered=("search", "find", "grep"),
        parameters={"pattern": ("query",), "query": ("pattern",)},
    ),
    Family(
        called=("open_file", "read_file"),
        offered=("open_file", "read_file"),
        parameters={"start_line": ("line_start",), "end_line": ("line_end",)}
        | {"line_start": ("start_line",), "line_end": ("end_line",)},
    ),
    PATCH,
)

_EVERYWHERE = {"file_path": ("path",)}


def family_of(tool: str) -> Family | None:
    return next((family for family in FAMILIES if tool in family.offered), None)


def renamed(arguments: JsonObject, tool: str, properties: frozenset[str]) -> JsonObject:
    """`arguments` with other spellings of a parameter replaced by the tool's own.

    A key that the tool has stays, and so does one whose own name is already taken: that would be two readings.
    """
    family = family_of(tool)
    spellings = _EVERYWHERE | (family.parameters if family else {})
    result: JsonObject = {}
    for key, value in arguments.items():
        own = [name for name in spellings.get(key, ()) if name in properties and name not in arguments]
        result[own[0] if key not in properties and len(own) == 1 and own[0] not in result else key] = value
    return result


def is_whole_patch(text: str) -> bool:
    stripped = text.strip()
    return stripped.startswith(PATCH_BEGIN) and stripped.endswith(PATCH_END)
