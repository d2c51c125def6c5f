"""What streams waits a moment for a key, and for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import cast

import pytest

from agent.decisions import Inbox
from agent.events import TurnEvent
from backends.events import TextDelta
from tui.conversation.courtesy import KEY_SECONDS, Courtesy
from tui.conversation.turns import Talk, Turns


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_waits_before_a_key_was_pressed() -> None:
    assert Courtesy(Clock()).seconds() == 0


def test_after_a_key_what_streams_waits_until_it_is_on_the_screen() -> None:
    clock = Clock()
    courtesy = Courtesy(clock)
    courtesy.key_pressed()
    assert courtesy.seconds() == pytest.approx(KEY_SECONDS)
    clock.now += KEY_SECONDS / 2
    assert courtesy.seconds() == pytest.approx(KEY_SECONDS / 2)
    clock.now += KEY_SECONDS
    assert courtesy.seconds() == 0


class Chatter:
    """A partner whose turn is these pieces of an answer."""

    def __init__(self, *pieces: str) -> None:
        self._pieces = pieces

    async def turn(self, prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        for piece in self._pieces:
            yield TextDelta(piece)


@pytest.mark.parametrize(
    ("keys", "expected"), [pytest.param(0, [], id="no key"), pytest.param(1, [KEY_SECONDS] * 2, id="a key")]
)
async def test_the_events_of_a_turn_give_way_to_a_key(
    keys: int, expected: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr("tui.conversation.turns.asyncio.sleep", wait)
    monkeypatch.setattr("tui.conversation.turns.SLICE_SECONDS", 60)
    courtesy = Courtesy(Clock())
    for _ in range(keys):
        courtesy.key_pressed()
    shown: list[TurnEvent] = []
    turns = Turns(shown.append, lambda _: None, lambda _: None, courtesy=courtesy)
    await turns.run(cast(Talk, Chatter("a", "b")), "hello")
    assert shown == [TextDelta("a"), TextDelta("b")]
    assert waits == pytest.approx(expected)
