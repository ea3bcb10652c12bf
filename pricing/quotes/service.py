"""Fixes the fee of an ended stay once and for all, and says what a running one has cost so far."""

from dataclasses import dataclass, replace
from datetime import datetime
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
from pricing.fees.usage import united
from pricing.quotes import repository
from pricing.quotes.charging import Charge, Parked, Priceable, priceable
from pricing.quotes.facility_place import place_of_facility
from pricing.quotes.fee_lines import lines_json, read_lines
from pricing.quotes.stays import uncharged_of
from pricing.quotes.tables import FeeRow
from pricing.quotes.usage_kept import LATE, kept_until, pruned, windows

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
    tax: Money | None = None
    """Within the amount."""


@dataclass(frozen=True, kw_only=True)
class Granted:
    """What a terminal without a network has granted to a vehicle: its use of free time before the stay, and after it."""

    before: Usage
    after: Usage


@dataclass(frozen=True, kw_only=True)
class FixedFee:
    """The fee of a stay that the caller's transaction holds."""

    fee: IssuedFee
    has_plate: bool
    """Whether the stay has a plate by now; the fee says whether it had one at the time of issue."""
    is_new: bool


async def fix_fee(session: AsyncSession, session_id: str, *, at: datetime, granted: Granted | None = None) -> FixedFee:
    """Fix the fee of an ended stay, update what the vehicle has used and tell the bus, all in the caller's transaction.

    What was `granted` offline is not taken back: it counts as used, on top of what the vehicle has used elsewhere.
    Called again it returns the same fee and does nothing. Raises `NotFoundError` (`session_unknown`) and
    `ConflictError` (`session_open`).
    """
    stay = await sessions.for_update(session, session_id)
    kept = await repository.fee_row(session, session_id)
    if kept is not None:
        return FixedFee(fee=_issued(kept), has_plate=stay.plate_token is not None, is_new=False)
    if stay.ended_at is None:
        raise ConflictError("the stay has not ended yet", code="session_open")
    found = await _priceable(session, stay, stay.ended_at, lock=True)
    result, after = _with_granted(found, stay.ended_at, granted if stay.plate_token is not None else None)
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
        tax=result.fee.tax,
    )
    await _keep(session, stay, issued)
    if stay.plate_token is not None:
        await _keep_usage(session, stay.plate_token, found, after)
    return FixedFee(fee=issued, has_plate=stay.plate_token is not None, is_new=True)


async def issued_fee(session: AsyncSession, session_id: str) -> IssuedFee | None:
    """The fee of a stay, None while it was not issued."""
    kept = await repository.fee_row(session, session_id)
    return None if kept is None else _issued(kept)


async def told_fee(session: AsyncSession, session_id: str, granted: Granted) -> Money:
    """What an ended stay costs with the free time that a terminal has granted; nothing is kept.

    Raises `NotFoundError` (`session_unknown`) and `ConflictError` (`session_open`).
    """
    stay = await sessions.get(session, session_id)
    if stay.ended_at is None:
        raise ConflictError("the stay has not ended yet", code="session_open")
    charge, _ = _with_granted(await _priceable(session, stay, stay.ended_at), stay.ended_at, granted)
    return charge.fee.amount


async def running_fee(session: AsyncSession, session_id: str, *, at: datetime) -> Charge:
    """What a stay would cost if it ended at the instant (at its end, when it has ended); nothing is kept.

    Raises `NotFoundError` (`session_unknown`).
    """
    stay = await sessions.get(session, session_id)
    end = max(stay.started_at, stay.ended_at or at)
    return (await priceable_stay(session, stay, end)).until(end)


async def priceable_stay(
    session: AsyncSession, stay: ParkingSession, end: datetime, *, payment_method: str | None = None
) -> Priceable:
    """What prices a stay up to `end`, which may lie ahead. Raises `NotFoundError` (`space_unknown`)."""
    return await _priceable(session, stay, end, payment_method=payment_method)


async def _priceable(
    session: AsyncSession,
    stay: ParkingSession,
    end: datetime,
    *,
    payment_method: str | None = None,
    lock: bool = False,
) -> Priceable:
    tokens = () if stay.plate_token is None else (stay.plate_token,)
    if stay.facility_id is not None:
        place = await place_of_facility(session, stay.facility_id, stay.started_at, end, tokens)
    else:
        place = await repository.place_of_space(session, stay.place_id, stay.started_at, end, tokens)
    if place is None:
        raise NotFoundError("the place of the stay is not in the inventory", code="space_unknown")
    parked = Parked(
        start=stay.started_at,
        end=end,
        vehicle_class=stay.vehicle_class,
        energy=stay.energy or "fuel",
        by_person=stay.start_source != "sensor",
        uncharged=await uncharged_of(session, stay, end, may_be_restricted=place.may_be_restricted),
        payment_method=payment_method,
        plate_tokens=tokens,
    )
    return await priceable(session, place, parked, lock=lock)


def _with_granted(found: Priceable, end: datetime, granted: Granted | None) -> tuple[Charge, Usage]:
    """The lower of the fees by our record of the vehicle and by the terminal's, and what has been used with it."""
    own = found.until(end)
    if granted is None:
        return own, own.fee.usage_after
    told = replace(found, usage=granted.before).until(end)
    if told.fee.amount.amount >= own.fee.amount.amount:
        return own, own.fee.usage_after
    return told, united(found.usage, told.fee.usage_after, found.own_usage(granted.after))


async def _keep_usage(session: AsyncSession, plate_token: str, found: Priceable, after: Usage) -> None:
    """What the stay has changed, without what no later stay can be priced by."""
    used = windows(found.tables, found.stay.place_id)
    kept = pruned(after, used, found.stay.start - LATE)
    await repository.keep_usage(session, plate_token, kept, kept_until(found.usage, kept, used))


async def _keep(session: AsyncSession, stay: ParkingSession, issued: IssuedFee) -> None:
    row = FeeRow(
        session_id=issued.session_id,
        space_id=stay.space_id,
        zone_id=issued.zone_id,
        amount=issued.amount.amount,
        currency=issued.amount.currency,
        lines=lines_json(issued.lines),
        tax=None if issued.tax is None else issued.tax.amount,
        rate_table_id=issued.rate_table_id,
        version=issued.version,
        is_attributed=issued.is_attributed,
        reason=issued.reason,
        issued_at=issued.issued_at,
    )
    await repository.insert_fee(session, row)
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
        tax=None if row.tax is None else Money(row.tax, row.currency),
    )
