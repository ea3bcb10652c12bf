"""Keeps a long-running part of the HTTP process running through outages, and says so once on each side of one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

log = logging.getLogger(__name__)

BACKOFF_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts; the last one repeats."""
WELL_AFTER_S: Final = 5.0
"""A part that ran for so long has recovered; its next failure is a new one."""


async def keep_running(name: str, part: Callable[[], Awaitable[None]]) -> None:
    """Run until cancelled; `part` is started again after whatever it raises.

    Only the first failure in a row and the recovery are logged; the failure with its traceback when it is no outage
    but a defect of ours.
    """
    failures = 0

    def recovered() -> None:
        nonlocal failures
        log.info("%s goes on", name)
        failures = 0

    while True:
        recovery = asyncio.get_running_loop().call_later(WELL_AFTER_S, recovered) if failures else None
        try:
            await part()
        except Exception as error:
            if failures == 0:
                outage = isinstance(error, OSError | TimeoutError) or type(error).__module__.startswith("redis.")
                log.warning(
                    "%s is interrupted, trying on: %s", name, error or type(error).__name__, exc_info=not outage
                )
        finally:
            if recovery is not None:
                recovery.cancel()
        await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
        failures += 1
