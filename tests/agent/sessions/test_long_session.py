"""Three hundred steps in a 65,536 window, through the real session: room is made, nothing lost, memory flat."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from agent.events import Compacted, TurnEnded
from agent.tokens import TokenCounter
from agent.window import ContextMeter
from backends.errors import WindowOverflow
from backends.events import CallReady, StepEnd, StreamEvent, TextDelta
from backends.types import ChatRequest, JsonObject, ToolCall, ToolResult, Usage, UserMessage
from tests.agent.scripted import ScriptedBackend
from tests.agent.world import World

WINDOW = 65_536
TASK = "count every word in the archive"
MEGABYTE = 1_000_000


class Reader(ScriptedBackend):
    """Reads the archive for `steps` steps, refuses what does not fit its window, and summarises when asked."""

    def __init__(self, steps: int, at_step: Callable[[int], None]) -> None:
        super().__init__(window=WINDOW)
        self.left, self.at_step = steps, at_step
        self.largest = self.asked = self.summaries = 0

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        tokens = ContextMeter(TokenCounter()).measure(request.instructions, request.tools, request.messages).total
        if tokens > WINDOW:
            raise WindowOverflow("The prompt does not fit.", prompt_tokens=tokens, window=WINDOW)
        self.largest = max(self.largest, tokens)
        last = request.messages[-1]
        if isinstance(last, UserMessage) and "write a summary" in last.text:
            self.summaries += 1
            yield TextDelta(f"Read up to line {self.asked}.")
        elif self.asked < self.left:
            self.asked += 1
            self.at_step(self.asked)
            arguments: JsonObject = {"path": "archive.txt", "line_start": self.asked}
            text = f'{{"path": "archive.txt", "line_start": {self.asked}}}'
            yield CallReady(ToolCall(f"c{self.asked}", "open_file", arguments, text))
        else:
            yield TextDelta("All counted.")
        yield StepEnd("stop", Usage(tokens, 0, 10))


async def test_three_hundred_steps_make_room_never_overflow_remember_the_task_and_go_on_after_a_restart(
    world: World,
) -> None:
    (world.root / "archive.txt").write_text("".join(f"line {number} {'word ' * 20}\n" for number in range(800)))
    held: dict[int, int] = {}
    backend = Reader(300, lambda step: held.update({step: tracemalloc.get_traced_memory()[0]}))
    tracemalloc.start(1)
    try:
        async with world.session(backend=backend) as told, aclosing(told.events(TASK)) as stream:
            events = [event async for event in stream if isinstance(event, Compacted | TurnEnded)]
            prompt, kept = told.session.conversation.prompt, told.session.conversation.record
    finally:
        tracemalloc.stop()
    assert events[-1] == TurnEnded("answered", "All counted.")
    reports = [event.report for event in events if isinstance(event, Compacted)]
    assert len(reports) >= 5
    assert all(report.after_tokens < report.before_tokens for report in reports)
    assert backend.largest <= WINDOW
    assert any(TASK in message.text for message in prompt if isinstance(message, UserMessage))
    assert len(kept) == 602

    said = sum(sys.getsizeof(result.text) for result in kept[201:] if isinstance(result, ToolResult))
    assert held[300] - held[100] < said + MEGABYTE, "nothing is held beside the record"

    async with world.again(backend=backend) as told:
        assert told.session.conversation.prompt == prompt
        assert told.session.conversation.record == kept
        assert (await told.turn("go on"))[-1] == TurnEnded("answered", "All counted.")
        assert backend.largest <= WINDOW
