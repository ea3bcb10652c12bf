"""Quotes: the fee that a stay would have under the prices in force, recognisable by its id for a while."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import InvalidInputError, NotFoundError
from pricing.fees.chargeability import Reason
from pricing.fees.model import Fee, Usage
from pricing.quotes import repository
from pricing.quotes.charging import Parked, charge
from pricing.quotes.repository import ChargedPlace
from pricing.quotes.signing import QuoteInvalidError, QuoteSigner
from pricing.rates.model import Energy, VehicleClass

LIFETIME: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(days=31)


class QuoteExpiredError(InvalidInputError):
    """The quote was good once; ask for a new one."""

    code = "quote_expired"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be priced; exactly one of space and zone."""

    space_id: str | None
    zone_id: str | None
    start: datetime
    end: datetime
    vehicle_class: VehicleClass
    energy: Energy
    plate_tokens: tuple[str, ...] = ()
    """Whose quota counts; none when it is not to be told."""


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
    """A priced wish; `reason` is set where nothing can be charged."""

    quote_id: str
    fee: Fee
    reason: Reason | None
    valid_until: datetime


async def quote(session: AsyncSession, wish: Wish, signer: QuoteSigner, *, at: datetime) -> Quote:
    """Price a wish, keeping nothing.

    Raises `InvalidInputError` (`quote_span_invalid`, `quote_place_invalid`), `NotFoundError` (`space_unknown`,
    `zone_unpriced` for a zone without an approved space).
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
    )
    result = await charge(session, place, parked, await _usage(session, wish))
    valid_until = at + LIFETIME
    terms = Terms(
        valid_until=valid_until,
        place=wish.space_id or place.zone_id,
        start=wish.start,
        end=wish.end,
        amount=result.fee.amount.amount,
        currency=result.fee.amount.currency,
        rate_table_id=None if result.table is None else result.table.rate_table_id,
        version=None if result.table is None else result.table.version,
    )
    return Quote(
        quote_id=signer.sign(msgspec.msgpack.encode(terms)),
        fee=result.fee,
        reason=result.reason,
        valid_until=valid_until,
    )


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
        place = await repository.place_of_space(session, wish.space_id, wish.start)
        if place is None:
            raise NotFoundError(f"there is no space {wish.space_id[:64]!r}", code="space_unknown")
        return place
    place = await repository.place_in_zone(session, wish.zone_id or "", wish.start)
    if place is None:
        raise NotFoundError("there is no such zone, or no space of it may be charged", code="zone_unpriced")
    return place


async def _usage(session: AsyncSession, wish: Wish) -> Usage:
    if wish.energy != "nev":
        return Usage()
    used: dict[date, int] = {}
    for token in wish.plate_tokens:
        for day, seconds in (await repository.usage_of(session, token, lock=False)).items():
            used[day] = used.get(day, 0) + seconds
    return Usage(quota_s=used)
