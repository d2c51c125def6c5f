"""Turn events as JSON objects, for programs that watch `oss-tui exec --json`. The schema is docs/headless.md. Pure.

A field is never renamed or dropped within a version; new fields and types may come, and readers pass over them.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from agent import events
from agent.edits.proposal import Proposal
from backends.types import JsonObject, JsonValue, Usage

VERSION = 1

Delta: TypeAlias = (
    events.TextDelta
    | events.TextCorrected
    | events.ReasoningDelta
    | events.CallProgress
    | events.ToolOutput
    | events.Waiting
)
"""Events that come in great numbers and are told on request only."""


def event_json(event: events.TurnEvent) -> JsonObject:
    """The object for an event, its `type` first and without `v`."""
    match event:
        case events.TurnStarted(prompt):
            return {"type": "turn.started", "prompt": prompt}
        case events.StepStarted(number, context):
            return {"type": "step.started", "step": number, "context": _context(context)}
        case events.StepFinished():
            return _step(event)
        case events.Resampled(reason, attempt):
            return {"type": "step.resampled", "reason": reason, "attempt": attempt}
        case events.CallRejected(reason, explanation, raw, name):
            return {"type": "call.rejected", "name": name, "reason": reason, "explanation": explanation, "raw": raw}
        case events.ToolStarted(call, title, repairs):
            return {
                "type": "call.started",
                "id": call.id,
                "name": call.name,
                "arguments": call.arguments,
                "title": title,
                "repairs": list(repairs),
            }
        case events.ToolFinished(call_id, state, text, summary):
            return {"type": "call.finished", "id": call_id, "state": state, "summary": summary, "text": text}
        case events.ProposalReady(call_id, proposal):
            return {"type": "proposal", "call": call_id, "id": proposal.id, "files": _files(proposal)}
        case events.EditsApplied(call_id, paths, undo_id):
            return {"type": "edits.applied", "call": call_id, "paths": list(paths), "undo": undo_id}
        case events.CommandPending(_, call_id, command, folder, is_sandboxed, warning):
            return {
                "type": "command",
                "call": call_id,
                "command": command,
                "folder": folder,
                "sandboxed": is_sandboxed,
                "warning": warning,
            }
        case events.Compacted(report):
            return {
                "type": "compacted",
                "before": report.before_tokens,
                "after": report.after_tokens,
                "summary": report.summary,
            }
        case events.Notice(text, level):
            return {"type": "notice", "level": level, "text": text}
        case events.TurnEnded(outcome, text, error):
            ended: JsonObject = {"type": "turn.ended", "outcome": outcome, "text": text}
            return ended | ({"error": str(error)} if error else {})
        case (
            events.TextDelta()
            | events.TextCorrected()
            | events.ReasoningDelta()
            | events.CallProgress()
            | events.ToolOutput()
            | events.Waiting()
        ):
            return _delta(event)
        case _:
            assert_never(event)


def _delta(event: Delta) -> JsonObject:
    match event:
        case events.TextDelta(text):
            return {"type": "text.delta", "text": text}
        case events.TextCorrected(text):
            return {"type": "text.corrected", "text": text}
        case events.ReasoningDelta(text):
            return {"type": "reasoning.delta", "text": text}
        case events.CallProgress(name, text):
            return {"type": "call.delta", "name": name, "text": text}
        case events.ToolOutput(call_id, text):
            return {"type": "call.output", "id": call_id, "text": text}
        case events.Waiting(phase, done, total):
            return {"type": "waiting", "phase": phase, "done": done, "total": total}


def usage_json(usage: Usage) -> JsonObject:
    """Tokens as the server counted them; null where it does not tell."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }


def _step(event: events.StepFinished) -> JsonObject:
    first = event.timing.first_token
    return {
        "type": "step.finished",
        "step": event.number,
        "usage": usage_json(event.usage),
        "unchanged_tokens": event.unchanged_tokens,
        "seconds": round(event.timing.total, 3),
        "first_token_seconds": None if first is None else round(first, 3),
        "context": _context(event.context),
    }


def _context(context: events.ContextUse) -> JsonObject:
    return {
        "used": context.used.tokens,
        "estimate": context.used.is_estimate,
        "window": context.window.tokens,
        "window_known": context.window.is_known,
    }


def _files(proposal: Proposal) -> list[JsonValue]:
    return [
        {"path": change.target, "added": change.added, "removed": change.removed, "warnings": list(change.warnings)}
        for change in proposal.changes
    ]
