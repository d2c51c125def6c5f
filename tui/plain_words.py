"""What the plain mode says of a turn's events: whole sentences, nothing that relies on colour, place or redrawing.

Every outside text is cleaned on the way out. Knows no input and no session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from agent.edits.proposal import Proposal
from agent.events import (
    CallProgress,
    CallRejected,
    CommandPending,
    Compacted,
    ContextUse,
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
from agent.own_reports import OWN_COMMAND
from tui.text import clean, clean_line

HELP = """\
Write a message and press enter. A line that ends in \\ goes on in the next one.
Begin with ! to run a command of your own; its output goes to the model with your next message.
ctrl+c stops the model; pressed when nothing runs, it leaves, as ctrl+d and /quit do."""


class Teller:
    """Writes what happens. `write` gets pieces of text."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._is_at_start = True
        self._is_thinking = False

    def line(self, text: str) -> None:
        """`text` on lines of its own."""
        self._begin_line()
        self._put(clean(text) + "\n")

    def ask(self, question: str) -> None:
        """`question`, and the person goes on in its line."""
        self._begin_line()
        self._write(question)
        self._is_at_start = True  # the person's enter ends the line

    def context(self, use: ContextUse) -> None:
        about = "about " if use.used.is_estimate else ""
        self.line(f"{about}{use.used.tokens:,} of {use.window.tokens:,} tokens are used.")

    def event(self, event: TurnEvent) -> None:
        if not isinstance(event, ReasoningDelta | Waiting | CallProgress):
            self._is_thinking = False
        match event:
            case TextDelta(text):
                self._put(clean(text))
            case ToolOutput(text=text):
                self._put(clean(text))
            case ReasoningDelta():
                if not self._is_thinking:
                    self.line("Thinking.")
                self._is_thinking = True
            case TextCorrected(text):
                self.line(f"The text is another after all:\n{text}")
            case ToolStarted(call, title):
                self.line(f"{'Running' if call.name == OWN_COMMAND else call.name}: {clean_line(title)}")
            case ToolFinished(state=state, text=text, summary=summary):
                self.line(f"{state}: {summary}" if state != "failed" else f"failed: {summary or text}")
            case ProposalReady(proposal=proposal):
                self._proposal(proposal)
            case CommandPending():
                self._command(event)
            case EditsApplied(paths=paths):
                self.line(f"Written: {', '.join(map(clean_line, paths))}")
            case CallRejected(explanation=explanation):
                self.line(f"The model's call could not be read: {explanation}")
            case Resampled(reason, attempt):
                self.line(f"Asked again ({attempt}): {reason}")
            case Compacted():
                self.line("The conversation was shortened to make room.")
            case Notice(text):
                self.line(text)
            case TurnEnded():
                self._end(event)
            case TurnStarted() | StepStarted() | StepFinished() | Waiting() | CallProgress():
                pass
            case _:
                assert_never(event)

    def _proposal(self, proposal: Proposal) -> None:
        from agent.edits.unified import unified

        files = len(proposal.changes)
        self.line(f"The model wants to change {files} file{'s' * (files != 1)}. Nothing is written yet.")
        self.line(unified(proposal).rstrip("\n"))
        for change in proposal.changes:
            for warning in change.warnings:
                self.line(f"Warning, {clean_line(change.path)}: {warning}")
        self.line("End of the change.")

    def _command(self, event: CommandPending) -> None:
        where = "in the sandbox" if event.is_sandboxed else "without a sandbox"
        self.line(f"The model wants to run a command in {clean_line(event.folder)}, {where}:")
        self.line(event.command)
        for remark in filter(None, (event.reason, event.warning)):
            self.line(remark)
        self.line("End of the command.")

    def _end(self, event: TurnEnded) -> None:
        match event.outcome:
            case "answered":
                self._begin_line()
            case "cancelled":
                self.line("Stopped.")
            case "failed":
                self.line(f"It failed: {event.error or 'nothing more is known'}")
            case "empty":
                self.line("The model ended twice without an answer. Ask again, or raise the effort.")
            case "stopped":
                self.line("The turn was stopped before an answer: the model did not get on.")
            case _:
                assert_never(event.outcome)

    def _begin_line(self) -> None:
        if not self._is_at_start:
            self._put("\n")

    def _put(self, text: str) -> None:
        if text:
            self._write(text)
            self._is_at_start = text.endswith("\n")
