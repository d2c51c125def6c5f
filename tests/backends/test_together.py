"""Several questions at once: all answers in order, or one error and nobody left behind."""

from __future__ import annotations

import asyncio

import pytest

from backends.errors import Unreachable
from backends.together import together


async def test_the_answers_come_in_the_order_of_the_questions() -> None:
    async def answer(number: int) -> int:
        await asyncio.sleep(0 if number else 0.001)
        return number

    assert await together(answer(number) for number in range(3)) == [0, 1, 2]
    assert await together(answer(number) for number in ()) == []


async def test_when_one_fails_the_others_have_ended_before_its_error_is_raised() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waits")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise Unreachable("nobody is there")

    with pytest.raises(Unreachable):
        await together([waits(), fails()])
    assert ended == ["waits"]
