"""The official openai-harmony package as the oracle: its rendering and its parsing, offline.

The package wants to download the o200k vocabulary; TIKTOKEN_ENCODINGS_BASE names a folder that holds it instead.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from functools import cache
from pathlib import Path

from openai_harmony import (
    Author,
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    Message,
    ReasoningEffort,
    RenderConversationConfig,
    Role,
    SystemContent,
    ToolDescription,
    load_harmony_encoding,
)

from backends.types import AssistantMessage, ChatRequest, ToolResult, UserMessage

VOCABULARY = Path(__file__).parents[3] / "agent" / "data" / "o200k_base.tiktoken.gz"


@cache
def encoding() -> HarmonyEncoding:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "o200k_base.tiktoken").write_bytes(gzip.decompress(VOCABULARY.read_bytes()))
        before = os.environ.get("TIKTOKEN_ENCODINGS_BASE")
        os.environ["TIKTOKEN_ENCODINGS_BASE"] = folder
        try:
            return load_harmony_encoding("HarmonyGptOss")
        finally:
            del os.environ["TIKTOKEN_ENCODINGS_BASE"]
            if before is not None:
                os.environ["TIKTOKEN_ENCODINGS_BASE"] = before


def tokens(text: str) -> list[int]:
    return encoding().encode(text, allowed_special="all")


def control_tokens_in(text: str) -> int:
    return sum(encoding().is_special_token(token) for token in tokens(text))


def rendered(request: ChatRequest) -> list[int]:
    """The tokens the official renderer makes of `request`."""
    system = SystemContent.new().with_reasoning_effort(ReasoningEffort(request.effort.capitalize()))
    if request.date:
        system = system.with_conversation_start_date(request.date)
    messages = [Message.from_role_and_content(Role.SYSTEM, system)]
    developer = DeveloperContent.new()
    if request.instructions:
        developer = developer.with_instructions(request.instructions)
    if request.tools:
        developer = developer.with_function_tools(
            [ToolDescription.new(t.name, t.description, t.parameters or None) for t in request.tools]
        )
    if request.instructions or request.tools:
        messages.append(Message.from_role_and_content(Role.DEVELOPER, developer))
    for message in request.messages:
        messages += _official(message)
    return encoding().render_conversation_for_completion(
        Conversation.from_messages(messages), Role.ASSISTANT, RenderConversationConfig(auto_drop_analysis=False)
    )


def _official(message: UserMessage | AssistantMessage | ToolResult) -> list[Message]:
    match message:
        case UserMessage():
            return [Message.from_role_and_content(Role.USER, message.text)]
        case ToolResult():
            author = Author.new(Role.TOOL, f"functions.{message.name}")
            result = Message.from_author_and_content(author, message.text)
            return [result.with_channel("commentary").with_recipient("assistant")]
        case AssistantMessage():
            parts: list[Message] = []
            if message.reasoning:
                parts.append(_said(message.reasoning, "analysis"))
            if message.text:
                parts.append(_said(message.text, "commentary" if message.call else "final"))
            if message.call:
                call = _said(message.call.arguments_text, "commentary").with_recipient(f"functions.{message.call.name}")
                parts.append(call.with_content_type("<|constrain|>json"))
            return parts


def _said(text: str, channel: str) -> Message:
    return Message.from_role_and_content(Role.ASSISTANT, text).with_channel(channel)


def parsed(completion: str) -> list[tuple[str | None, str | None, str]]:
    """Channel, recipient and text of each message the official parser finds behind `<|start|>assistant`."""
    messages = encoding().parse_messages_from_completion_tokens(tokens(completion), Role.ASSISTANT)
    return [(m.channel, m.recipient, "".join(part.text for part in m.content)) for m in messages]  # type: ignore[attr-defined]
