"""What a phone without a network did and delivers later: when that was, which stay it is about, whose drawer it is in."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from api.attendant import repository
from api.attendant.tables import ShiftRow
from api.auth.accounts.model import Caller
from parking.db.idempotency import check_age
from parking.domain.errors import ConflictError, NotFoundError

GRACE: Final = timedelta(minutes=2)
"""Between reading a plate and pressing the button the car may have left."""


def done_at(told: datetime | None, now: datetime) -> datetime:
    """The phone's word, but never ahead of our clock. Raises InvalidInputError (`too_old`) as `KEPT` says."""
    if told is None or told > now:
        return now
    check_age(told, now)
    return told


async def stay_seen(session: AsyncSession, chosen: Row[Any], at: datetime) -> str | None:
    """The stay of the car that stood there at the instant: the chosen one, or that of a car that came after it.

    None when the chosen one was over and nobody has come since, as far as anybody knows.
    """
    if chosen.ended_latest is None or at <= chosen.ended_latest + GRACE:
        return str(chosen.session_id)
    return await repository.stay_at(session, chosen.space_id, at)


async def drawer_of(session: AsyncSession, caller: Caller, shift_id: str | None, *, is_collected: bool) -> ShiftRow:
    """The shift whose drawer holds the cash; a closed one only for money that was in it when it was counted.

    Raises NotFoundError (`shift_unknown`) and ConflictError (`shift_missing`, `shift_closed`).
    """
    if shift_id is None:
        return await own_shift(session, caller, lock=True)
    shift = await repository.shift_by_id(session, shift_id)
    if shift is None or shift.account_name != caller.name:
        raise NotFoundError("you have no such shift", code="shift_unknown")
    if shift.closed_at is not None and not is_collected:
        raise ConflictError("this shift is closed already", code="shift_closed")
    return shift


async def own_shift(session: AsyncSession, caller: Caller, *, lock: bool = False) -> ShiftRow:
    """Raises ConflictError (`shift_missing`)."""
    row = await repository.open_shift(session, caller.name, lock=lock)
    if row is None:
        raise ConflictError("open a shift first", code="shift_missing")
    return row
