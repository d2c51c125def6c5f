"""Chunks of `/v1/completions` with raw Harmony text to stream events (mlx.md §5, §8). No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from backends.chat_completions import chat_usage
from backends.conclusion import conclude, end_reason
from backends.decode import ServerEvent, object_at, objects_at, parse_object, text_at
from backends.errors import StreamCut
from backends.events import CallReady, CallRejected, StepEnd, StreamEvent, TextDelta
from backends.harmony import Delta, HarmonyParser, RawCall, Sample
from backends.repair import Repaired, repair_call
from backends.stream_errors import error_in_stream
from backends.types import ChatRequest, JsonObject, Provider, Replay, Usage

_RAW_CHARACTERS = 2000


class CompletionReader:
    """One answer. `origin` names backend and model, for the replay of the model's own words.

    `is_done` comes with `[DONE]`, or with the end of a call that the server did not stop at.
    """

    def __init__(self, provider: Provider, request: ChatRequest, origin: str) -> None:
        self.is_done = False
        self.fingerprint = ""
        self._provider = provider
        self._request = request
        self._origin = origin
        self._parser = HarmonyParser()
        self._finish = ""
        self._model = ""
        self._usage = Usage()
        self._raw = StringIO()
        self._text = StringIO()

    def feed(self, event: ServerEvent) -> list[StreamEvent]:
        """Raises the error that the server put into the stream, and UnexpectedAnswer for what is no JSON object."""
        if event.data.strip() == "[DONE]":
            self.is_done = True
            return []
        chunk = parse_object(event.data)
        if chunk.get("error"):
            raise error_in_stream(chunk, self._provider)
        self.fingerprint = self.fingerprint or text_at(chunk, "system_fingerprint")
        self._model = self._model or text_at(chunk, "model")
        if usage := object_at(chunk, "usage"):
            self._usage = chat_usage(usage)
        choices = objects_at(chunk, "choices")
        return self._choice(choices[0]) if choices else []

    def _choice(self, choice: JsonObject) -> list[StreamEvent]:
        self._finish = text_at(choice, "finish_reason") or self._finish
        text = text_at(choice, "text")
        if not text:
            return []
        self._raw.write(text)
        events = self._noted(self._parser.feed(text))
        if self._parser.is_done and not self._finish:
            # a conversion without <|call|> among its stop tokens goes on and makes up the result
            self._finish, self.is_done = "stop", True
        return [*events]

    def close(self) -> list[StreamEvent]:
        if not self._finish or not self.is_done:
            raise StreamCut(
                f"The answer of {self._provider.name} ended without its end marker.",
                next_step="Ask again.",
            )
        is_cut = self._finish == "length"
        sample = self._parser.finish("length" if is_cut else "stop")
        rest = self._noted(sample.events)
        outcome = self._outcome(sample, is_cut)
        end = StepEnd(
            end_reason("length" if is_cut else "stop", outcome),
            self._usage,
            self._model,
            self._replay(sample, outcome),
        )
        return [*rest, *outcome, end]

    def _outcome(self, sample: Sample, is_cut: bool) -> Sequence[StreamEvent]:
        if sample.call is not None:
            return [self._call(sample.call)]
        if not sample.has_structure:
            return conclude(self._request, None, None, self._text.getvalue(), "", is_cut=is_cut)
        if sample.is_unfinished and not is_cut:
            why = "the header of the message never ended"
            return [CallRejected("truncated", why, self._raw.getvalue()[-_RAW_CHARACTERS:])]
        return []

    def _call(self, call: RawCall) -> CallReady | CallRejected:
        name = call.recipient.removeprefix("functions.")
        if call.is_cut:
            why = "the output limit came before the end of the call"
            return CallRejected("truncated", why, call.arguments, name)
        outcome = repair_call(name, call.arguments, self._request.tools)
        if isinstance(outcome, Repaired):
            return CallReady(outcome.call, outcome.repairs)
        return CallRejected(outcome.reason, outcome.explanation, outcome.raw, name)

    def _replay(self, sample: Sample, outcome: Sequence[StreamEvent]) -> Replay | None:
        """History holds what was executed (gpt-oss.md §6): a mended call is rendered from its parts."""
        was_mended = any(isinstance(event, CallReady) and event.repairs for event in outcome)
        was_refused = any(isinstance(event, CallRejected) for event in outcome)
        if not sample.raw or was_mended or was_refused:
            return None
        return Replay(self._origin, sample.raw)

    def _noted(self, deltas: Sequence[Delta]) -> Sequence[Delta]:
        self._text.writelines(delta.text for delta in deltas if isinstance(delta, TextDelta))
        return deltas
