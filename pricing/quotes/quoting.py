"""Quotes: the fee that a stay would have under the prices in force, recognisable by its id for a while."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.domain.time_span import TimeSpan
from parking.places.model import PlaceKind, SpaceUse
from parking.sessions.model import ParkingSession
from pricing.fees.chargeability import Reason
from pricing.fees.model import Fee, Right
from pricing.quotes import repository
from pricing.quotes.charging import Charge, Parked, Priceable, priceable
from pricing.quotes.facility_place import place_of_facility
from pricing.quotes.repository import ChargedPlace
from pricing.quotes.rises import LOOK_AHEAD, Rise, next_rises
from pricing.quotes.service import priceable_stay
from pricing.quotes.signing import QuoteInvalidError, QuoteSigner
from pricing.rates.model import Energy, VehicleClass

LIFETIME: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(days=31)


class QuoteExpiredError(InvalidInputError):
    """The quote was good once; ask for a new one."""

    code = "quote_expired"


class StayEndedError(ConflictError):
    """The stay is over and its fee is fixed."""

    code = "session_ended"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be priced; exactly one of space and zone."""

    space_id: str | None
    zone_id: str | None
    start: datetime
    end: datetime
    vehicle_class: VehicleClass
    energy: Energy
    kind: PlaceKind | None = None
    """In a zone, of which kind of place; None is that at its kerb where it has one. The same for `use`."""
    use: SpaceUse | None = None
    rights: tuple[str, ...] = ()
    """Exempt classes that the vehicle would prove."""
    charging: tuple[TimeSpan, ...] = ()
    payment_method: str | None = None
    plate_tokens: tuple[str, ...] = ()
    """Whose used free time counts; none when it is not to be told."""


class Terms(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the id of a quote says."""

    valid_until: datetime
    place: str
    start: datetime
    end: datetime
    amount: int
    currency: str
    rate_table_id: str | None
    version: int | None


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A priced wish or running stay; `reason` is set where nothing can be charged."""

    quote_id: str
    fee: Fee
    reason: Reason | None
    valid_until: datetime
    depends_on_usage: bool
    """Whether the fee would be another one if the vehicle had used more or less free time before."""
    session_id: str | None = None
    rises: tuple[Rise, ...] = ()
    """Of a running stay, the next moments at which it costs more."""


async def quote(session: AsyncSession, wish: Wish, signer: QuoteSigner, *, at: datetime) -> Quote:
    """Price a wish, keeping nothing.

    Raises `InvalidInputError` (`quote_span_invalid`, `quote_place_invalid`), `NotFoundError` (`space_unknown`,
    `zone_unpriced` for a zone without such an approved space) and `FeeRefusedError` where the tariff has a price for
    the place but none for such a stay.
    """
    if wish.end < wish.start or wish.end - wish.start > LONGEST:
        raise InvalidInputError(f"a quote covers 0 to {LONGEST.days} days", code="quote_span_invalid")
    place = await _place(session, wish)
    parked = Parked(
        start=wish.start,
        end=wish.end,
        vehicle_class=wish.vehicle_class,
        energy=wish.energy,
        # Nobody stands there yet: whether a device will see it is not known, so the price is quoted.
        by_person=True,
        charging=wish.charging,
        rights=tuple(Right(exempt_class=right) for right in wish.rights),
        payment_method=wish.payment_method,
        plate_tokens=wish.plate_tokens,
    )
    found = await priceable(session, place, parked)
    charge = found.until(wish.end, refuses=found.is_for_vehicle)
    return _signed(found, charge, signer, at=at, place=wish.space_id or place.zone_id)


async def quote_running(
    session: AsyncSession,
    stay: ParkingSession,
    signer: QuoteSigner,
    *,
    at: datetime,
    end: datetime | None = None,
    payment_method: str | None = None,
) -> Quote:
    """What an open stay costs if it ends at `end` (now unless given), and when it will cost more.

    Raises `StayEndedError`, `InvalidInputError` (`quote_span_invalid`) and `NotFoundError` (`space_unknown`).
    """
    if stay.ended_at is not None:
        raise StayEndedError("the stay has ended; its fee is fixed")
    until = max(stay.started_at, at if end is None else end)
    if until < at or until - at > LONGEST:
        raise InvalidInputError(f"a running stay is quoted for the next {LONGEST.days} days", code="quote_span_invalid")
    found = await priceable_stay(session, stay, until + LOOK_AHEAD, payment_method=payment_method)
    charge = found.until(until)
    rises: tuple[Rise, ...] = ()
    if charge.reason is None:
        rises = await asyncio.to_thread(next_rises, lambda later: found.until(later).fee.amount.amount, until)
    signed = _signed(found, charge, signer, at=at, place=stay.place_id)
    return replace(signed, session_id=stay.session_id, rises=rises)


def read_quote(quote_id: str, signer: QuoteSigner, *, at: datetime) -> Terms:
    """What was quoted under the id. Raises `QuoteInvalidError` (`quote_invalid`), `QuoteExpiredError`."""
    try:
        terms = msgspec.msgpack.decode(signer.open(quote_id), type=Terms)
    except msgspec.MsgspecError as error:
        raise QuoteInvalidError("this is not the id of a quote") from error
    if at >= terms.valid_until:
        raise QuoteExpiredError("the quote has expired; ask for a new one")
    return terms


async def _place(session: AsyncSession, wish: Wish) -> ChargedPlace:
    if (wish.space_id is None) == (wish.zone_id is None):
        raise InvalidInputError("give a space or a zone", code="quote_place_invalid")
    if wish.space_id is not None:
        if wish.kind is not None or wish.use is not None:
            raise InvalidInputError("a space has its own kind and use", code="quote_place_invalid")
        place = await repository.place_of_space(session, wish.space_id, wish.start, wish.end, wish.plate_tokens)
        if place is None:
            raise NotFoundError(f"there is no space {wish.space_id[:64]!r}", code="space_unknown")
        return await _as_billed(session, place, wish)
    place = await repository.place_in_zone(
        session, wish.zone_id or "", wish.start, wish.end, wish.plate_tokens, kind=wish.kind, use=wish.use
    )
    if place is None:
        raise NotFoundError("there is no such zone, or no such space of it may be charged", code="zone_unpriced")
    return await _as_billed(session, place, wish)


async def _as_billed(session: AsyncSession, place: ChargedPlace, wish: Wish) -> ChargedPlace:
    """Where we bill at the gate, a stay on a space is one of the facility."""
    at_gate = any(reason == "billed_at_gate" and wish.start in span for reason, span in place.billed_elsewhere)
    if place.facility_id is None or not at_gate:
        return place
    return await place_of_facility(session, place.facility_id, wish.start, wish.end, wish.plate_tokens) or place


def _signed(found: Priceable, charge: Charge, signer: QuoteSigner, *, at: datetime, place: str) -> Quote:
    valid_until = at + LIFETIME
    amount = charge.fee.amount
    terms = Terms(
        valid_until=valid_until,
        place=place,
        start=found.stay.start,
        end=charge.end,
        amount=amount.amount,
        currency=amount.currency,
        rate_table_id=None if charge.table is None else charge.table.rate_table_id,
        version=None if charge.table is None else charge.table.version,
    )
    return Quote(
        quote_id=signer.sign(msgspec.msgpack.encode(terms)),
        fee=replace(charge.fee, usage_after=found.own_usage(charge.fee.usage_after)),
        reason=charge.reason,
        valid_until=valid_until,
        depends_on_usage=found.depends_on_usage,
    )
