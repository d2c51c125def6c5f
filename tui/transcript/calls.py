"""Tool calls in the transcript: the line that is written, run and finished, and the card it becomes while it waits.

Knows the agent's events of one call and the document. Which call comes when is the turn's business.
"""

from __future__ import annotations

from dataclasses import replace

from agent.decisions import CommandDecision, ReviewDecision
from agent.events import (
    CallProgress,
    CallRejected,
    CommandPending,
    EditsApplied,
    ProposalReady,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    ToolState,
)
from agent.own_reports import OWN_COMMAND
from tui.text import clean, clean_line
from tui.transcript.blocks import CommandCard, KeyHint, ProposalCard, ProposalState, ToolEntry
from tui.transcript.document import BlockId, Document
from tui.transcript.telling import command_card, proposal_card, takes_everything


class _Call:
    """A call that is not over. `line` is its one line as it stood before it had to wait."""

    def __init__(self, block: BlockId, line: ToolEntry) -> None:
        self.block = block
        self.line = line
        self.output: list[str] = []
        self.takes_everything = True


class Calls:
    """The calls of a running turn, by their ids."""

    def __init__(
        self, document: Document, proposal_keys: tuple[KeyHint, ...], command_keys: tuple[KeyHint, ...]
    ) -> None:
        self._document = document
        self._proposal_keys = proposal_keys
        self._command_keys = command_keys
        self._running: dict[str, _Call] = {}
        self._asked: dict[str, _Call] = {}
        self._written: BlockId | None = None
        self._written_lines = 0

    # ── while the model writes a call ────────────────────────────────────────

    def progress(self, event: CallProgress) -> None:
        """The model writes a call; newlines inside its arguments are JSON escapes."""
        if self._written is None or self._written not in self._document:
            self._written_lines = 0
            self._written = self._document.append(ToolEntry("", clean_line(event.name), "", "writing"))
        self._written_lines += event.text.count("\\n")
        lines = self._written_lines
        line = ToolEntry("", clean_line(event.name), "", "writing", f"{lines} lines" if lines > 1 else "")
        self._document.later(self._written, lambda: line)

    def rejected(self, event: CallRejected) -> None:
        line = ToolEntry(
            "", clean_line(event.name) or "call", "", "failed", clean_line(event.explanation), clean(event.raw)
        )
        self._place(line)

    # ── while it runs ────────────────────────────────────────────────────────

    def started(self, event: ToolStarted) -> None:
        line = ToolEntry(event.call.id, clean_line(event.call.name), clean_line(event.title))
        self._running[event.call.id] = _Call(self._place(line), line)

    def wrote(self, event: ToolOutput) -> None:
        call = self._running.get(event.call_id)
        if call is None:
            return
        call.output.append(clean(event.text))
        self._document.later(call.block, lambda: replace(self._line(call), output="".join(call.output)))

    def finished(self, event: ToolFinished) -> None:
        """Live output stays as it was shown; without any, what the model was told is the output. Of the person's own
        command that is how it ended, which the line tells."""
        call = self._running.pop(event.call_id, None)
        if call is None or call.block not in self._document:
            return
        block = self._document.block(call.block)
        if isinstance(block, ProposalCard):
            remark = clean(event.text) if event.state == "failed" else ""
            state = block.state if event.state == "done" and block.state == "partly" else _CARD_STATES[event.state]
            self._document.replace(call.block, replace(block, state=state, remark=remark))
        else:
            told = "" if call.line.name == OWN_COMMAND and event.text.startswith("[") else clean(event.text)
            output = "".join(call.output) or told
            line = replace(self._line(call), state=event.state, summary=clean_line(event.summary), output=output)
            self._document.replace(call.block, line)

    def abandoned(self) -> None:
        """The turn ended: what still ran or waited was cancelled."""
        for call in self._running.values():
            if call.block not in self._document:
                continue
            block = self._document.block(call.block)
            if isinstance(block, ProposalCard):
                if block.state in ("waiting", "writing"):
                    state: ProposalState = "cancelled" if block.state == "waiting" else "interrupted"
                    self._document.replace(call.block, replace(block, state=state))
            else:
                output = "".join(call.output)
                self._document.replace(call.block, replace(self._line(call), state="cancelled", output=output))
        if self._written is not None and self._written in self._document:
            block = self._document.block(self._written)
            if isinstance(block, ToolEntry):
                self._document.replace(self._written, replace(block, state="cancelled"))
        self._running, self._asked, self._written = {}, {}, None

    # ── while it waits ───────────────────────────────────────────────────────

    def proposed(self, event: ProposalReady) -> None:
        self._wait(event.call_id, event.proposal.id, proposal_card(event, self._proposal_keys))

    def asks(self, event: CommandPending) -> None:
        self._wait(event.call_id, event.request_id, command_card(event, self._command_keys))

    def reviewed(self, decision: ReviewDecision) -> None:
        call = self._asked.pop(decision.proposal_id, None)
        if call is None or call.block not in self._document:
            return
        call.takes_everything = takes_everything(decision.review)
        card = self._document.block(call.block)
        if isinstance(card, ProposalCard):
            state: ProposalState = "writing" if decision.review.accepts_something else "rejected"
            self._document.replace(call.block, replace(card, state=state))

    def answered(self, decision: CommandDecision) -> None:
        """The card becomes the call's line again; its output begins with the command, where the line cannot hold it."""
        call = self._asked.pop(decision.request_id, None)
        if call is None or call.block not in self._document:
            return
        card = self._document.block(call.block)
        if isinstance(card, CommandCard) and card.command.strip() != call.line.title.strip():
            call.output.append(f"$ {card.command}\n")
        state = "rejected" if decision.verdict == "no" else "running"
        self._document.replace(call.block, replace(call.line, state=state, output="".join(call.output)))

    def applied(self, event: EditsApplied) -> None:
        call = self._running.get(event.call_id)
        if call is None or call.block not in self._document:
            return
        card = self._document.block(call.block)
        if isinstance(card, ProposalCard):
            state: ProposalState = "applied" if call.takes_everything else "partly"
            self._document.replace(call.block, replace(card, state=state))

    # ── inside ───────────────────────────────────────────────────────────────

    def _place(self, line: ToolEntry) -> BlockId:
        """In the place of the call that was being written, or below everything."""
        written, self._written = self._written, None
        if written is None or written not in self._document:
            return self._document.append(line)
        self._document.replace(written, line)
        return written

    def _wait(self, call_id: str, question: str, card: ProposalCard | CommandCard) -> None:
        call = self._running.get(call_id)
        if call is None or call.block not in self._document:
            line = ToolEntry(call_id, "", "")
            call = self._running[call_id] = _Call(self._document.append(card), line)
        else:
            self._document.replace(call.block, card)
        self._asked[question] = call

    def _line(self, call: _Call) -> ToolEntry:
        """The call's line as it stands, opened or not."""
        block = self._document.block(call.block)
        return block if isinstance(block, ToolEntry) else call.line


_CARD_STATES: dict[ToolState, ProposalState] = {
    "done": "applied",
    "failed": "failed",
    "rejected": "rejected",
    "cancelled": "cancelled",
}
