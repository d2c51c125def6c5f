"""What a session file says, line by line: typed entries, and their JSON form.

A field added later has a default here, so that older files are read; a file of a newer version is refused by `read`
and never changed.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, assert_never

from agent.calls import CallCounts
from agent.events import TurnOutcome
from backends.frozen import frozen
from backends.types import AssistantMessage, JsonObject, JsonValue, Message, Replay, ToolCall, ToolResult, UserMessage

VERSION = 1

ClosedAs = TurnOutcome | Literal["interrupted"]


class UnknownEntry(Exception):
    """A record that this version does not understand."""


@frozen
class Opened:
    """The first entry. `date` is the ISO day on which the session began; `forked_from` another session's id."""

    session: str
    workspace: str
    date: str
    program: str
    forked_from: str = ""


@frozen
class Said:
    message: Message


@frozen
class TurnClosed:
    """A turn is over. `calls` is how well `model` called in it."""

    outcome: str
    model: str = ""
    calls: CallCounts = CallCounts()


@frozen
class ProfileUsed:
    profile: str
    provider: str
    model: str


@frozen
class FilesChanged:
    """An apply of this session; `undo_id` finds the old bytes in the change store."""

    undo_id: str
    paths: tuple[str, ...]


@frozen
class Titled:
    title: str


@frozen
class Rewound:
    """The conversation goes on as if only the first `messages` messages had been said; the rest stays in the file."""

    messages: int


@frozen
class FilesTurned:
    """A step of this session was undone by the person, or redone; `paths` as they are named on disk now.

    `files` are the same files as the step named them, in the same order; empty means all of the step.
    """

    undo_id: str
    kind: Literal["undo", "redo"]
    paths: tuple[str, ...]
    files: tuple[str, ...] = ()


@frozen
class Shortened:
    """From here on `prompt` is sent in place of everything said before, which stays in the file."""

    prompt: tuple[Message, ...]


@frozen
class Lengthened:
    """The last shortening is taken back."""


Entry: TypeAlias = (
    Opened | Said | TurnClosed | ProfileUsed | FilesChanged | FilesTurned | Titled | Rewound | Shortened | Lengthened
)


def to_json(entry: Entry) -> JsonObject:
    match entry:
        case Opened(session, workspace, date, program, forked_from):
            return {
                "t": "opened",
                "session": session,
                "workspace": workspace,
                "date": date,
                "program": program,
                "forked_from": forked_from,
            }
        case Said(message):
            return _message_to_json(message)
        case TurnClosed(outcome, model, calls):
            return {"t": "turn", "outcome": outcome, **({"model": model, **calls.as_json()} if model else {})}
        case ProfileUsed(profile, provider, model):
            return {"t": "profile", "profile": profile, "provider": provider, "model": model}
        case FilesChanged(undo_id, paths):
            return {"t": "files", "undo": undo_id, "paths": list(paths)}
        case Titled(title):
            return {"t": "title", "title": title}
        case Rewound(messages):
            return {"t": "rewound", "messages": messages}
        case FilesTurned(undo_id, kind, paths, files):
            return {"t": "turned", "undo": undo_id, "kind": kind, "paths": list(paths), "files": list(files)}
        case Shortened(prompt):
            return {"t": "shortened", "prompt": [_message_to_json(message) for message in prompt]}
        case Lengthened():
            return {"t": "lengthened"}
        case _:
            assert_never(entry)


def from_json(record: JsonObject) -> Entry:
    """The entry of an intact record; raises UnknownEntry."""
    try:
        return _entry(record)
    except (KeyError, TypeError) as error:
        raise UnknownEntry(f"{record.get('t')}: {error}") from error


def _entry(record: JsonObject) -> Entry:
    match record["t"]:
        case "opened":
            return Opened(
                _text(record, "session"),
                _text(record, "workspace"),
                _text(record, "date"),
                _text(record, "program"),
                _text(record, "forked_from", ""),
            )
        case "user" | "assistant" | "result":
            return Said(_message(record))
        case "turn":
            calls = CallCounts(*(_count(record, key) for key in ("calls", "repaired", "resampled")))
            return TurnClosed(_text(record, "outcome"), _text(record, "model", ""), calls)
        case "profile":
            return ProfileUsed(_text(record, "profile"), _text(record, "provider"), _text(record, "model"))
        case "files":
            return FilesChanged(_text(record, "undo"), tuple(map(str, _list(record, "paths"))))
        case "turned":
            kind = "redo" if _text(record, "kind") == "redo" else "undo"
            paths, files = (tuple(map(str, _list({key: [], **record}, key))) for key in ("paths", "files"))
            return FilesTurned(_text(record, "undo"), kind, paths, files)
        case "shortened":
            return Shortened(tuple(map(_message, _list(record, "prompt"))))
        case "lengthened":
            return Lengthened()
        case "title":
            return Titled(_text(record, "title"))
        case "rewound":
            messages = record["messages"]
            if not isinstance(messages, int) or messages < 0:
                raise TypeError("messages is not a number")
            return Rewound(messages)
        case _:
            raise KeyError("t")


def _message_to_json(message: Message) -> JsonObject:
    match message:
        case UserMessage(text):
            return {"t": "user", "text": text}
        case ToolResult(call_id, name, text):
            return {"t": "result", "id": call_id, "name": name, "text": text}
        case AssistantMessage(text, reasoning, call, replay):
            record: JsonObject = {"t": "assistant", "text": text, "reasoning": reasoning}
            if call is not None:
                record["call"] = {
                    "id": call.id,
                    "name": call.name,
                    "arguments": call.arguments,
                    "arguments_text": call.arguments_text,
                }
            if replay is not None:
                record["replay"] = {"origin": replay.origin, "data": replay.data}
            return record


def _message(value: JsonValue) -> Message:
    if not isinstance(value, dict):
        raise TypeError("a message is not an object")
    match value["t"]:
        case "user":
            return UserMessage(_text(value, "text"))
        case "assistant":
            return _assistant(value)
        case "result":
            return ToolResult(_text(value, "id"), _text(value, "name"), _text(value, "text"))
        case other:
            raise TypeError(f"{other} is no message")


def _assistant(record: JsonObject) -> AssistantMessage:
    call = replay = None
    match record.get("call"):
        case dict(parts):
            arguments = parts["arguments"]
            if not isinstance(arguments, dict):
                raise TypeError("arguments is not an object")
            call = ToolCall(_text(parts, "id"), _text(parts, "name"), arguments, _text(parts, "arguments_text"))
        case _:
            pass
    match record.get("replay"):
        case dict(parts):
            replay = Replay(_text(parts, "origin"), _text(parts, "data"))
        case _:
            pass
    return AssistantMessage(_text(record, "text"), _text(record, "reasoning"), call, replay)


def _text(record: JsonObject, key: str, default: JsonValue = None) -> str:
    value = record.get(key, default)
    if not isinstance(value, str):
        raise TypeError(f"{key} is not text")
    return value


def _count(record: JsonObject, key: str) -> int:
    value = record.get(key, 0)
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{key} is not a count")
    return value


def _list(record: JsonObject, key: str) -> list[JsonValue]:
    value = record[key]
    if not isinstance(value, list):
        raise TypeError(f"{key} is not a list")
    return value
