"""Runs something beside a block of code, for exactly as long as the block runs."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager


@asynccontextmanager
async def beside(part: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Cancel `part` when the block ends; end the block when `part` fails.

    Raises what went wrong first as it is, not as a group: it may be a refusal with a code.
    """
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(part)
            try:
                yield
            finally:
                task.cancel()
    except BaseExceptionGroup as failures:
        raise _first(failures) from None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
