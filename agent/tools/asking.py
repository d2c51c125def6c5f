"""The question before a call that is neither an edit nor a shell command: a function of the person, a tool server."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator

from agent.events import CommandPending, ToolFinished, TurnEvent
from agent.tools import ToolContext
from backends.types import JsonValue, ToolCall

_WORDS_SHOWN = 4_000


def call_words(call: ToolCall) -> str:
    """The call as it is shown and remembered, e.g. `weather(city="Berlin")`; every argument whole."""
    arguments = ", ".join(f"{name}={_shown(value)}" for name, value in call.arguments.items())
    return f"{call.name}({arguments})"


def call_title(call: ToolCall) -> str:
    """The arguments on one line, for the transcript."""
    return " ".join(call_words(call).removeprefix(call.name).split())[:_WORDS_SHOWN]


async def ask_first(call: ToolCall, context: ToolContext, warning: str) -> AsyncGenerator[TurnEvent, None]:
    """Ask before `call` runs, unless its exact words are allowed. Ends with a ToolFinished only if it must not run.

    Nothing is proved about such a call from its words, so no grammar decides; in read-only none runs.
    """
    words = call_words(call)
    ruling = context.permissions.call(words)
    if ruling.outcome == "refuse":
        yield ToolFinished(call.id, "rejected", ruling.reason, "refused")
    elif ruling.outcome == "ask":
        request = os.urandom(16).hex()
        context.inbox.ask(request)
        folder = str(context.workspace.root)
        yield CommandPending(request, call.id, words, folder, is_sandboxed=False, warning=warning)
        decision = await context.inbox.command(request)
        if decision.verdict == "no":
            said = f' The person says: "{decision.comment}"' if decision.comment else ""
            yield ToolFinished(
                call.id, "rejected", f"The person did not allow this call; it did not run.{said}", "not allowed"
            )
        else:
            context.permissions.remember_call(words, decision.verdict)


def _shown(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)
