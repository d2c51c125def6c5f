"""Stopping while files are written: the write is finished, recorded and told, and only then the stop counts."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing

import pytest

from agent.edits.disk import Disk
from agent.events import EditsApplied, TurnEvent
from agent.sessions.rewinding import undo
from backends.types import ToolResult
from tests.agent.scripted import answer
from tests.agent.world import Told, World, patch


class HeldDisk(Disk):
    """Holds whoever is about to write the first file until it is let go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.may_go_on = threading.Event()

    def __getattribute__(self, name: str):
        if name == "create" and threading.current_thread() is not threading.main_thread():
            self.reached.set()
            assert self.may_go_on.wait(10)
        return super().__getattribute__(name)


@pytest.fixture
def shop(world: World) -> World:
    (world.root / "shop.py").write_text("one\n")
    return world


async def stopped_while_it_writes(told: Told, work: asyncio.Task[object], cancels: int) -> None:
    disk = told.session.changes.disk
    assert isinstance(disk, HeldDisk)
    assert await asyncio.to_thread(disk.reached.wait, 10)
    for _ in range(cancels):
        work.cancel()
        await asyncio.sleep(0)
    disk.may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await work


@pytest.mark.parametrize("cancels", [1, 3])
async def test_a_patch_that_is_being_written_when_the_turn_is_stopped_is_written_recorded_and_told(
    shop: World, cancels: int
) -> None:
    async with shop.session(patch("shop.py", "one", "two"), answer("Yes.")) as told:
        told.session.changes.disk = HeldDisk()
        events: list[TurnEvent] = []
        await stopped_while_it_writes(told, asyncio.ensure_future(told.turn("change it", events)), cancels)
        assert shop.file("shop.py") == "two\n"
        assert [event.paths for event in events if isinstance(event, EditsApplied)] == [("shop.py",)]
        assert told.session.ledger.changed == ("shop.py",)
        await told.turn("go on")
        result = told.backend.requests[-1].messages[2]
        assert isinstance(result, ToolResult)
        assert result.text.startswith("Applied: shop.py")
    async with shop.again() as told:
        assert told.opened.remarks == ()  # nothing had to be found out from the disk
        assert (await undo(told.session)).paths == ("shop.py",)


async def test_a_turn_that_is_closed_at_the_word_that_files_were_written_tells_the_model_so(shop: World) -> None:
    async with shop.session(patch("shop.py", "one", "two"), answer("Yes.")) as told:
        async with aclosing(told.events("change it")) as events:
            async for event in events:
                if isinstance(event, EditsApplied):
                    break
        await told.turn("go on")
        result = told.backend.requests[-1].messages[2]
        assert isinstance(result, ToolResult)
        assert result.text.startswith("Applied: shop.py")


async def test_an_undo_that_is_cut_off_is_finished_and_recorded(shop: World) -> None:
    async with shop.session(patch("shop.py", "one", "two"), answer("Done.")) as told:
        await told.turn("change it")
        told.session.changes.disk = HeldDisk()
        await stopped_while_it_writes(told, asyncio.ensure_future(undo(told.session)), 1)
        assert shop.file("shop.py") == "one\n"
        assert told.session.ledger.changed == ()
