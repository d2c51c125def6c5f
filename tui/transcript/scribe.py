"""Writes down a turn: its events, as they come, become blocks of the document.

Knows the agent's events and the document; no widget, and nothing of how a block looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from agent import events
from agent.decisions import AnswerNow, CommandDecision, Decision, NoPermission, ReviewDecision, Steer
from tui.text import clean, clean_line
from tui.transcript import blocks
from tui.transcript.blocks import Answer, CutOff, Growing, KeyHint, Prompt, Reasoning
from tui.transcript.calls import Calls
from tui.transcript.document import BlockId, Document
from tui.transcript.telling import compaction_mark, error_notice

CHARACTERS_PER_TOKEN = 4
"""For the estimate of a thought's tokens, until the server counted them."""


class Scribe:
    """Turns events into blocks. `show` takes the events of a turn in order, `decided` what the person answered."""

    def __init__(
        self,
        document: Document,
        *,
        proposal_keys: tuple[KeyHint, ...] = (),
        command_keys: tuple[KeyHint, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._document = document
        self._clock = clock
        self._calls = Calls(document, proposal_keys, command_keys)
        self._thinking_since = 0.0
        self._step_starts_at = 0
        self._step_answer: BlockId | None = None
        self._step_thoughts: list[BlockId] = []

    def show(self, event: events.TurnEvent) -> None:
        """Write one event down. Text is only stored; drawing is the view's business."""
        match event:
            case events.TextDelta(text):
                self._answer(text)
            case events.ReasoningDelta(text):
                self._think(text)
            case events.CallProgress():
                self._close()
                self._calls.progress(event)
            case events.ToolOutput():
                self._calls.wrote(event)
            case events.Waiting():
                pass
            case events.TurnStarted(prompt):
                self._close()
                self._document.append(Prompt(clean(prompt)))
            case events.StepStarted():
                self._begin_step()
            case events.StepFinished():
                self._finish_step(event)
            case events.TextCorrected(text):
                self._correct(text)
            case events.CallRejected():
                self._close()
                self._calls.rejected(event)
            case events.Resampled(reason, attempt):
                self._resample(reason, attempt)
            case events.Compacted(report):
                self._close()
                self._document.append(compaction_mark(report))
            case events.ToolStarted():
                self._start_call(event)
            case events.ToolFinished():
                self._calls.finished(event)
            case events.ProposalReady():
                self._close()
                self._calls.proposed(event)
            case events.EditsApplied():
                self._calls.applied(event)
            case events.CommandPending():
                self._close()
                self._calls.asks(event)
            case events.Notice(text, level):
                self._note(text, level)
            case events.TurnEnded():
                self._end(event)
            case _:
                assert_never(event)

    def decided(self, decision: Decision) -> None:
        """What the person told the turn, at once and before the turn reacts."""
        match decision:
            case ReviewDecision():
                self._calls.reviewed(decision)
            case CommandDecision():
                self._calls.answered(decision)
            case Steer(text):
                self._close()
                self._document.append(Prompt(clean(text)))
            case AnswerNow():
                self._note("asked to stop thinking and answer")
            case NoPermission():  # only said where nobody is asked
                self._note(decision.words)
            case _:
                assert_never(decision)

    # ── text that grows ──────────────────────────────────────────────────────

    def _answer(self, text: str) -> None:
        growing = self._document.growing
        if growing is None or not isinstance(growing.block, Answer):
            if not text.strip():
                return
            self._close()
            block_id = self._document.open(Answer())
            if self._step_answer is None:
                self._step_answer = block_id
        self._document.feed(clean(text))

    def _think(self, text: str) -> None:
        growing = self._document.growing
        if growing is None or not isinstance(growing.block, Reasoning):
            if not text.strip():
                return
            self._close()
            self._thinking_since = self._clock()
            self._step_thoughts.append(self._document.open(Reasoning()))
        self._document.feed(clean(text))

    def _close(self) -> None:
        """What grew is whole; a thought is counted."""
        self._document.close(self._counted)

    def _counted(self, block: Growing) -> Growing:
        if isinstance(block, Answer):
            return block
        tokens = -(-len(block.text) // CHARACTERS_PER_TOKEN)
        return replace(block, seconds=self._clock() - self._thinking_since, tokens=tokens)

    # ── steps ────────────────────────────────────────────────────────────────

    def _begin_step(self) -> None:
        self._close()
        self._step_starts_at = len(self._document)
        self._step_answer = None
        self._step_thoughts = []

    def _finish_step(self, event: events.StepFinished) -> None:
        """The server's own count of a thought takes the place of the estimate, where there is one thought to count."""
        self._close()
        tokens = event.usage.reasoning_tokens
        if not tokens or len(self._step_thoughts) != 1 or self._step_thoughts[0] not in self._document:
            return
        thought = self._document.block(self._step_thoughts[0])
        if isinstance(thought, Reasoning):
            self._document.replace(self._step_thoughts[0], replace(thought, tokens=tokens, is_estimate=False))

    def _correct(self, text: str) -> None:
        """The step's text is another after all: what was shown of it goes."""
        first, self._step_answer = self._step_answer, None
        if first is not None and first in self._document:
            self._document.truncate(first)
        self._answer(text)

    def _resample(self, reason: str, attempt: int) -> None:
        """The malformed sample is no part of the conversation, so it leaves the screen too."""
        self._close()
        if self._step_starts_at < len(self._document):
            self._document.truncate(self._document[self._step_starts_at].id)
        self._note(f"asked again ({attempt}): {reason}")

    def _start_call(self, event: events.ToolStarted) -> None:
        self._close()
        self._calls.started(event)
        if event.repairs:
            self._note(f"the call was mended: {', '.join(event.repairs)}")

    # ── the end, and remarks ─────────────────────────────────────────────────

    def _end(self, event: events.TurnEnded) -> None:
        is_partial = self._document.growing is not None
        self._close()
        self._calls.abandoned()
        match event.outcome:
            case "answered":
                pass
            case "cancelled" if is_partial:
                self._document.append(CutOff("stopped by you"))
            case "cancelled":
                self._note("stopped by you")
            case "failed":
                if is_partial:
                    self._document.append(CutOff("what stands above is not whole"))
                if event.error is not None:
                    self._document.append(error_notice(event.error))
                else:
                    self._note("the turn failed; nothing more is known", "error")
            case "empty":
                self._note("The model ended twice without an answer.\n→ Ask again, or raise the effort.", "warning")
            case "stopped":
                self._note("The turn was stopped before an answer: the model did not get on.\n→ Say it in other words.")
            case _:
                assert_never(event.outcome)

    def _note(self, text: str, level: blocks.Level = "info") -> None:
        """A quiet line; what grows goes on below it in a block of its own."""
        self._close()
        self._document.append(blocks.Notice("\n".join(map(clean_line, text.split("\n"))), level))
