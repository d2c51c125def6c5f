"""The lines of one /api/chat answer to stream events (ollama.md §4–§6). No I/O, no clock.

The server parses Harmony itself, and may fail at it: what it could not read comes as an error text, or leaks into the
content. With logprobs every token is there as the model wrote it, so that a call can be watched and found again.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from io import StringIO

from backends.content import ContentReader, Restorer
from backends.decode import count_at, object_at, objects_at, text_at
from backends.errors import BackendError, ServerFailed, StreamCut
from backends.events import (
    CallProgress,
    CallReady,
    CallRejected,
    EndReason,
    ReasoningDelta,
    StepEnd,
    StreamEvent,
    TextCorrected,
    TextDelta,
)
from backends.failures import plain_line
from backends.harmony import Delta, HarmonyParser, RawCall, restore
from backends.ollama.faults import CallUnparsed, error_in_line
from backends.repair import Outcome, Place, Refusal, Repaired, repair_call, repair_error, repair_text
from backends.types import JsonObject, JsonValue, ToolSpec, Usage

_REPEATS_UNTIL_GIVEN_UP = 30
"""More equal tokens in a row than this, and the server gives the answer up without a word (ollama.md §6)."""

_UNREAD_TOKENS = 200
"""So many tokens of plain text are read at once, which takes half the time of reading each."""


class AnswerReader:
    """Feed it the lines until `is_done`. Raises the error of an error line; a stream that ends before is `cut`."""

    def __init__(self, tools: tuple[ToolSpec, ...], server_name: str) -> None:
        self.is_done = False
        self._tools = tools
        self._server_name = server_name
        self._content = ContentReader(restores=True)
        self._thought = Restorer()
        self._text = StringIO()
        self._reasoning = StringIO()
        self._call: JsonObject | None = None
        self._tokens = TokenWatcher()
        self._last_piece = ""
        self._repeats = 0

    def feed(self, line: JsonObject) -> list[StreamEvent]:
        if "error" in line:
            error = error_in_line(line, self._server_name)
            if isinstance(error, CallUnparsed):
                return self.unparsed(error.text)
            raise error
        message = object_at(line, "message")
        events: list[StreamEvent] = []
        if thinking := text_at(message, "thinking"):
            self._count_repeats(thinking)
            if shown := self._thought.feed(thinking):
                self._reasoning.write(shown)
                events.append(ReasoningDelta(shown))
        if content := text_at(message, "content"):
            self._count_repeats(content)
            events += self._noted(self._content.feed(content))
        if "logprobs" in line:
            events += self._tokens.feed(objects_at(line, "logprobs"))
        if "tool_calls" in message and self._call is None:
            # the first only: these models write one call a turn (gpt-oss.md §2)
            self._call = next(iter(objects_at(message, "tool_calls")), None)
        if line.get("done") is True:
            events += self._finish(line)
        return events

    def unparsed(self, error: str) -> list[StreamEvent]:
        """The end of a step whose call the server could not parse: the call after all, or why there is none."""
        self.is_done = True
        events, _ = self._rest("stop")
        outcome, name = self._unparsed_call(error)
        reason: EndReason = "tool_call" if isinstance(outcome, Repaired) else "stop"
        return [*events, *_outcome_events(outcome, name), StepEnd(reason)]

    def _unparsed_call(self, error: str) -> tuple[Outcome, str]:
        """The call in an error text, which quotes the arguments; its name stands in the tokens alone."""
        if written := self._tokens.call():
            outcome = repair_call(written.recipient, written.arguments, self._tools)
            if isinstance(outcome, Repaired):
                return outcome, written.recipient
        name = written.recipient if written else ""
        quoted = repair_error(error, self._tools)
        return quoted or Refusal("not_json", "the call is not valid JSON and its text did not arrive", error), name

    def cut(self, unfinished: str) -> BackendError:
        """The error for a stream that ended without its last line; `unfinished` stood after the last line end."""
        if self._repeats >= _REPEATS_UNTIL_GIVEN_UP:
            said = plain_line(self._last_piece)
            return StreamCut(
                f"{self._server_name} gave the answer up: the model wrote “{said}” over and over.",
                next_step="Ask again, or with another effort.",
            )
        if unfinished.lstrip().startswith('{"error"'):
            return ServerFailed(f"{self._server_name} failed in the middle of an answer.", plain_line(unfinished))
        return StreamCut(
            f"The answer of {self._server_name} ended before it was complete.",
            next_step="Look whether the server still runs, then ask again.",
        )

    # ── the end ──────────────────────────────────────────────────────────────

    def _finish(self, line: JsonObject) -> list[StreamEvent]:
        self.is_done = True
        reason: EndReason = "length" if text_at(line, "done_reason") == "length" else "stop"
        events, leaked = self._rest(reason)
        events += self._call_events(reason, leaked)
        if any(isinstance(event, CallReady) for event in events):
            reason = "tool_call"
        return [*events, StepEnd(reason, _usage(line), text_at(line, "model"))]

    def _rest(self, reason: EndReason) -> tuple[list[StreamEvent], RawCall | None]:
        """What the readers of reasoning and content still held back, and a call that stood in the content."""
        held = self._thought.close()
        events: list[StreamEvent] = [ReasoningDelta(held)] if held else []
        deltas, sample = self._content.finish("length" if reason == "length" else "stop")
        events += self._noted(deltas)
        return events, sample.call if sample else None

    def _call_events(self, reason: EndReason, leaked: RawCall | None) -> list[StreamEvent]:
        if self._call is not None:
            function = object_at(self._call, "function")
            name = text_at(function, "name")
            arguments: JsonValue = json.loads(restore(json.dumps(function.get("arguments"), ensure_ascii=False)))
            return _outcome_events(repair_call(name, arguments, self._tools, reason, text_at(self._call, "id")), name)
        if leaked is not None:
            name = leaked.recipient
            return _outcome_events(repair_call(name, leaked.arguments, self._tools, reason), name)
        if not self._tools:
            return []
        if text := self._text.getvalue():
            return self._hidden_call(text, "content", reason)
        return self._hidden_call(self._reasoning.getvalue(), "thinking", reason)

    def _hidden_call(self, text: str, place: Place, reason: EndReason) -> list[StreamEvent]:
        """A call that the server took for text, or text that it took for thinking (gpt-oss.md §4)."""
        reading = repair_text(text, self._tools, place, reason)
        was_shown = text if place == "content" else ""
        corrected: list[StreamEvent] = [TextCorrected(reading.show)] if reading.show != was_shown else []
        return [*corrected, *(_outcome_events(reading.outcome) if reading.outcome else [])]

    def _noted(self, deltas: Sequence[Delta]) -> Sequence[StreamEvent]:
        for delta in deltas:
            if isinstance(delta, TextDelta):
                self._text.write(delta.text)
        return deltas

    def _count_repeats(self, piece: str) -> None:
        self._repeats = self._repeats + 1 if piece == self._last_piece else 1
        self._last_piece = piece


class TokenWatcher:
    """The tokens of an answer, as logprobs tell them: progress of the call while it is written, and its raw text."""

    def __init__(self) -> None:
        self._parser = HarmonyParser()
        # a character may be spread over several tokens
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unread: list[str] = []
        self._is_in_call = False
        self._has_tokens = False

    def feed(self, entries: list[JsonObject]) -> list[CallProgress]:
        self._has_tokens = self._has_tokens or bool(entries)
        text = "".join([self._token(entry) for entry in entries])
        self._unread.append(text)
        # outside of a call nothing begins before the next control token
        may_begin = "<" in text or ">" in text or len(self._unread) == _UNREAD_TOKENS
        return self._read() if self._is_in_call or may_begin else []

    def call(self) -> RawCall | None:
        """The call as the model wrote it, when it came through; None without logprobs."""
        return self._parser.finish("stop").call if self._has_tokens else None

    def _read(self) -> list[CallProgress]:
        text, self._unread = "".join(self._unread), []
        progress = [event for event in self._parser.feed(text) if isinstance(event, CallProgress)]
        self._is_in_call = self._is_in_call or bool(progress)
        return progress

    def _token(self, entry: JsonObject) -> str:
        token = text_at(entry, "token")
        if token and token.isascii():
            return token
        numbers = entry.get("bytes")
        if not isinstance(numbers, list):
            return token
        return self._decoder.decode(bytes(n for n in numbers if isinstance(n, int) and 0 <= n < 256))


def _usage(line: JsonObject) -> Usage:
    return Usage(
        # the server leaves out what is zero, and counts the cached part in
        prompt_tokens=count_at(line, "prompt_eval_count"),
        output_tokens=count_at(line, "eval_count"),
        load_seconds=_seconds(line, "load_duration"),
        prompt_seconds=_seconds(line, "prompt_eval_duration"),
        output_seconds=_seconds(line, "eval_duration"),
    )


def _seconds(line: JsonObject, key: str) -> float | None:
    nanoseconds = count_at(line, key)
    return None if nanoseconds is None else nanoseconds / 1e9


def _outcome_events(outcome: Outcome, name: str = "") -> list[StreamEvent]:
    match outcome:
        case Repaired(call, repairs):
            return [CallReady(call, repairs)]
        case Refusal(reason, explanation, raw):
            return [CallRejected(reason, explanation, raw, name)]
