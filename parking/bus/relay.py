"""Carries the outbox to the bus: in order of position, at least once, one relay at a time.

The relay that works holds an advisory lock in the transaction that reads, publishes and deletes, so leadership and
work cannot come apart. A crash between publishing and deleting publishes the same events, with the same ids, again.
"""

import asyncio
import logging
from typing import Final

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from parking.bus.cancellation import still_wanted
from parking.bus.codec import decode
from parking.bus.ports import EventBus
from parking.db.prepared import Prepared
from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError

LEADER_LOCK: Final = 0x6F757462_6F780000
BATCH: Final = 500
GATHER_S: Final = 0.05
"""How long a woken relay lets further transactions end, so that their events travel together."""
POLL_S: Final = 1.0
"""How late an event can be whose notification was lost."""
RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
PUBLISH_TIMEOUT_S: Final = 10.0
_OUTAGES: Final = (ParkingError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_log = logging.getLogger(__name__)
_TRY_LOCK = Prepared("SELECT pg_try_advisory_xact_lock($1)")
_OLDEST = Prepared("SELECT position, event FROM outbox ORDER BY position LIMIT $1")
_DELETE = Prepared("DELETE FROM outbox WHERE position = ANY($1)")


class OutboxRelay:
    """Run one per worker process; `wake` is called on a notification of `outbox.CHANNEL`."""

    def __init__(self, database: Database, bus: EventBus) -> None:
        self._database = database
        self._bus = bus
        self._woken = asyncio.Event()

    async def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled, through outages of the database and of the bus."""
        failures = 0
        while True:
            still_wanted()
            self._woken.clear()
            try:
                full = await self.step() == BATCH
            except _OUTAGES as error:
                if failures == 0:
                    _log.warning("outbox: waits: %s", error)
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
                continue
            if failures:
                _log.info("outbox: goes on")
            failures = 0
            if not full:
                await self._rest()

    async def step(self) -> int:
        """Relay one batch; answers how many events, 0 also when another relay is at work.

        Raises what the database raises, and `UnavailableError` of the bus; then the batch stays.
        """
        async with self._database.transaction() as session:
            if not await _TRY_LOCK.value(session, LEADER_LOCK):
                return 0
            rows = await _OLDEST.rows(session, BATCH)
            if rows:
                async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                    await self._bus.publish([decode(event) for _, event in rows])
                await _DELETE.rows(session, [position for position, _ in rows])
        return len(rows)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._woken.wait()
                await asyncio.sleep(GATHER_S)
        except TimeoutError:
            return
