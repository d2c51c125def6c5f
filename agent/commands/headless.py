"""`oss-tui exec`: one turn without a screen. The answer goes to standard output, everything else to standard error.

A consumer of turn events like the full-screen app, and much smaller: it decides by rule where a person would be asked.
Without a terminal nothing is trusted and nothing approved (THREATS.md W3) unless `--trust` and `--approve` say so.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from agent.commands.exec_report import EXIT_CODES, Closing, ExecOutcome, JsonReport, Report, TextReport
from agent.commands.interrupts import Interrupts
from agent.commands.promised_file import PromisedFile
from agent.commands.shaped_answer import NotShaped, read_schema, shaped_answer
from agent.config.load import NO_OVERRIDES, Config, Home, Overrides, find_home, load_config
from agent.config.reading import ConfigError
from agent.decisions import CommandDecision, Inbox, NoPermission, ReviewDecision
from agent.edits.proposal import review_all
from agent.events import CommandPending, ProposalReady, TurnEnded, TurnEvent
from agent.files.paths import WorkspaceError
from agent.session import Session
from agent.sessions.opening import Opening, open_session
from agent.tokens import TokenCounter
from backends.errors import BackendError
from backends.frozen import frozen
from backends.types import JsonObject

Approve = Literal["none", "edits", "all"]

_READER_GONE = Closing("interrupted", 128 + signal.SIGPIPE, problem="nobody reads the output", signal="SIGPIPE")

_MAY_NOT = (
    "{nothing}: this run has no permission to {act} (it was started without --approve {needed}), and nobody can be "
    "asked. Go on without it, and say in your answer what would have to be done."
)
_MAY_NOT_WRITE = _MAY_NOT.format(nothing="Nothing was applied", act="change files", needed="edits")
_MAY_NOT_RUN = _MAY_NOT.format(nothing="Nothing was run", act="run commands", needed="all")


@frozen
class ExecArguments:
    """What the command line asks for. `folder` is the workspace.

    `is_trusted` uses the folder's notes; `schema` is a file with the JSON schema of the answer, `last_message` the
    file that gets it.
    """

    prompt: str
    folder: Path
    overrides: Overrides = NO_OVERRIDES
    approve: Approve = "none"
    patch_out: Path | None = None
    is_trusted: bool = False
    as_json: bool = False
    json_deltas: bool = False
    schema: Path | None = None
    last_message: Path | None = None


@dataclass(slots=True)
class Tally:
    """What a run had no permission for, the patches that were proposed, and the answer once there is one."""

    refused_edits: int = 0
    refused_commands: int = 0
    patches: list[str] = field(default_factory=list[str])
    answer: str = ""

    @property
    def remarks(self) -> tuple[str, ...]:
        remarks: list[str] = []
        if self.refused_edits:
            proposals = f"{self.refused_edits} proposal{'s' * (self.refused_edits != 1)}"
            remarks.append(f"nothing written: {proposals} not approved; --approve edits applies such changes")
        if self.refused_commands:
            commands = f"{self.refused_commands} command{'s' * (self.refused_commands != 1)}"
            remarks.append(f"nothing run: {commands} not approved; --approve all runs them")
        return tuple(remarks)


def main(arguments: ExecArguments, interrupts: Interrupts | None = None) -> int:
    """The whole command: configuration, session, one turn, and always a closing word. Returns the exit code.

    A caller that imports this module late can hold `interrupts` from before, so that no signal is lost meanwhile.
    """
    if interrupts is None:
        with Interrupts() as own:
            return main(arguments, own)
    is_json = arguments.as_json or arguments.json_deltas
    report = JsonReport(sys.stdout, deltas=arguments.json_deltas) if is_json else TextReport(sys.stdout, sys.stderr)
    closing = _closing("failed", problem="oss-tui itself failed; please report what standard error says")
    try:
        closing = asyncio.run(_main(arguments, report, interrupts))
    except BrokenPipeError:
        closing = _READER_GONE
    except (ConfigError, WorkspaceError, OSError, ValueError) as error:
        closing = _closing("usage", problem=str(error))
    except BackendError as error:
        closing = _closing("failed", problem=str(error))
    except asyncio.CancelledError:
        closing = Closing("interrupted", interrupts.exit_code, problem="interrupted", signal=interrupts.name)
    finally:
        code = _close(report, closing)
    return code


def _close(report: Report, closing: Closing) -> int:
    """Tell the closing word; the exit code, which is another one when standard output does not take it."""
    try:
        report.close(closing)
    except OSError as error:
        # Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return _READER_GONE.code
        print(f"oss-tui: the answer cannot be written to standard output: {error.strerror}", file=sys.stderr)
        return EXIT_CODES["usage"]
    return closing.code


async def _main(arguments: ExecArguments, report: Report, interrupts: Interrupts) -> Closing:
    interrupts.cancel_this()
    schema = read_schema_file(arguments.schema) if arguments.schema else None
    home = find_home()
    config = load_config(home.config, arguments.overrides)
    for problem in config.problems:
        report.remark(str(problem), "warning")
    session = await _open(arguments, config, home, report)
    async with aclosing(session):
        tally = Tally()
        try:
            return await run_exec(session, arguments, report, schema, tally)
        except asyncio.CancelledError:
            problem = "interrupted" if tally.answer else "interrupted before an answer"
            closing = Closing("interrupted", interrupts.exit_code, tally.answer, problem, signal=interrupts.name)
            return replace(closing, totals=session.totals.as_json(), calls=session.calls.as_json())


async def _open(arguments: ExecArguments, config: Config, home: Home, report: Report) -> Session:
    trust = "yes" if arguments.is_trusted else "no"
    profile = config.default_profile
    opened = await open_session(Opening(profile, arguments.folder, home, TokenCounter(), trust=trust, config=config))
    report.opened(
        {
            "profile": profile.name,
            "provider": profile.provider.id,
            "model": profile.model,
            "folder": str(opened.session.workspace.root),
            "approve": arguments.approve,
            "trusted": arguments.is_trusted,
        }
    )
    for remark in opened.remarks:
        report.remark(remark)
    return opened.session


def read_schema_file(path: Path) -> JsonObject:
    """Raises OSError, and ValueError that names the file."""
    try:
        return read_schema(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON schema: {error}") from error


async def run_exec(
    session: Session, arguments: ExecArguments, report: Report, schema: JsonObject | None, tally: Tally
) -> Closing:
    """Run the one turn and write what was asked for. Raises OSError, before the turn, when a file cannot be written."""
    with ExitStack() as files:
        patch, last = (
            files.enter_context(PromisedFile(path)) if path is not None else None
            for path in (arguments.patch_out, arguments.last_message)
        )
        closing = await run_turn(session, arguments.prompt, arguments.approve, report, tally)
        if schema is not None and closing.outcome == "answered":
            closing = await shape(session, schema, closing, report)
        try:
            if patch is not None:
                patch.fill("".join(tally.patches))
            if last is not None and closing.outcome == "answered":
                last.fill(f"{closing.answer}\n")
        except OSError as error:
            closing = replace(closing, outcome="usage", code=EXIT_CODES["usage"], problem=str(error))
    totals, calls = session.totals.as_json(), session.calls.as_json()
    return replace(closing, totals=totals, calls=calls, remarks=tally.remarks)


async def run_turn(session: Session, prompt: str, approve: Approve, report: Report, tally: Tally) -> Closing:
    """One turn, its questions answered by rule."""
    inbox = Inbox()
    closing = _closing("no answer", problem="the turn ended without a word")
    async with aclosing(session.turn(prompt, inbox)) as events:
        async for event in events:
            decide(event, approve, inbox, tally)
            report.event(event)
            if isinstance(event, TurnEnded):
                closing = _ended(event)
                tally.answer = closing.answer
    return closing


def decide(event: TurnEvent, approve: Approve, inbox: Inbox, tally: Tally) -> None:
    """Answer the turn's questions as `--approve` says."""
    match event:
        case ProposalReady(_, proposal):
            from agent.edits.unified import unified

            tally.patches.append(unified(proposal))
            accepted = approve in ("edits", "all")
            tally.refused_edits += not accepted
            if accepted:
                inbox.send(ReviewDecision(proposal.id, review_all(proposal, "accept")))
            else:
                inbox.send(NoPermission(proposal.id, _MAY_NOT_WRITE))
        case CommandPending(request_id):
            allowed = approve == "all"
            tally.refused_commands += not allowed
            inbox.send(CommandDecision(request_id, "once") if allowed else NoPermission(request_id, _MAY_NOT_RUN))
        case _:
            pass


async def shape(session: Session, schema: JsonObject, answered: Closing, report: Report) -> Closing:
    """The answer of a turn as JSON that fits `schema`, asked for in a step of its own."""
    report.remark("asking for the answer as JSON")
    try:
        value = await shaped_answer(session.aside, schema)
    except NotShaped as misfit:
        problem = f"the answer does not fit the schema: {misfit}"
        return _closing("misshapen", answer=answered.answer, problem=problem)
    except BackendError as error:
        return _closing("failed", answer=answered.answer, problem=str(error))
    return replace(answered, answer=json.dumps(value, ensure_ascii=False), shaped=value)


def _ended(end: TurnEnded) -> Closing:
    match end.outcome:
        case "answered":
            return _closing("answered", answer=end.text)
        case "failed":
            return _closing("failed", problem=str(end.error))
        case "empty":
            problem = "the model ended twice without an answer; ask again or raise the effort"
            return _closing("no answer", problem=problem)
        case "stopped" | "cancelled":
            return _closing("no answer", problem=f"the turn was {end.outcome} before an answer")


def _closing(outcome: ExecOutcome, answer: str = "", problem: str = "") -> Closing:
    return Closing(outcome, EXIT_CODES[outcome], answer, problem)
