"""The tool that a written name means: one of those offered, no name at all, or none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from backends.repair.outcome import CannotRead
from backends.repair.trained import FAMILIES, NAMESPACES
from backends.types import ToolSpec

_NO_NAMES = frozenset(
    ("", "assistant", "analysis", "commentary", "final", "json", "code", "functions", "function", "tool", "tools")
)
"""What is left where the recipient was lost: pieces of the header (gpt-oss.md §4)."""

NAME_LIMIT = 200
"""Characters of a written name that are looked at; no tool is called more."""

_TAIL = re.compile(r"\s*(?:json|code|commentary|analysis|final)$")
_NAMESPACE = re.compile(rf"(?:(?:{'|'.join(NAMESPACES)})[./:])+")
_RECIPIENT = re.compile(r"\bto=\s*([^\s<]+)")


def find_tool(written: str, tools: Sequence[ToolSpec]) -> ToolSpec | None:
    """The offered tool that `written` names, or None when the name was lost.

    Raises CannotRead("unknown_tool") for another name, CannotRead("ambiguous_tool") when it stands for several.
    """
    offered = {tool.name: tool for tool in tools}
    spellings = list(_spellings(written))
    for spelling in spellings:
        if spelling in offered:
            return offered[spelling]
    if any(spelling.rstrip("./:") in _NO_NAMES for spelling in spellings):
        return None
    for spelling in spellings:
        kin = [name for family in FAMILIES if spelling in family.called for name in family.offered if name in offered]
        if len(kin) == 1:
            return offered[kin[0]]
        if kin:
            raise CannotRead("ambiguous_tool", f"`{written}` may mean {' or '.join(f'`{name}`' for name in kin)}.")
    raise unknown_tool(written, tools)


def unknown_tool(written: str, tools: Sequence[ToolSpec]) -> CannotRead:
    names = ", ".join(f"`{tool.name}`" for tool in tools) or "none"
    what = f"There is no tool `{written[:NAME_LIMIT]}`" if written else "The call names no tool"
    return CannotRead("unknown_tool", f"{what}. Tools: {names}.")


def _spellings(written: str) -> Iterator[str]:
    """The name as written, then without what a broken header leaves around it, least changed first."""
    yield written
    recipient = _RECIPIENT.search(written[:NAME_LIMIT])
    bare = recipient[1] if recipient else written.partition("<|")[0][:NAME_LIMIT].strip().strip("\"'`")
    yield bare
    without_namespace = _NAMESPACE.sub("", bare, count=1) if _NAMESPACE.match(bare) else bare
    yield without_namespace
    for name in (bare, without_namespace):
        if _TAIL.search(name):
            yield _TAIL.sub("", name)
