"""What `oss-tui exec` tells while it runs and when it ends: lines for people, or JSON lines for programs."""

from __future__ import annotations

import json
from typing import Literal, Protocol, TextIO, assert_never, get_args

from agent import events
from agent.commands.event_json import VERSION, Delta, event_json
from agent.visible import visible
from backends.frozen import frozen
from backends.types import JsonObject, JsonValue

ExecOutcome = Literal["answered", "failed", "usage", "no answer", "misshapen", "interrupted"]

EXIT_CODES: dict[ExecOutcome, int] = {"answered": 0, "failed": 1, "usage": 2, "no answer": 3, "misshapen": 4}
"""A signal ends with 128 and its number, as shells have it."""


@frozen
class Closing:
    """How a run ended. `answer` is the text, or the shaped JSON as text; `problem` one line when there is no answer.

    `totals` are the session's tokens, `calls` how well each model called; `shaped` the answer as JSON where a schema
    was given.
    """

    outcome: ExecOutcome
    code: int
    answer: str = ""
    problem: str = ""
    signal: str = ""
    shaped: JsonValue = None
    totals: JsonObject | None = None
    calls: JsonObject | None = None
    remarks: tuple[str, ...] = ()


class Report(Protocol):
    """Where a run tells what happens."""

    def opened(self, facts: JsonObject) -> None: ...

    def remark(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        """One line that belongs to no turn."""
        ...

    def event(self, event: events.TurnEvent) -> None: ...

    def close(self, closing: Closing) -> None:
        """The last word; told once, whatever happened."""
        ...


class TextReport:
    """The answer on `out`, everything else on `err`."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err

    def opened(self, facts: JsonObject) -> None:
        pass

    def remark(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        self._say(f"· {text}" if level == "info" else f"oss-tui: {text}")

    def event(self, event: events.TurnEvent) -> None:
        if line := narrate(event):
            self._say(line)

    def close(self, closing: Closing) -> None:
        if closing.answer:
            # A program gets the bytes; a terminal must not act on them.
            answer = visible(closing.answer) if self._out.isatty() else closing.answer
            print(as_written(answer, self._out), file=self._out, flush=True)
        if closing.problem:
            self._say(f"oss-tui: {closing.problem}")
        for remark in closing.remarks:
            self._say(remark)

    def _say(self, line: str) -> None:
        print(as_written(visible(line), self._err), file=self._err, flush=True)


class JsonReport:
    """One object a line on `out` (docs/headless.md). Deltas only with `deltas`."""

    def __init__(self, out: TextIO, *, deltas: bool = False) -> None:
        self._out = out
        self._deltas = deltas

    def opened(self, facts: JsonObject) -> None:
        self._write({"type": "opened", **facts})

    def remark(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        self._write({"type": "notice", "level": level, "text": text})

    def event(self, event: events.TurnEvent) -> None:
        if self._deltas or not isinstance(event, get_args(Delta)):
            self._write(event_json(event))

    def close(self, closing: Closing) -> None:
        last: JsonObject = {"type": "closed", "outcome": closing.outcome, "exit": closing.code}
        last["answer"] = closing.answer if closing.shaped is None else closing.shaped
        last["totals"] = closing.totals
        last["calls"] = closing.calls or {}
        if closing.problem:
            last["problem"] = closing.problem
        if closing.signal:
            last["signal"] = closing.signal
        self._write(last)

    def _write(self, record: JsonObject) -> None:
        # ASCII, so that no line separator of Unicode inside a text looks like the end of a line.
        print(json.dumps({"v": VERSION, **record}), file=self._out, flush=True)


def as_written(text: str, file: TextIO) -> str:
    """What `file` can take of `text`: a character that its encoding lacks costs that character alone."""
    encoding = file.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def narrate(event: events.TurnEvent) -> str:
    """The line on standard error for an event, or nothing."""
    match event:
        case events.ToolStarted(call, title):
            return f"· {call.name} {title}"
        case events.ToolFinished(_, state, _, summary):
            return f"  {summary or state}" if summary or state != "done" else ""
        case events.CommandPending(_, _, command):
            return f"  $ {command}"
        case events.EditsApplied(_, paths):
            return f"  wrote {', '.join(paths)}"
        case events.ProposalReady(_, proposal):
            return "\n".join(
                line
                for change in proposal.changes
                for line in (
                    f"  {change.target} +{change.added} −{change.removed}",
                    *(f"  ! {change.target}: {warning}" for warning in change.warnings),
                )
            )
        case events.Resampled(reason, attempt):
            return f"· asked again ({attempt}): {reason}"
        case events.Compacted(report):
            return f"· shortened the conversation: {report.before_tokens} → {report.after_tokens} tokens"
        case events.Notice(text):
            return f"· {text}"
        case (
            events.TurnStarted()
            | events.StepStarted()
            | events.StepFinished()
            | events.Waiting()
            | events.ReasoningDelta()
            | events.TextDelta()
            | events.TextCorrected()
            | events.CallProgress()
            | events.CallRejected()
            | events.ToolOutput()
            | events.TurnEnded()
        ):
            return ""
        case _:
            assert_never(event)
