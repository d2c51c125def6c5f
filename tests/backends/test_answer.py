"""A streaming answer without a socket: how large it may grow, how long it may be silent, and how it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
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
