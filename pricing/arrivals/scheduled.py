"""What one run of the job does for forecasts: each batch is a transaction of its own, and what a run leaves the next one does."""

import logging
from datetime import timedelta
from typing import Final

from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from pricing.arrivals.service import renew
from pricing.paid import service as paid

PAID_WEEKS: Final = 27
"""Half a year of paid hours in one run, when there is one."""
BATCHES: Final = 60
"""Of one run, which stays well within its time: 3,000 places every ten minutes are a hundred thousand in the six hours."""

_log = logging.getLogger(__name__)


async def payments_told(database: Database, clock: Clock, *, movement_kept: timedelta) -> None:
    """Hours that were paid for, and how full places are where so much is paid."""
    for _ in range(PAID_WEEKS):
        async with database.transaction() as session:
            if await paid.count_hours(session, at=clock(), movement_kept=movement_kept) == 0:
                break
    async with database.transaction() as session:
        found = await paid.learn(session, at=clock())
    if found is not None:
        _log.info("payments: %d hours of %d places were counted by persons", found.hours, len(found.places))


async def renew_due(database: Database, clock: Clock) -> None:
    """Places whose forecast is due."""
    for _ in range(BATCHES):
        async with database.transaction() as session:
            if await renew(session, at=clock()) == 0:
                break
