"""Writes the transcript: turn events come in, cleaned blocks go into the document. The one entry of model text (T1).

Knows blocks and events; knows no widget, and decides nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from agent.decisions import CommandDecision, Decision, ReviewDecision
from agent.edits.proposal import FileChange
from agent.events import (
    CallProgress,
    CallRejected,
    CommandPending,
    Compacted,
    EditsApplied,
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
from agent.events import Notice as NoticeEvent
from tui.text import clean, clean_line
from tui.transcript.blocks import (
    Answer,
    Block,
    CommandCard,
    CommandState,
    CompactionMark,
    CutOff,
    FileLine,
    Growing,
    KeyHint,
    Notice,
    Prompt,
    ProposalCard,
    ProposalState,
    Reasoning,
    ToolEntry,
)
from tui.transcript.document import BlockId, Document
from tui.units import tokens

OUTPUT_LIMIT = 262_144
"""Characters of one tool's output that a transcript keeps (THREATS.md T8)."""

_CHARACTERS_PER_TOKEN = 4


class Scribe:
    """Writes one conversation into `document`. `proposal_keys` and `command_keys` are told on cards that wait."""

    def __init__(
        self,
        document: Document,
        *,
        proposal_keys: tuple[KeyHint, ...] = (),
        command_keys: tuple[KeyHint, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._document = document
        self._proposal_keys = proposal_keys
        self._command_keys = command_keys
        self._clock = clock
        self._thought_since = 0.0
        self._thought: BlockId | None = None
        self._said: BlockId | None = None
        self._writing: BlockId | None = None
        self._card: BlockId | None = None
        self._tools: dict[str, BlockId] = {}

    def show(self, event: TurnEvent) -> None:
        """Write one event down. Events that only move gauges leave no trace."""
        match event:
            case TurnStarted(prompt):
                self._append(Prompt(clean(prompt)))
            case StepStarted():
                self._close()
                self._said = self._thought = None
            case ReasoningDelta(text):
                self._think(clean(text))
            case TextDelta(text):
                self._say(clean(text))
            case TextCorrected(text):
                self._correct(clean(text))
            case CallProgress(name):
                self._call_is_written(clean_line(name))
            case StepFinished():
                self._close()
                self._count_thought(event)
            case ToolStarted():
                self._start_tool(event)
            case ToolOutput(call_id, text):
                self._tool(call_id, lambda entry: replace(entry, output=(entry.output + clean(text))[-OUTPUT_LIMIT:]))
            case ToolFinished():
                self._finish_tool(event)
            case ProposalReady():
                files = tuple(map(_file_line, event.proposal.changes))
                self._card = self._append(ProposalCard(event.proposal.id, files, keys=self._proposal_keys))
            case CommandPending():
                self._card = self._append(self._command_card(event))
            case EditsApplied():
                self._settle_proposal("applied", unless=("partly",))
            case Resampled(reason):
                self._drop_call()
                self._append(Notice(f"asked again: {clean_line(reason)}"))
            case NoticeEvent(text, level):
                self._append(Notice(clean(text), level))
            case Compacted(report):
                before, after = tokens(report.before_tokens), tokens(report.after_tokens)
                self._append(CompactionMark(f"made room: {before} → {after} tokens"))
            case TurnEnded():
                self._end(event)
            case CallRejected():
                self._drop_call()
            case Waiting():
                pass
            case _:
                assert_never(event)

    def decided(self, decision: Decision) -> None:
        """Show on the waiting card what the person answered."""
        match decision:
            case ReviewDecision(review=review):
                verdicts = {hunk.verdict for file in review.files for hunk in file.hunks}
                self._settle_proposal(
                    "rejected" if "accept" not in verdicts else "partly" if len(verdicts) > 1 else "applied"
                )
            case CommandDecision(verdict=verdict):
                self._settle_command("refused" if verdict == "no" else "allowed")
            case _:
                pass

    # ── text that grows ──────────────────────────────────────────────────────

    def _think(self, text: str) -> None:
        growing = self._document.growing
        if growing is None or not isinstance(growing.block, Reasoning):
            self._close()
            self._thought_since = self._clock()
            self._thought = self._document.open(Reasoning())
        self._document.feed(text)

    def _say(self, text: str) -> None:
        growing = self._document.growing
        if growing is None or not isinstance(growing.block, Answer):
            self._close()
            opened = self._document.open(Answer())
            self._said = self._said or opened
        self._document.feed(text)

    def _correct(self, text: str) -> None:
        """What streamed was not what was meant: everything said in this step becomes `text`."""
        self._drop_call()
        if self._said is not None and self._said in self._document:
            self._document.truncate(self._said)
        self._said = None
        if text.strip():
            self._said = self._append(Answer(text))

    def _close(self) -> None:
        """The growing block is whole; a thought learns how long it took."""

        def known(block: Growing) -> Growing:
            if not isinstance(block, Reasoning):
                return block
            about = len(block.text) // _CHARACTERS_PER_TOKEN
            return replace(block, seconds=self._clock() - self._thought_since, tokens=about)

        self._document.close(known)

    def _count_thought(self, step: StepFinished) -> None:
        counted = step.usage.reasoning_tokens
        if counted is None or self._thought is None or self._thought not in self._document:
            return
        block = self._document.block(self._thought)
        if isinstance(block, Reasoning):
            self._document.replace(self._thought, replace(block, tokens=counted, is_estimate=False))

    # ── tools ────────────────────────────────────────────────────────────────

    def _call_is_written(self, name: str) -> None:
        if self._writing is None:
            self._writing = self._append(ToolEntry("", name or "…", "", "writing"))
        elif name:
            block = self._document.block(self._writing)
            if isinstance(block, ToolEntry) and block.name != name:
                self._document.replace(self._writing, replace(block, name=name))

    def _drop_call(self) -> None:
        """The call that was being written is none after all."""
        writing, self._writing = self._writing, None
        if writing is not None and writing in self._document:
            self._document.truncate(writing)

    def _start_tool(self, event: ToolStarted) -> None:
        entry = ToolEntry(event.call.id, clean_line(event.call.name), clean_line(event.title))
        writing, self._writing = self._writing, None
        if writing is not None and writing in self._document:
            self._document.replace(writing, entry)
            self._tools[event.call.id] = writing
        else:
            self._tools[event.call.id] = self._append(entry)
        if event.repairs:
            self._append(Notice("repaired call: " + clean_line(", ".join(event.repairs))))

    def _finish_tool(self, event: ToolFinished) -> None:
        def finished(entry: ToolEntry) -> ToolEntry:
            output = entry.output or clean(event.text)[:OUTPUT_LIMIT]
            return replace(entry, state=event.state, summary=clean_line(event.summary), output=output)

        self._tool(event.call_id, finished)
        self._tools.pop(event.call_id, None)

    def _tool(self, call_id: str, change: Callable[[ToolEntry], ToolEntry]) -> None:
        block_id = self._tools.get(call_id)
        if block_id is None or block_id not in self._document:
            return
        block = self._document.block(block_id)
        if isinstance(block, ToolEntry):
            self._document.replace(block_id, change(block))

    # ── cards ────────────────────────────────────────────────────────────────

    def _command_card(self, event: CommandPending) -> CommandCard:
        return CommandCard(
            event.request_id,
            clean(event.command),
            clean_line(event.folder),
            event.is_sandboxed,
            clean_line(event.warning),
            keys=self._command_keys,
        )

    def _settle_proposal(self, state: ProposalState, unless: tuple[ProposalState, ...] = ()) -> None:
        card = self._waiting_card()
        if isinstance(card, ProposalCard) and self._card is not None and card.state not in unless:
            self._document.replace(self._card, replace(card, state=state, keys=()))

    def _settle_command(self, state: CommandState) -> None:
        card = self._waiting_card()
        if isinstance(card, CommandCard) and self._card is not None:
            self._document.replace(self._card, replace(card, state=state, keys=()))

    def _waiting_card(self) -> Block | None:
        return self._document.block(self._card) if self._card is not None and self._card in self._document else None

    # ── the end ──────────────────────────────────────────────────────────────

    def _end(self, end: TurnEnded) -> None:
        self._close()
        self._drop_call()
        for call_id in tuple(self._tools):
            self._tool(call_id, lambda entry: replace(entry, state="cancelled"))
        self._tools.clear()
        card = self._waiting_card()
        if isinstance(card, ProposalCard | CommandCard) and card.state == "waiting":
            self._settle_proposal("cancelled")
            self._settle_command("cancelled")
        self._card = None
        match end.outcome:
            case "answered":
                pass
            case "cancelled":
                self._append(CutOff("you stopped it"))
            case "failed":
                if self._said is not None:
                    self._append(CutOff("the server failed"))
                self._append(Notice(clean(str(end.error or "the turn failed")), "error"))
            case "empty":
                self._append(Notice("the model ended without an answer; ask again, or raise the effort", "warning"))
            case "stopped":
                self._append(Notice("the turn was stopped", "warning"))
        self._said = self._thought = None

    def _append(self, block: Block) -> BlockId:
        self._close()
        return self._document.append(block)


def _file_line(change: FileChange) -> FileLine:
    remark = "" if change.operation == "edit" else "new" if change.operation == "create" else change.operation
    path = change.target if change.operation != "move" else f"{change.path} → {change.target}"
    return FileLine(clean_line(path), change.added, change.removed, remark, tuple(map(clean_line, change.warnings)))
