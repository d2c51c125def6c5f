"""The conversation as it is and as it is recalled from what was kept: the same prompt, whatever happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.conversation import Conversation
from agent.record.entries import Entry, Said, TurnClosed, from_json, to_json
from agent.record.past import recall
from backends.types import AssistantMessage, Message, ToolCall, ToolResult, UserMessage


@dataclass
class Life:
    """A conversation with everything that it handed out to be kept."""

    kept: list[Entry] = field(default_factory=list[Entry])
    talk: Conversation = field(init=False)
    turns: int = 0

    def __post_init__(self) -> None:
        self.talk = Conversation(keep=self.kept.append)

    def turn(self, steps: int, shortened_at: int, is_closed: bool) -> None:
        self.turns += 1
        self.talk.begin_turn(f"prompt {self.turns}")
        for number in range(steps):
            call = ToolCall(f"c{number}", "search", {}, "{}")
            self.talk.append(AssistantMessage("", f"thought {number}", call))
            self.talk.append(ToolResult(call.id, call.name, f"result {number}"))
            if number == shortened_at:
                self.talk.shorten((UserMessage(f"short {self.turns}"), *self.talk.prompt[-2:]))
        self.talk.append(AssistantMessage("answer", "hm"))
        if is_closed:
            self.talk.end_turn()
            self.kept.append(TurnClosed("answered"))

    def recalled(self) -> Conversation:
        return Conversation(recall([from_json(to_json(entry)) for entry in self.kept]))


TURN = st.tuples(st.integers(0, 4), st.integers(-1, 3))
EVENT = st.one_of(
    TURN.map(lambda turn: ("turn", turn)),
    st.just(("shorten", (0, 0))),
    st.just(("lengthen", (0, 0))),
    st.integers(0, 12).map(lambda at: ("rewind", (at, 0))),
)


@given(st.lists(EVENT, max_size=12), st.booleans())
@settings(max_examples=300, deadline=None)
def test_what_is_recalled_is_what_was(events: list[tuple[str, tuple[int, int]]], ends_in_a_kill: bool) -> None:
    life = Life()
    for kind, (first, second) in events:
        match kind:
            case "turn":
                life.turn(first, second, is_closed=True)
            case "shorten":
                life.talk.shorten((UserMessage("shorter"),))
            case "lengthen":
                life.talk.lengthen()
            case _:
                starts = [at for at, message in enumerate(life.talk.record) if isinstance(message, UserMessage)]
                if starts:
                    life.talk.rewind(starts[first % len(starts)])
    if ends_in_a_kill:
        life.turn(2, 0, is_closed=False)
    recalled = life.recalled()
    assert recalled.record == life.talk.record
    assert recalled.prompt == life.talk.prompt


def said(talk: Conversation) -> list[str]:
    return [message.text for message in talk.prompt]


def test_a_rewind_before_a_shortening_brings_the_whole_beginning_back() -> None:
    life = Life()
    life.turn(0, -1, is_closed=True)
    life.turn(0, -1, is_closed=True)
    life.talk.shorten((UserMessage("short"),))
    life.turn(0, -1, is_closed=True)
    life.talk.rewind(2)
    assert said(life.talk) == ["prompt 1", "answer"]
    assert not life.talk.lengthen()


def test_a_rewind_after_a_shortening_stays_short() -> None:
    life = Life()
    life.turn(0, -1, is_closed=True)
    life.talk.shorten((UserMessage("short"),))
    life.turn(0, -1, is_closed=True)
    life.talk.rewind(2)
    assert said(life.talk) == ["short"]
    assert life.talk.lengthen()
    assert said(life.talk) == ["prompt 1", "answer"]


def test_a_result_without_its_call_and_a_call_without_its_result_never_reach_a_server() -> None:
    call = ToolCall("c", "search", {}, "{}")
    lost: list[Message] = [
        ToolResult("x", "search", "of nobody"),
        UserMessage("a"),
        AssistantMessage("", "", call),
        UserMessage("b"),
        ToolResult("c", "search", "too late"),
    ]
    talk = Conversation(recall([*map(Said, lost), TurnClosed("answered")]))
    kinds = [type(message).__name__ for message in talk.prompt]
    assert kinds == ["UserMessage", "AssistantMessage", "ToolResult", "UserMessage"]
