"""A call of a tool in a run that may not do everything: what it may not do ends the call, and not the turn."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent.decisions import NotPermitted
from agent.events import ToolFinished, TurnEvent
from agent.tools import Tool, ToolContext
from backends.types import ToolCall


async def run_permitted(tool: Tool, call: ToolCall, context: ToolContext) -> AsyncGenerator[TurnEvent, None]:
    """As `tool.run`; a question that was answered with NoPermission is the call's result."""
    try:
        async with aclosing(tool.run(call, context)) as events:
            async for event in events:
                yield event
    except NotPermitted as refused:
        yield ToolFinished(call.id, "rejected", str(refused), "no permission")
