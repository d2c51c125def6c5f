"""A request with tools as one without: the tools told in the instructions, calls and results as plain messages. Pure.

The same request always gives the same words, so that between two steps nothing before the new part changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from backends.types import (
    AssistantMessage,
    ChatRequest,
    JsonObject,
    JsonValue,
    Message,
    ToolCall,
    ToolResult,
    ToolSpec,
    UserMessage,
)

PATCH_TOOL, PATCH_ARGUMENT = "apply_patch", "patch"

_HOW = """
# Calling a tool
Write a block like this as the last thing in your message, one block a message:
<tool_call>
{"name": "search", "arguments": {"query": "login("}}
</tool_call>
Its result is the next message; wait for it. A message without a block is your answer.
For apply_patch write the patch itself instead, from *** Begin Patch to *** End Patch.

# Tools
"""


def as_text(request: ChatRequest) -> ChatRequest:
    """`request` for a model that is told of its tools in words and sees none as such."""
    told = _HOW + "".join(f"{_told(tool)}\n" for tool in request.tools) if request.tools else ""
    messages = tuple(_merged(map(_plain, request.messages)))
    return replace(request, instructions=request.instructions + told, messages=messages, tools=())


def _told(tool: ToolSpec) -> str:
    properties, required = tool.parameters.get("properties"), tool.parameters.get("required")
    names = required if isinstance(required, list) else []
    parameters = properties if isinstance(properties, dict) else {}
    words = ", ".join(f"{name}{'' if name in names else '?'}: {_type(schema)}" for name, schema in parameters.items())
    return f"- {tool.name}({words}): {tool.description}"


def _type(schema: JsonValue) -> str:
    """A flat parameter by its type and what is said of it, any other by its schema."""
    if not isinstance(schema, dict):
        return "any"
    is_flat = schema.keys() <= {"type", "description"} and isinstance(schema.get("type"), str)
    if not is_flat:
        return json.dumps(schema, ensure_ascii=False)
    description = schema.get("description")
    return f"{schema['type']} ({description})" if description else str(schema["type"])


def _plain(message: Message) -> Message:
    match message:
        case UserMessage():
            return message
        case AssistantMessage(text, reasoning, call):
            said = [part for part in (text.strip(), _block(call) if call else "") if part]
            return AssistantMessage("\n\n".join(said), reasoning)
        case ToolResult(_, name, text):
            inside = text.replace("</tool_result", "<\\/tool_result")
            return UserMessage(f'<tool_result name="{name}">\n{inside}\n</tool_result>')


def _block(call: ToolCall) -> str:
    patch = call.arguments.get(PATCH_ARGUMENT)
    if call.name == PATCH_TOOL and isinstance(patch, str):
        return patch
    words: JsonObject = {"name": call.name, "arguments": call.arguments}
    return f"<tool_call>\n{json.dumps(words, ensure_ascii=False)}\n</tool_call>"


def _merged(messages: Iterable[Message]) -> list[Message]:
    """The person's words behind a result as one message: many templates take no two of a role in a row."""
    merged: list[Message] = []
    for message in messages:
        last = merged[-1] if merged else None
        if isinstance(last, UserMessage) and isinstance(message, UserMessage):
            merged[-1] = UserMessage(f"{last.text}\n\n{message.text}")
        else:
            merged.append(message)
    return merged
