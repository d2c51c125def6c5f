"""Turn events become blocks, what waits is settled when it is decided, and nothing acts on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.compaction import Report
from agent.decisions import AnswerNow, CommandDecision, CommandVerdict, ReviewDecision, Steer
from agent.edits.proposal import FileChange, FileReview, Hunk, HunkReview, Proposal, Review, review_all
from agent.events import (
    CallProgress,
    CallRejected,
    CommandPending,
    Compacted,
    ContextUse,
    EditsApplied,
    ProposalReady,
    ReasoningDelta,
    Resampled,
    StepFinished,
    StepStarted,
    StepTiming,
    TextCorrected,
    TextDelta,
    TokenCount,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    ToolState,
    TurnEnded,
    TurnEvent,
    TurnOutcome,
    TurnStarted,
)
from agent.events import Notice as NoticeEvent
from backends.errors import StreamCut
from backends.types import ToolCall, Usage, Window
from tests.tui.payloads import ESCAPES
from tui.transcript.blocks import (
    Answer,
    Block,
    CommandCard,
    CompactionMark,
    CutOff,
    KeyHint,
    Notice,
    Prompt,
    ProposalCard,
    Reasoning,
    ToolEntry,
    source_of,
)
from tui.transcript.document import Document
from tui.transcript.scribe import Scribe

CONTEXT = ContextUse(TokenCount(10), Window(65_536), 1, 2, 3, 4)
CHANGE = FileChange("a.py", "a.py", b"x\n", b"y\n", (Hunk(0, ("x\n",), 0, ("y\n",)),), ("a link",))
NEW = FileChange("b.py", "b.py", None, b"z\n", (Hunk(0, (), 0, ("z\n",)),))
PROPOSAL = Proposal("p1", (CHANGE, NEW))
PATCH = ToolCall("c1", "apply_patch", {}, "{}")
EXEC = ToolCall("c1", "exec", {}, "{}")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def finished(reasoning_tokens: int | None = None) -> StepFinished:
    return StepFinished(1, Usage(reasoning_tokens=reasoning_tokens), StepTiming(1, 0.1, 0.9), CONTEXT, 0)


def written(*events: TurnEvent) -> list[Block]:
    document = Document()
    scribe = Scribe(document)
    for event in events:
        scribe.show(event)
    return shown(document)


def shown(document: Document) -> list[Block]:
    document.catch_up()
    document.close()
    return [entry.block for entry in document]


# ── text ─────────────────────────────────────────────────────────────────────


def test_a_plain_turn_is_a_prompt_and_an_answer() -> None:
    events = (TurnStarted("hi"), StepStarted(1, CONTEXT), TextDelta("he"), TextDelta("llo"), finished())
    assert written(*events, TurnEnded("answered")) == [Prompt("hi"), Answer("hello")]


def test_white_space_before_a_call_is_no_answer() -> None:
    assert written(StepStarted(1, CONTEXT), TextDelta("\n\n"), ToolStarted(EXEC, "make"))[0] == ToolEntry(
        "c1", "exec", "make"
    )


def test_a_thought_is_timed_and_its_tokens_are_an_estimate() -> None:
    document, clock = Document(), Clock()
    scribe = Scribe(document, clock=clock)
    scribe.show(ReasoningDelta("0123456"))
    clock.now = 6.0
    scribe.show(TextDelta("so"))
    assert shown(document)[0] == Reasoning("0123456", 6.0, 2, is_estimate=True)


def test_the_server_s_count_takes_the_place_of_the_estimate() -> None:
    (thought,) = written(StepStarted(1, CONTEXT), ReasoningDelta("hm"), finished(412))
    assert isinstance(thought, Reasoning)
    assert (thought.tokens, thought.is_estimate) == (412, False)


def test_corrected_text_takes_the_place_of_what_was_shown() -> None:
    events = (StepStarted(1, CONTEXT), TextDelta("let me <call"), CallProgress("exec", "{"), TextCorrected("let me"))
    assert written(*events) == [Answer("let me")]


def test_a_malformed_sample_leaves_the_screen_when_it_is_asked_for_again() -> None:
    rejected = CallRejected("not_json", "the arguments are no JSON", "{oops", "exec")
    events = (StepStarted(1, CONTEXT), ReasoningDelta("hm"), TextDelta("well"), rejected)
    assert written(*events)[-1] == ToolEntry("", "exec", "", "failed", "the arguments are no JSON", "{oops")
    assert written(TurnStarted("hi"), *events, Resampled("no JSON", 1)) == [
        Prompt("hi"),
        Notice("asked again (1): no JSON"),
    ]


def test_a_compaction_that_saved_nothing_does_not_say_that_it_did() -> None:
    (mark,) = written(Compacted(Report(251_200, 250_980, 0, 1, 2, "")))
    assert isinstance(mark, CompactionMark)
    assert mark.text == "conversation hardly got shorter: 251k tokens · 1 message summarised"


def test_a_compaction_says_by_how_much_and_keeps_the_summary() -> None:
    (mark,) = written(Compacted(Report(52_100, 21_000, 3, 14, 2, "what was done")))
    assert isinstance(mark, CompactionMark)
    assert mark.text == "conversation shortened: 52.1k → 21.0k tokens · 14 messages summarised · 3 outputs trimmed"
    assert mark.summary == "what was done"


# ── calls ────────────────────────────────────────────────────────────────────


def test_a_call_that_is_being_written_becomes_the_call() -> None:
    writing = (CallProgress("", '{"'), CallProgress("exec", "command"))
    assert written(*writing) == [ToolEntry("", "exec", "", "writing")]
    assert written(*writing, ToolStarted(EXEC, "make test")) == [ToolEntry("c1", "exec", "make test")]


def test_the_lines_of_a_long_call_are_counted_while_it_is_written() -> None:
    (entry,) = written(*[CallProgress("apply_patch", "+line\\n")] * 34)
    assert isinstance(entry, ToolEntry)
    assert entry.summary == "34 lines"


def test_a_mended_call_is_told() -> None:
    assert written(ToolStarted(EXEC, "make", ("closed a string",)))[1] == Notice("the call was mended: closed a string")


@pytest.mark.parametrize("state", ["done", "failed", "rejected", "cancelled"])
def test_a_finished_call_keeps_what_the_model_was_told(state: ToolState) -> None:
    (entry,) = written(ToolStarted(EXEC, "make"), ToolFinished("c1", state, "all the output", "exit 0"))
    assert entry == ToolEntry("c1", "exec", "make", state, "exit 0", "all the output")


def test_live_output_is_kept_when_the_call_is_over() -> None:
    events = (ToolStarted(EXEC, "make"), ToolOutput("c1", "one\n"), ToolOutput("c1", "two\n"))
    (running,) = written(*events)
    assert source_of(running) == "one\ntwo\n"
    (done,) = written(*events, ToolFinished("c1", "done", "[exit code 0]\none\ntwo", "exit 0"))
    assert source_of(done) == "one\ntwo\n"


def test_output_of_an_unknown_call_is_dropped() -> None:
    assert written(ToolOutput("nobody", "x"), ToolFinished("nobody", "done", "x")) == []


# ── what waits ───────────────────────────────────────────────────────────────


def proposing(*after: TurnEvent, review: Review | None = None) -> ProposalCard:
    document = Document()
    scribe = Scribe(document, proposal_keys=(KeyHint("⏎", "review"),))
    scribe.show(ToolStarted(PATCH, "a.py, b.py"))
    scribe.show(ProposalReady("c1", PROPOSAL))
    if review is not None:
        scribe.decided(ReviewDecision("p1", review))
    for event in after:
        scribe.show(event)
    card = shown(document)[0]
    assert isinstance(card, ProposalCard)
    return card


def test_a_proposal_takes_the_place_of_its_call_and_names_its_files() -> None:
    card = proposing()
    assert [(file.path, file.added, file.removed, file.remark) for file in card.files] == [
        ("a.py", 1, 1, ""),
        ("b.py", 1, 0, "new"),
    ]
    assert card.files[0].warnings == ("a link",)
    assert card.keys == (KeyHint("⏎", "review"),)
    assert card.state == "waiting"


PARTLY = Review((review_all(PROPOSAL, "accept").files[0], review_all(PROPOSAL, "reject").files[1]))
EDITED = Review(tuple(FileReview(path, (HunkReview("accept", ("other\n",)),)) for path in ("a.py", "b.py")))
WRITTEN = EditsApplied("c1", ("a.py",), "u1")


@pytest.mark.parametrize(
    ("review", "after", "state"),
    [
        pytest.param(review_all(PROPOSAL, "accept"), [], "writing", id="approved, not on disk yet"),
        pytest.param(review_all(PROPOSAL, "accept"), [WRITTEN], "applied", id="applied"),
        pytest.param(PARTLY, [WRITTEN, ToolFinished("c1", "done", "")], "partly", id="applied in part"),
        pytest.param(EDITED, [WRITTEN], "partly", id="applied as edited"),
        pytest.param(review_all(PROPOSAL, "reject"), [], "rejected", id="rejected"),
        pytest.param(review_all(PROPOSAL, "accept"), [ToolFinished("c1", "failed", "gone")], "failed", id="failed"),
        pytest.param(None, [TurnEnded("cancelled")], "cancelled", id="cancelled while it waits"),
        pytest.param(review_all(PROPOSAL, "accept"), [TurnEnded("cancelled")], "interrupted", id="while it is written"),
    ],
)
def test_a_proposal_says_what_became_of_it(review: Review | None, after: Sequence[TurnEvent], state: str) -> None:
    assert proposing(*after, review=review).state == state


def test_a_proposal_that_could_not_be_applied_says_why() -> None:
    failed = ToolFinished("c1", "failed", "Nothing was changed. a.py is another file now.", "nothing was changed")
    assert proposing(failed, review=review_all(PROPOSAL, "accept")).remark == failed.text


def asking(command: str, verdict: CommandVerdict | None, *after: TurnEvent) -> Block:
    document = Document()
    scribe = Scribe(document)
    scribe.show(ToolStarted(EXEC, "make test"))
    scribe.show(CommandPending("r1", "c1", command, "/w", is_sandboxed=False, warning="deletes files"))
    if verdict is not None:
        scribe.decided(CommandDecision("r1", verdict))
    for event in after:
        scribe.show(event)
    return shown(document)[0]


def test_a_command_waits_as_a_card_and_is_a_line_again_when_decided() -> None:
    assert asking("make test", None) == CommandCard("r1", "make test", "/w", False, "deletes files")
    assert asking("make test", "once") == ToolEntry("c1", "exec", "make test", "running")
    assert asking("make test", "no") == ToolEntry("c1", "exec", "make test", "rejected")
    assert asking("make test", None, TurnEnded("cancelled")) == ToolEntry("c1", "exec", "make test", "cancelled")


def test_a_command_that_its_line_cannot_hold_stands_above_its_output() -> None:
    entry = asking("make\ntest", "once", ToolOutput("c1", "ok\n"), ToolFinished("c1", "done", "ok", "exit 0"))
    assert source_of(entry) == "$ make\ntest\nok\n"


def test_the_characters_that_hide_in_a_command_are_counted() -> None:
    card = asking("rm \u202etxt.a\u200b", None)
    assert isinstance(card, CommandCard)
    assert card.command == "rm ⟨U+202E⟩txt.a⟨U+200B⟩"
    assert "2 characters in it cannot be seen" in card.warning


# ── the end ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("cancelled", "stopped by you"), ("empty", "without an answer"), ("stopped", "stopped before an answer")],
)
def test_a_turn_without_an_answer_says_why(outcome: TurnOutcome, words: str) -> None:
    (note,) = written(TurnEnded(outcome))
    assert isinstance(note, Notice)
    assert words in note.text


def test_text_that_was_cut_off_is_marked() -> None:
    assert written(TextDelta("half a sen"), TurnEnded("cancelled")) == [Answer("half a sen"), CutOff("stopped by you")]


def test_an_error_is_told_in_three_parts() -> None:
    error = StreamCut("The answer broke off.", server_words="EOF\x1b[2J", next_step="Ask again.")
    _, mark, note = written(TextDelta("half"), TurnEnded("failed", error=error))
    assert isinstance(mark, CutOff)
    assert isinstance(note, Notice)
    assert note == Notice("The answer broke off.\nthe server said: EOF␛[2J\n→ Ask again.", "error")


def test_what_the_person_adds_is_shown() -> None:
    document = Document()
    scribe = Scribe(document)
    scribe.show(TextDelta("so"))
    scribe.decided(Steer("use the store"))
    scribe.decided(AnswerNow())
    assert shown(document)[:2] == [Answer("so"), Prompt("use the store")]


def test_a_conversation_that_was_cleared_meanwhile_stays_cleared() -> None:
    document = Document()
    scribe = Scribe(document)
    events = (CallProgress("exec", "{"), ToolStarted(PATCH, "a"), ProposalReady("c1", PROPOSAL), ReasoningDelta("hm"))
    for event in events:
        scribe.show(event)
    document.clear()
    scribe.decided(ReviewDecision("p1", review_all(PROPOSAL, "accept")))
    for event in (WRITTEN, ToolOutput("c1", "x"), finished(3), ToolFinished("c1", "done", "x"), TurnEnded("answered")):
        scribe.show(event)
    assert shown(document) == []


# ── outside text ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("payload", ESCAPES)
def test_no_escape_sequence_comes_in_with_an_event(payload: str) -> None:
    call = ToolCall("c1", payload, {}, "{}")
    change = FileChange(payload, payload + "x", b"", b"", (), (payload,))
    error = StreamCut(payload, server_words=payload, next_step=payload)
    blocks = [
        *written(TurnStarted(payload), TextDelta("a" + payload), ReasoningDelta("a" + payload), TextDelta(payload)),
        *written(CallProgress(payload, payload)),
        *written(CallRejected("not_json", payload, payload, payload), Resampled(payload, 1)),
        *written(ToolStarted(call, payload, (payload,)), ToolOutput("c1", payload)),
        *written(ToolStarted(call, payload), ToolFinished("c1", "failed", payload, payload)),
        *written(ProposalReady(payload, Proposal(payload, (change,)))),
        *written(CommandPending(payload, payload, payload, payload, False, payload)),
        *written(Compacted(Report(2, 1, 1, 1, 1, payload)), NoticeEvent(payload)),
        *written(TurnEnded("failed", error=error)),
    ]
    assert len(blocks) >= 12
    for block in blocks:
        assert not any(char in repr(block) for char in ("\\x1b", "\\x07", "\\x08", "\\x9d", "\\x9b", "\\x7f", "\\r"))
