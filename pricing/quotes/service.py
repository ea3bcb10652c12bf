"""Fixes the fee of an ended stay once and for all, and says what a running one has cost so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, NotFoundError
from parking.domain.money import Money
from parking.events.fee import FeeIssued
from parking.sessions import service as sessions
from parking.sessions.model import ParkingSession
from pricing.fees.chargeability import Reason
from pricing.fees.model import FeeLine, Usage
from pricing.quotes import repository
from pricing.quotes.charging import Charge, Parked, charge
from pricing.quotes.fee_lines import lines_json, read_lines
from pricing.quotes.stays import uncharged_of
from pricing.quotes.tables import FeeRow

SOURCE: Final = "pricing.fees"


@dataclass(frozen=True, kw_only=True)
class IssuedFee:
    """The fee of an ended stay; it never changes."""

    session_id: str
    zone_id: str
    amount: Money
    lines: tuple[FeeLine, ...]
    reason: Reason | None
    """Why a stay that could not be charged costs nothing; None for every priced stay."""
    is_attributed: bool
    """False when nobody owed it at the time of issue."""
    rate_table_id: str | None
    version: int | None
    issued_at: datetime


async def issue_fee(session: AsyncSession, session_id: str, *, at: datetime) -> IssuedFee:
    """Fix the fee of an ended stay, update the vehicle's quota and tell the bus, all in the caller's transaction.

    Called again it returns the same fee and does nothing. Raises `NotFoundError` (`session_unknown`) and
    `ConflictError` (`session_open`).
    """
    stay = await sessions.for_update(session, session_id)
    kept = await repository.fee_row(session, session_id)
    if kept is not None:
        return _issued(kept)
    if stay.ended_at is None:
        raise ConflictError("the stay has not ended yet", code="session_open")
    used = await _used(session, stay, lock=True)
    result = await _charge(session, stay, stay.ended_at, used)
    issued = IssuedFee(
        session_id=session_id,
        zone_id=stay.zone_id,
        amount=result.fee.amount,
        lines=result.fee.lines,
        reason=result.reason,
        is_attributed=stay.plate_token is not None,
        rate_table_id=None if result.table is None else result.table.rate_table_id,
        version=None if result.table is None else result.table.version,
        issued_at=at,
    )
    await _keep(session, stay, issued)
    if stay.plate_token is not None:
        spent = result.fee.usage_after.quota_s
        await repository.keep_usage(
            session, stay.plate_token, {day: seconds for day, seconds in spent.items() if used.get(day) != seconds}
        )
    return issued


async def issued_fee(session: AsyncSession, session_id: str) -> IssuedFee | None:
    """The fee of a stay, None while it was not issued."""
    kept = await repository.fee_row(session, session_id)
    return None if kept is None else _issued(kept)


async def running_fee(session: AsyncSession, session_id: str, *, at: datetime) -> Charge:
    """What a stay would cost if it ended at the instant (at its end, when it has ended); nothing is kept.

    Raises `NotFoundError` (`session_unknown`).
    """
    stay = await sessions.get(session, session_id)
    end = max(stay.started_at, stay.ended_at or at)
    return await _charge(session, stay, end, await _used(session, stay, lock=False))


async def _charge(session: AsyncSession, stay: ParkingSession, end: datetime, used: Mapping[date, int]) -> Charge:
    place = await repository.place_of_space(session, stay.space_id, stay.started_at)
    if place is None:
        raise NotFoundError("the space of the stay is not in the inventory", code="space_unknown")
    parked = Parked(
        start=stay.started_at,
        end=end,
        vehicle_class=stay.vehicle_class,
        energy=stay.energy or "fuel",
        by_person=stay.start_source != "sensor",
        uncharged=await uncharged_of(session, stay, end),
    )
    return await charge(session, place, parked, Usage(quota_s=dict(used)))


async def _used(session: AsyncSession, stay: ParkingSession, *, lock: bool) -> Mapping[date, int]:
    if stay.plate_token is None or stay.energy != "nev":
        return {}
    return await repository.usage_of(session, stay.plate_token, lock=lock)


async def _keep(session: AsyncSession, stay: ParkingSession, issued: IssuedFee) -> None:
    await repository.insert_fee(
        session,
        session_id=issued.session_id,
        space_id=stay.space_id,
        zone_id=issued.zone_id,
        amount=issued.amount.amount,
        currency=issued.amount.currency,
        lines=lines_json(issued.lines),
        rate_table_id=issued.rate_table_id,
        version=issued.version,
        is_attributed=issued.is_attributed,
        reason=issued.reason,
        issued_at=issued.issued_at,
    )
    fact = FeeIssued(
        session_id=issued.session_id,
        zone_id=issued.zone_id,
        amount=issued.amount.amount,
        currency=issued.amount.currency,
        is_attributed=issued.is_attributed,
        reason=issued.reason,
        issued_at=issued.issued_at,
    )
    await outbox.write(session, fact, source=SOURCE, at=issued.issued_at)


def _issued(row: FeeRow) -> IssuedFee:
    return IssuedFee(
        session_id=row.session_id,
        zone_id=row.zone_id,
        amount=Money(row.amount, row.currency),
        lines=read_lines(row.lines),
        reason=cast("Reason | None", row.reason),
        is_attributed=row.is_attributed,
        rate_table_id=row.rate_table_id,
        version=row.version,
        issued_at=row.issued_at,
    )
