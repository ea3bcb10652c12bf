"""The worker process: runs the chosen roles until it is told to stop, and then stops in order."""

import asyncio
import signal
from collections.abc import Collection
from typing import Final

from api.bootstrap.working import Working
from api.settings import Settings

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


async def run(settings: Settings, roles: Collection[str]) -> None:
    """Until SIGTERM or SIGINT. Raises `SettingMissingError` before anything is started."""
    working = asyncio.ensure_future(Working(settings, roles).run())
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, working.cancel)
    try:
        await asyncio.wait({working})
        if not working.cancelled():
            working.result()
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
        working.cancel()
        await asyncio.wait({working})


def main(settings: Settings, roles: Collection[str]) -> None:
    """Run on the quicker event loop where the platform has it."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        asyncio.run(run(settings, roles))
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(settings, roles))
