"""A conversation as the Harmony prompt that gpt-oss continues.

Pure text. Knows the border types and the format (protocols/mlx.md §7-8), no server and no tokenizer.
"""

from __future__ import annotations

from typing import assert_never

from backends.harmony.escape import neutralise
from backends.harmony.typescript import render_tools
from backends.types import AssistantMessage, ChatRequest, Message, ToolResult, UserMessage

IDENTITY = "You are ChatGPT, a large language model trained by OpenAI."
KNOWLEDGE_CUTOFF = "2024-06"


def render_prompt(request: ChatRequest, origin: str = "") -> str:
    """The prompt for the next message, ending in `<|start|>assistant`.

    A message whose replay comes from `origin` appears in the model's own words; an empty `origin` replays nothing.
    Control-token text in anything but a replay is neutralised.
    """
    head = [_message("system", _system(request))]
    if request.instructions or request.tools:
        head.append(_message("developer", _developer(request)))
    return "".join(head) + "".join(_rendered(each, origin) for each in request.messages) + "<|start|>assistant"


def _message(header: str, text: str, end: str = "<|end|>") -> str:
    return f"<|start|>{header}<|message|>{neutralise(text)}{end}"


def _system(request: ChatRequest) -> str:
    date = f"\nCurrent date: {request.date}" if request.date else ""
    tools = "\nCalls to these tools must go to the commentary channel: 'functions'." if request.tools else ""
    return (
        f"{IDENTITY}\nKnowledge cutoff: {KNOWLEDGE_CUTOFF}{date}\n\nReasoning: {request.effort}\n\n"
        f"# Valid channels: analysis, commentary, final. Channel must be included for every message.{tools}"
    )


def _developer(request: ChatRequest) -> str:
    sections: list[str] = []
    if request.instructions:
        sections.append(f"# Instructions\n\n{request.instructions}")
    if request.tools:
        sections.append(render_tools(request.tools))
    return "\n\n".join(sections)


def _rendered(message: Message, origin: str) -> str:
    match message:
        case UserMessage(text=text):
            return _message("user", text)
        case ToolResult(name=name, text=text):
            return _message(f"functions.{neutralise(name)} to=assistant<|channel|>commentary", text)
        case AssistantMessage(replay=replay) if replay is not None and origin and replay.origin == origin:
            return f"<|start|>assistant{replay.data}"
        case AssistantMessage():
            return _assistant(message)
        case _:
            assert_never(message)


def _assistant(message: AssistantMessage) -> str:
    parts: list[str] = []
    if message.reasoning:
        parts.append(_message("assistant<|channel|>analysis", message.reasoning))
    if message.text:
        channel = "commentary" if message.call else "final"
        parts.append(_message(f"assistant<|channel|>{channel}", message.text))
    if message.call:
        header = f"assistant to=functions.{neutralise(message.call.name)}<|channel|>commentary <|constrain|>json"
        parts.append(_message(header, message.call.arguments_text, "<|call|>"))
    return "".join(parts)
