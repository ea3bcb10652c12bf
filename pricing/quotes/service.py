"""Fixes the fee of an ended stay once and for all, and says what a running one has cost so far."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

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
from pricing.quotes.repository import ChargedPlace, KeptFee
from pricing.quotes.stays import uncharged_of
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
    (fixed,) = await _fixed(session, [session_id], at, granted)
    return fixed


async def fix_fees(session: AsyncSession, session_ids: Collection[str], *, at: datetime) -> list[FixedFee]:
    """As `fix_fee` for several different stays, in their order and in hardly more statements than for one; raises as it does."""
    return await _fixed(session, session_ids, at, None)


async def _fixed(
    session: AsyncSession, session_ids: Collection[str], at: datetime, granted: Granted | None
) -> list[FixedFee]:
    stays = await sessions.all_for_update(session, session_ids)
    fees = {name: _issued(row) for name, row in (await repository.kept_fees(session, session_ids)).items()}
    new = [stay for stay in stays.values() if stay.session_id not in fees]
    if new:
        fees |= await _issue(session, new, at, granted)
    are_new = {stay.session_id for stay in new}
    return [
        FixedFee(fee=fees[name], has_plate=stay.plate_token is not None, is_new=name in are_new)
        for name, stay in stays.items()
    ]


async def _issue(
    session: AsyncSession, stays: Sequence[ParkingSession], at: datetime, granted: Granted | None
) -> dict[str, IssuedFee]:
    """Each is priced by what the vehicle has used until then, the stays before it among these included."""
    tokens = {stay.plate_token for stay in stays if stay.plate_token is not None}
    if len(tokens) > 1:
        await repository.lock_vehicles(session, tokens)
    issued: dict[str, IssuedFee] = {}
    places = await _places(session, [(stay, _end_of(stay)) for stay in stays])
    for stay, place in zip(stays, places, strict=True):
        issued[stay.session_id] = await _priced(session, stay, place, at, granted)
    await _keep(session, stays, list(issued.values()))
    return issued


def _end_of(stay: ParkingSession) -> datetime:
    if stay.ended_at is None:
        raise ConflictError("the stay has not ended yet", code="session_open")
    return stay.ended_at


async def _priced(
    session: AsyncSession, stay: ParkingSession, place: ChargedPlace | None, at: datetime, granted: Granted | None
) -> IssuedFee:
    """The fee, and what the vehicle has used with it kept."""
    end = _end_of(stay)
    found = await _priceable_at(session, stay, place, end, lock=True)
    result, after = _with_granted(found, end, granted if stay.plate_token is not None else None)
    if stay.plate_token is not None:
        await _keep_usage(session, stay.plate_token, found, after)
    return IssuedFee(
        session_id=stay.session_id,
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


async def issued_fee(session: AsyncSession, session_id: str) -> IssuedFee | None:
    """The fee of a stay, None while it was not issued."""
    kept = await repository.kept_fees(session, [session_id])
    return _issued(kept[session_id]) if kept else None


async def told_fee(session: AsyncSession, session_id: str, granted: Granted) -> Money:
    """What an ended stay costs with the free time that a terminal has granted; nothing is kept.

    Raises `NotFoundError` (`session_unknown`) and `ConflictError` (`session_open`).
    """
    stay = await sessions.get(session, session_id)
    if stay.ended_at is None:
        raise ConflictError("the stay has not ended yet", code="session_open")
    charge, _ = _with_granted(await priceable_stay(session, stay, stay.ended_at), stay.ended_at, granted)
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
    place = await _place_of(session, stay, end)
    return await _priceable_at(session, stay, place, end, payment_method=payment_method)


async def _places(session: AsyncSession, stays: Sequence[tuple[ParkingSession, datetime]]) -> list[ChargedPlace | None]:
    """Where each stay is, with what prices it up to its instant; who pays waits for one, and one is found quicker by itself."""
    if len(stays) == 1:
        return [await _place_of(session, *stays[0])]
    on_spaces = [
        (stay.place_id, stay.started_at, end, stay.plate_token) for stay, end in stays if stay.facility_id is None
    ]
    spaces = iter(await repository.places_of_spaces(session, on_spaces))
    return [next(spaces) if stay.facility_id is None else await _place_of(session, stay, end) for stay, end in stays]


async def _place_of(session: AsyncSession, stay: ParkingSession, end: datetime) -> ChargedPlace | None:
    if stay.facility_id is not None:
        return await place_of_facility(session, stay.facility_id, stay.started_at, end, _tokens(stay))
    return await repository.place_of_space(session, stay.place_id, stay.started_at, end, _tokens(stay))


def _tokens(stay: ParkingSession) -> tuple[str, ...]:
    return () if stay.plate_token is None else (stay.plate_token,)


async def _priceable_at(
    session: AsyncSession,
    stay: ParkingSession,
    place: ChargedPlace | None,
    end: datetime,
    *,
    payment_method: str | None = None,
    lock: bool = False,
) -> Priceable:
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
        plate_tokens=_tokens(stay),
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


async def _keep(session: AsyncSession, stays: Sequence[ParkingSession], fees: Sequence[IssuedFee]) -> None:
    await repository.insert_fees(session, [_kept(stay, issued) for stay, issued in zip(stays, fees, strict=True)])
    for issued in fees:
        await outbox.write(session, _fact(issued), source=SOURCE, at=issued.issued_at)


def _kept(stay: ParkingSession, issued: IssuedFee) -> KeptFee:
    return KeptFee(
        session_id=issued.session_id,
        space_id=stay.space_id,
        zone_id=issued.zone_id,
        amount=issued.amount.amount,
        currency=issued.amount.currency,
        lines=issued.lines,
        tax=None if issued.tax is None else issued.tax.amount,
        rate_table_id=issued.rate_table_id,
        version=issued.version,
        is_attributed=issued.is_attributed,
        reason=issued.reason,
        issued_at=issued.issued_at,
    )


def _fact(issued: IssuedFee) -> FeeIssued:
    return FeeIssued(
        session_id=issued.session_id,
        zone_id=issued.zone_id,
        amount=issued.amount.amount,
        currency=issued.amount.currency,
        is_attributed=issued.is_attributed,
        reason=issued.reason,
        issued_at=issued.issued_at,
    )


def _issued(row: KeptFee) -> IssuedFee:
    return IssuedFee(
        session_id=row.session_id,
        zone_id=row.zone_id,
        amount=Money(row.amount, row.currency),
        lines=row.lines,
        reason=row.reason,
        is_attributed=row.is_attributed,
        rate_table_id=row.rate_table_id,
        version=row.version,
        issued_at=row.issued_at,
        tax=None if row.tax is None else Money(row.tax, row.currency),
    )
