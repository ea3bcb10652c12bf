"""The cleaning crew of the demonstration: one street soon after the start, and one every morning before the shops open."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from devices.simulation.counter import Counter
from parking.domain.errors import ParkingError

AUTHORITY: Final = "演示市环卫处 / Demonstration street cleaning"
NOTICE: Final = timedelta(minutes=3)
LASTS: Final = timedelta(minutes=30)
MORNING_HOUR: Final = 6
CHECK_EVERY_S: Final = 600.0
_ZONE: Final = ZoneInfo("Asia/Shanghai")

_log = logging.getLogger(__name__)


class CleaningRounds:
    """Windows have ids of their own, so that a round planned twice is one round."""

    def __init__(self, operator: Counter, segments: Sequence[str], *, now: Callable[[], float]) -> None:
        self._operator = operator
        self._segments = segments
        self._now = now

    async def run(self) -> None:
        """Until cancelled. A refused plan is told and the crew comes the next day."""
        now = self._instant()
        await self._plan(f"start-{now:%Y%m%d%H%M%S}", self._segments[0], now + NOTICE)
        while True:
            start = next_morning(self._instant())
            segment = self._segments[start.toordinal() % len(self._segments)]
            await self._plan(f"morning-{start:%Y%m%d}", segment, start)
            await asyncio.sleep(CHECK_EVERY_S)

    async def _plan(self, window_id: str, segment: str, start: datetime) -> None:
        window = {
            "id": window_id,
            "start": start.isoformat(),
            "end": (start + LASTS).isoformat(),
            "authority": AUTHORITY,
            "segments": [segment],
        }
        try:
            await self._operator.post("/v1/operator/cleaning-windows", window)
        except ParkingError as refusal:
            _log.warning("the cleaning of %s is not planned: %s (%s)", segment, refusal.detail, refusal.code)

    def _instant(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


def next_morning(now: datetime) -> datetime:
    """The next time that the crew begins, local time of the city."""
    today = now.astimezone(_ZONE).replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return today if now < today else today + timedelta(days=1)
