"""Several questions at once, as one: none of them is left behind when another fails."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from backends.opening import ended

Result = TypeVar("Result")


async def together(questions: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results in order. The first error is raised when the other questions have let go of their connections."""
    tasks = [asyncio.create_task(question) for question in questions]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            await ended(task)
