"""print_tree: the folders and files of the workspace, level by level, as far as a short answer reaches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

from agent.events import ToolFinished, TurnEvent
from agent.files.walk import Child, IgnoreRules, children, rules_for, shown_name
from agent.files.workspace import PathRefused
from agent.tools import OUTPUT_LIMIT, ToolContext
from agent.tools.arguments import count_argument, text_argument
from backends.types import ToolCall, ToolSpec

_SPEC = ToolSpec(
    name="print_tree",
    description="List folders and files; ignored files are left out.",
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Folder, empty for the working folder."},
            "depth": {"type": "integer", "description": "Levels, 3 by default."},
        },
    },
)
_DEPTH = 3
_DEEPEST = 12
_ENTRIES = 400
_PER_FOLDER = 60


@dataclass(slots=True)
class _Node:
    """An entry of the tree. `hidden` counts children that are not shown; None: the folder was not opened."""

    child: Child
    inside: list[_Node] = field(default_factory=list["_Node"])
    hidden: int | None = None


class PrintTree:
    spec = _SPEC

    def title(self, call: ToolCall) -> str:
        return shown_name(text_argument(call, "path")) or "."

    async def run(self, call: ToolCall, context: ToolContext) -> AsyncGenerator[TurnEvent, None]:
        path = text_argument(call, "path") or "."
        depth = count_argument(call, "depth", _DEPTH, _DEEPEST)
        try:
            real = await asyncio.to_thread(context.workspace.relative, path)
        except PathRefused as refused:
            yield ToolFinished(call.id, "failed", str(refused), refused.kind)
            return
        folder = "" if real == "." else real
        if not (context.workspace.root / folder).is_dir():
            yield ToolFinished(
                call.id,
                "failed",
                f"{shown_name(path)} is not a folder here. Call print_tree without a path first.",
                "no such folder",
            )
            return
        top = await asyncio.to_thread(_grow, context.workspace.root, folder, depth)
        text, count = _draw(top)
        yield ToolFinished(call.id, "done", text, f"{count} entries")


def _grow(root: Path, folder: str, depth: int) -> _Node:
    """Open folders level by level, so that a full budget leaves the deepest ones closed and no near one out."""
    top = _Node(Child(folder, is_folder=True))
    budget = _ENTRIES
    queue: deque[tuple[_Node, int, IgnoreRules]] = deque([(top, 0, rules_for(root, folder.rpartition("/")[0]))])
    while queue:
        node, level, rules = queue.popleft()
        if level >= depth or budget <= 0:
            continue
        inner = rules.below(root, node.child.path) if node.child.path else rules
        found = children(root, node.child.path, inner)
        shown = found[: min(_PER_FOLDER if level else _ENTRIES, budget)]
        budget -= len(shown)
        node.inside = [_Node(child) for child in shown]
        node.hidden = len(found) - len(shown)
        queue.extend((inside, level + 1, inner) for inside in node.inside if inside.child.is_folder)
    return top


def _draw(top: _Node) -> tuple[str, int]:
    lines = [f"{shown_name(top.child.path) or '.'}/"]
    _draw_inside(top, "  ", lines)
    text = "\n".join(lines)
    if len(text) <= OUTPUT_LIMIT:
        return text, len(lines) - 1
    kept = text[:OUTPUT_LIMIT].rpartition("\n")[0]
    return f"{kept}\n[cut; ask for a folder of it]", kept.count("\n")


def _draw_inside(node: _Node, indent: str, lines: list[str]) -> None:
    for inside in node.inside:
        name = shown_name(inside.child.name)
        if not inside.child.is_folder:
            lines.append(f"{indent}{name}")
            continue
        lines.append(f"{indent}{name}/{' …' if inside.hidden is None else ''}")
        _draw_inside(inside, indent + "  ", lines)
    if node.hidden:
        lines.append(f"{indent}… {node.hidden} more")
