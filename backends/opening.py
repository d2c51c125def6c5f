"""A request on its way: until its answer begins, which may take minutes, something else can be asked and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeVar

from backends.answer import Answer

Result = TypeVar("Result")


@asynccontextmanager
async def opening(stream: AbstractAsyncContextManager[Answer]) -> AsyncGenerator[asyncio.Task[Answer], None]:
    """The task that ends when the head of the answer has arrived. Leaving the block ends it and closes the answer."""
    async with AsyncExitStack() as stack:
        task = asyncio.create_task(stack.enter_async_context(stream))
        try:
            yield task
        finally:
            await ended(task)


async def ended(task: asyncio.Task[Result]) -> None:
    """Cancel a task if it still runs, and wait until it let go of its connection."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
