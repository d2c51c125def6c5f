"""What the models of a session wrote badly is counted for each of them, and known again when the session goes on."""

from __future__ import annotations

from dataclasses import replace

from agent.calls import CallCounts
from backends.events import CallReady, CallRejected, StepEnd
from backends.types import ToolCall
from tests.agent.scripted import Step, answer, call
from tests.agent.world import PROFILE, World

MENDED: Step = [CallReady(ToolCall("c", "print_tree", {}, "{}"), ("name: stripped",)), StepEnd("tool_call")]
LOST: Step = [CallRejected("not_json", "no object", "{"), StepEnd("tool_call")]
OTHER = replace(PROFILE, name="other", model="n")


async def test_repairs_and_new_samples_are_counted_for_the_model_that_needed_them(world: World) -> None:
    async with world.session(LOST, LOST, MENDED, answer("A."), call("print_tree"), answer("B.")) as told:
        await told.turn("one")
        await told.session.switch(OTHER)
        await told.turn("two")
        assert told.session.calls.by_model == (("m", CallCounts(1, 1, 2)), ("n", CallCounts(1, 0, 0)))


async def test_a_session_that_goes_on_knows_its_counts(world: World) -> None:
    async with world.session(LOST, MENDED, answer("A.")) as told:
        await told.turn("one")
    async with world.again(MENDED, answer("B.")) as told:
        await told.turn("two")
        assert told.session.calls.of("m") == CallCounts(2, 2, 1)


async def test_a_turn_without_a_call_counts_nothing(world: World) -> None:
    async with world.session(answer("Hello.")) as told:
        await told.turn("hello")
        assert told.session.calls.by_model == ()
