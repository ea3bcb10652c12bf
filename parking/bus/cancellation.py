"""Keeps a cancellation that a lower layer lost.

Before Python 3.12 `asyncio.wait_for`, which the Redis client uses around every send, drops a cancellation that meets
the end of its wait, and a task group whose parts fail while it is cancelled reports the failures instead. A loop that
is to be stopped by cancelling asks here once a round.
"""

import asyncio


def still_wanted() -> None:
    """Raises CancelledError when the present task has been asked to stop."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
