"""On the day after the dispute period the movement detail of a settled stay goes; a minimal link for refunds stays.

Rule (street.md "retention"): what was parked where and when is kept for disputes alone. A stay that is unpaid or disputed
keeps its detail, because without it the debt could not be explained.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import exists, update
from sqlalchemy.ext.asyncio import AsyncSession

from parking.sessions.correction import ERASED, forget_movement, remembered_before
from parking.sessions.tables import SessionRow
from pricing.quotes.tables import FeeRow
from pricing.settlement.correction_tables import AppealRow
from pricing.settlement.outstanding import outstanding
from pricing.settlement.tables import BillRow

BATCH: Final = 1000


async def forget(session: AsyncSession, before: datetime) -> int:
    """Reduce stays that ended before the instant, a batch at a time; answers how many."""
    unpaid = exists().where(BillRow.session_id == SessionRow.session_id, BillRow.is_attributed, outstanding() > 0)
    disputed = exists().where(AppealRow.session_id == SessionRow.session_id, AppealRow.outcome.is_(None))
    wanted = remembered_before(before, BATCH).where(~unpaid, ~disputed).with_for_update(skip_locked=True)
    session_ids = list(await session.scalars(wanted))
    if session_ids:
        # The fee's own detail goes first: its trigger allows this one change.
        lines = update(FeeRow).where(FeeRow.session_id.in_(session_ids)).values(space_id=ERASED, lines=[])
        await session.execute(lines.execution_options(synchronize_session=False))
        await forget_movement(session, session_ids)
    return len(session_ids)
