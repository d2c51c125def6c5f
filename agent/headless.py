"""`oss-tui exec`: one turn without a screen. The answer goes to standard output, everything else to standard error.

A consumer of turn events like the full-screen app, and much smaller: it decides by rule where a person would be asked.
Without a terminal nothing is trusted and nothing approved (THREATS.md W3) unless `--approve` says so.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO, assert_never

from agent.config import ConfigError, Home, Overrides, find_home, load_config
from agent.decisions import CommandDecision, Inbox, ReviewDecision
from agent.edits.proposal import review_all
from agent.events import (
    CallProgress,
    CallRejected,
    CommandPending,
    Compacted,
    EditsApplied,
    Notice,
    ProposalReady,
    ReasoningDelta,
    Resampled,
    StepFinished,
    StepStarted,
    TextCorrected,
    TextDelta,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnEnded,
    TurnEvent,
    TurnStarted,
    Waiting,
)
from agent.opening import open_session
from agent.profiles import Profile
from agent.session import Session
from agent.tokens import TokenCounter
from backends.errors import BackendError

Approve = Literal["none", "edits", "all"]

EXIT_ANSWERED = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NO_ANSWER = 3
EXIT_INTERRUPTED = 130

_NOT_APPROVED = "Not approved: this run has nobody to ask. Go on without it and say what would have to be done."


@dataclass(frozen=True, slots=True)
class ExecArguments:
    """What the command line asks for. `overrides` are the `-c key=value` pairs, `folder` the workspace."""

    prompt: str
    folder: Path
    profile: str | None = None
    model: str | None = None
    overrides: tuple[str, ...] = ()
    approve: Approve = "none"
    patch_out: Path | None = None


@dataclass(slots=True)
class _Tally:
    refused_edits: int = 0
    refused_commands: int = 0
    patches: list[str] = field(default_factory=list[str])


def main(arguments: ExecArguments) -> int:
    """The whole command: configuration, session, one turn. Returns the exit code."""
    try:
        home = find_home()
        overrides = Overrides(
            profile=arguments.profile or "", model=arguments.model or "", settings=arguments.overrides
        )
        config = load_config(home.config, overrides)
        for problem in config.problems:
            print(f"oss-tui: {problem}", file=sys.stderr)
        return asyncio.run(_main(arguments, config.default_profile, home))
    except (ConfigError, BackendError, OSError) as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_FAILED if isinstance(error, BackendError) else EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


async def _main(arguments: ExecArguments, profile: Profile, home: Home) -> int:
    counter = TokenCounter()
    opened = await open_session(profile, arguments.folder, home, counter)
    for remark in opened.remarks:
        print(f"· {remark}", file=sys.stderr)
    async with aclosing(opened.session):
        return await run_exec(opened.session, arguments, sys.stdout, sys.stderr)


async def run_exec(session: Session, arguments: ExecArguments, out: TextIO, err: TextIO) -> int:
    """Run the one turn; the exit code is one of this module's. Raises OSError when `patch_out` cannot be written."""
    inbox = Inbox()
    tally = _Tally()
    code = EXIT_NO_ANSWER
    async with aclosing(session.turn(arguments.prompt, inbox)) as events:
        async for event in events:
            decide(event, arguments.approve, inbox, tally)
            line = narrate(event)
            if line:
                print(line, file=err, flush=True)
            if isinstance(event, TurnEnded):
                code = _finish(event, out, err)
    _explain_refusals(tally, err)
    if arguments.patch_out is not None:
        arguments.patch_out.write_text("".join(tally.patches), encoding="utf-8")
    return code


def decide(event: TurnEvent, approve: Approve, inbox: Inbox, tally: _Tally) -> None:
    """Answer the turn's questions as `--approve` says."""
    match event:
        case ProposalReady(_, proposal):
            from agent.edits.unified import unified

            tally.patches.append(unified(proposal))
            accepted = approve in ("edits", "all")
            tally.refused_edits += not accepted
            review = review_all(proposal, "accept") if accepted else review_all(proposal, "reject", _NOT_APPROVED)
            inbox.send(ReviewDecision(proposal.id, review))
        case CommandPending(request_id):
            allowed = approve == "all"
            tally.refused_commands += not allowed
            inbox.send(CommandDecision(request_id, "once" if allowed else "no", "" if allowed else _NOT_APPROVED))
        case _:
            pass


def narrate(event: TurnEvent) -> str:
    """The line on standard error for an event, or nothing."""
    match event:
        case ToolStarted(call, title):
            return f"· {call.name} {title}"
        case ToolFinished(_, state, _, summary):
            return f"  {summary or state}" if summary or state != "done" else ""
        case CommandPending(_, _, command):
            return f"  $ {command}"
        case EditsApplied(_, paths):
            return f"  wrote {', '.join(paths)}"
        case ProposalReady(_, proposal):
            return "\n".join(f"  {change.target} +{change.added} −{change.removed}" for change in proposal.changes)
        case Resampled(reason, attempt):
            return f"· asked again ({attempt}): {reason}"
        case Compacted(report):
            return f"· shortened the conversation: {report.before_tokens} → {report.after_tokens} tokens"
        case Notice(text):
            return f"· {text}"
        case (
            TurnStarted()
            | StepStarted()
            | StepFinished()
            | Waiting()
            | ReasoningDelta()
            | TextDelta()
            | TextCorrected()
            | CallProgress()
            | CallRejected()
            | ToolOutput()
            | TurnEnded()
        ):
            return ""
        case _:
            assert_never(event)


def _finish(end: TurnEnded, out: TextIO, err: TextIO) -> int:
    match end.outcome:
        case "answered":
            print(end.text, file=out, flush=True)
            return EXIT_ANSWERED
        case "failed":
            print(f"oss-tui: {end.error}", file=err, flush=True)
            return EXIT_FAILED
        case "empty":
            print("oss-tui: the model ended twice without an answer; ask again or raise the effort", file=err)
            return EXIT_NO_ANSWER
        case "stopped" | "cancelled":
            print(f"oss-tui: the turn was {end.outcome} before an answer", file=err)
            return EXIT_NO_ANSWER


def _explain_refusals(tally: _Tally, err: TextIO) -> None:
    if tally.refused_edits:
        proposals = f"{tally.refused_edits} proposal{'s' * (tally.refused_edits != 1)}"
        print(f"nothing written: {proposals} not approved; --approve edits applies such changes", file=err)
    if tally.refused_commands:
        commands = f"{tally.refused_commands} command{'s' * (tally.refused_commands != 1)}"
        print(f"nothing run: {commands} not approved; --approve all runs them", file=err)
