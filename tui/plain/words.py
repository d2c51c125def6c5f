"""What the plain mode says of a turn's events: whole sentences, nothing that relies on colour, place or redrawing.

Every outside text is cleaned on the way out. Knows no input and no session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from agent import events
from agent.edits.proposal import Proposal
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

    def context(self, use: events.ContextUse) -> None:
        about = "about " if use.used.is_estimate else ""
        self.line(f"{about}{use.used.tokens:,} of {use.window.tokens:,} tokens are used.")

    def event(self, event: events.TurnEvent) -> None:
        if not isinstance(event, events.ReasoningDelta | events.Waiting | events.CallProgress):
            self._is_thinking = False
        match event:
            case events.TextDelta(text):
                self._put(clean(text))
            case events.ToolOutput(text=text):
                self._put(clean(text))
            case events.ReasoningDelta():
                if not self._is_thinking:
                    self.line("Thinking.")
                self._is_thinking = True
            case events.TextCorrected(text):
                self.line(f"The text is another after all:\n{text}")
            case events.ToolStarted(call, title):
                self.line(f"{'Running' if call.name == OWN_COMMAND else call.name}: {clean_line(title)}")
            case events.ToolFinished(state=state, text=text, summary=summary):
                self.line(f"{state}: {summary}" if state != "failed" else f"failed: {summary or text}")
            case events.ProposalReady(proposal=proposal):
                self._proposal(proposal)
            case events.CommandPending():
                self._command(event)
            case events.EditsApplied(paths=paths):
                self.line(f"Written: {', '.join(map(clean_line, paths))}")
            case events.CallRejected(explanation=explanation):
                self.line(f"The model's call could not be read: {explanation}")
            case events.Resampled(reason, attempt):
                self.line(f"Asked again ({attempt}): {reason}")
            case events.Compacted():
                self.line("The conversation was shortened to make room.")
            case events.Notice(text):
                self.line(text)
            case events.TurnEnded():
                self._end(event)
            case (
                events.TurnStarted()
                | events.StepStarted()
                | events.StepFinished()
                | events.Waiting()
                | events.CallProgress()
            ):
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

    def _command(self, event: events.CommandPending) -> None:
        where = "in the sandbox" if event.is_sandboxed else "without a sandbox"
        self.line(f"The model wants to run a command in {clean_line(event.folder)}, {where}:")
        self.line(event.command)
        for remark in filter(None, (event.reason, event.warning)):
            self.line(remark)
        self.line("End of the command.")

    def _end(self, event: events.TurnEnded) -> None:
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
