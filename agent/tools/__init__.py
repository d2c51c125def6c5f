"""The tools offered to the model: what a tool is, and the tuple that lists them.

A tool is one file with its description, its parameters and its `run`. `run` is an async generator of turn events that
ends with exactly one `ToolFinished`; it asks the person through `context.inbox` and never touches the screen.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Protocol

from agent.decisions import Inbox
from agent.events import TurnEvent
from backends.frozen import frozen
from backends.types import ToolCall, ToolSpec

if TYPE_CHECKING:
    from agent.edits.journal import ChangeStore
    from agent.files.workspace import Workspace
    from agent.permissions.policy import Permissions

OUTPUT_LIMIT = 10_000
"""Characters of a tool result that reach the model (gpt-oss.md §5); the rest is offered, not sent."""


@frozen
class ToolContext:
    """What a call may use: the workspace, the person's answers, what is allowed without asking, and the undo store.

    `named_paths` are those the person mentioned: key files are read only when they are among them (THREATS.md W6).
    """

    workspace: Workspace
    inbox: Inbox
    permissions: Permissions
    changes: ChangeStore
    named_paths: frozenset[str] = frozenset()


class Tool(Protocol):
    @property
    def spec(self) -> ToolSpec: ...

    def title(self, call: ToolCall) -> str:
        """The call's one line in the transcript, without the tool's name."""
        ...

    def run(self, call: ToolCall, context: ToolContext) -> AsyncGenerator[TurnEvent, None]: ...


class ToolSource(Protocol):
    """Tools beside the five that may take a while to get ready: the person's functions, tool servers."""

    async def tools(self) -> tuple[Tool, ...]:
        """All of them, in an order that stays; asked once, before the first request."""
        ...

    def take_news(self) -> tuple[str, ...]:
        """What the person should know of, since the last call: one line each."""
        ...

    async def aclose(self) -> None: ...


def default_tools() -> tuple[Tool, ...]:
    """The five tools, in the order in which the model sees them; the order never changes within a session."""
    from agent.tools.apply_patch import ApplyPatch
    from agent.tools.exec import Exec
    from agent.tools.open_file import OpenFile
    from agent.tools.print_tree import PrintTree
    from agent.tools.search import Search

    return (OpenFile(), PrintTree(), Search(), ApplyPatch(), Exec())


__all__ = ["OUTPUT_LIMIT", "Tool", "ToolContext", "ToolSource", "default_tools"]
