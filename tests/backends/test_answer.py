"""A streaming answer without a socket: how large it may grow, how long it may be silent, and how it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from time import monotonic

import pytest

from backends.answer import Answer, Limits
from backends.errors import Stalled, StreamCut, UnexpectedAnswer


async def _body(*pieces: bytes, broken: bool = False) -> AsyncGenerator[bytes, None]:
    for piece in pieces:
        yield piece
    if broken:
        raise StreamCut("it broke")


async def _silence() -> AsyncGenerator[bytes, None]:
    yield b"begun"
    await asyncio.Event().wait()


def _answer(body: AsyncGenerator[bytes, None], limits: Limits | None = None, patience: float = 600) -> Answer:
    return Answer({}, body, "the server", limits or Limits(), monotonic() + patience)


@pytest.mark.parametrize("label", ["text/event-stream", "Text/Event-Stream; charset=utf-8"])
def test_the_kind_of_a_body_is_its_label_without_parameters(label: str) -> None:
    assert Answer({"content-type": label}, _body(), "the server", Limits(), 0).content_type == "text/event-stream"


async def test_pieces_come_as_they_arrived() -> None:
    assert [piece async for piece in _answer(_body(b"a", b"", b"bc")).pieces()] == [b"a", b"", b"bc"]


async def test_an_answer_that_breaks_is_shown_until_then() -> None:
    pieces = _answer(_body(b"a", broken=True)).pieces()
    assert await anext(pieces) == b"a"
    with pytest.raises(StreamCut):
        await anext(pieces)


@pytest.mark.parametrize("size", [4, 5])
async def test_an_answer_ends_where_it_grows_over_its_limit(size: int) -> None:
    pieces = _answer(_body(b"12", b"3" * (size - 2)), Limits(turn_body=4)).pieces()
    assert await anext(pieces) == b"12"
    if size == 4:
        assert await anext(pieces) == b"33"
    else:
        with pytest.raises(UnexpectedAnswer, match="larger than"):
            await anext(pieces)


async def test_silence_after_something_that_meant_nothing_ends_at_the_limit_of_the_beginning() -> None:
    with pytest.raises(Stalled) as stalled:
        [piece async for piece in _answer(_silence(), Limits(first_byte=7, idle=9), patience=0.02).pieces()]
    assert stalled.value.seconds == 7


async def test_silence_after_a_touch_ends_at_the_idle_limit() -> None:
    answer = _answer(_silence(), Limits(first_byte=7, idle=0.02))
    pieces = answer.pieces()
    await anext(pieces)
    answer.touch()
    with pytest.raises(Stalled) as stalled:
        await anext(pieces)
    assert stalled.value.seconds == 0.02


async def test_a_body_that_never_makes_anybody_wait_stalls_all_the_same() -> None:
    with pytest.raises(Stalled):
        await anext(_answer(_body(b"drip"), patience=-1).pieces())


# ── the one timer of an answer ───────────────────────────────────────────────


@dataclass
class Timers:
    """Those that were set, with the moment of each; they ring when they are told to. `now` is what the clock says."""

    now: float
    rings: list[tuple[float, Callable[[], None]]] = field(default_factory=list[tuple[float, Callable[[], None]]])

    def call_at(self, when: float, ring: Callable[[], None]) -> asyncio.TimerHandle:
        self.rings.append((when, ring))
        return asyncio.TimerHandle(when, ring, (), asyncio.get_running_loop())


@pytest.fixture
async def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    timers = Timers(monotonic())
    monkeypatch.setattr(asyncio.get_running_loop(), "call_at", timers.call_at)
    monkeypatch.setattr("backends.answer.monotonic", lambda: timers.now)
    return timers


async def _read(answer: Answer) -> None:
    """All of it, and every piece means something."""
    async for _ in answer.pieces():
        answer.touch()


async def _waits(reading: asyncio.Task[None]) -> bool:
    for _ in range(5):  # turns of the loop, more than it takes to come to the silence
        await asyncio.sleep(0)
    return not reading.done()


async def test_a_flood_of_pieces_sets_no_timer_for_each(timers: Timers) -> None:
    await _read(_answer(_body(*[b"x"] * 1_000)))
    assert [round(when - timers.now) for when, _ in timers.rings] == [600, 120]


async def test_a_timer_that_rings_before_the_deadline_waits_for_the_rest_of_it(timers: Timers) -> None:
    reading = asyncio.create_task(_read(_answer(_silence(), Limits(idle=700))))
    assert await _waits(reading)
    begun, ring = timers.rings.pop()
    assert begun == pytest.approx(timers.now + 600, abs=5)
    timers.now += 650
    ring()
    assert await _waits(reading)
    (again, ring), started = timers.rings.pop(), timers.now - 650
    assert again == started + 700
    timers.now = again
    ring()
    with pytest.raises(Stalled):
        await reading


async def test_a_reader_that_is_stopped_did_not_stall(timers: Timers) -> None:
    reading = asyncio.create_task(_read(_answer(_silence())))
    assert await _waits(reading)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_a_timer_that_rings_while_nobody_reads_ends_nothing(timers: Timers) -> None:
    answer = _answer(_body(b"a", b"b"))
    pieces = answer.pieces()
    assert await anext(pieces) == b"a"
    answer.touch()
    timers.now += 700
    timers.rings.pop()[1]()
    answer.touch()
    assert await anext(pieces) == b"b"
