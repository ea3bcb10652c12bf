"""The one way from a stay to its fee: grounds first, then the table in force at entry, then the calculator."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from pricing.fees.calculator import price
from pricing.fees.chargeability import Grounds, Reason, expiries, hindrance, nothing_owed
from pricing.fees.model import Fee, FeeRefusedError, Stay, Uncharged, Usage
from pricing.quotes.repository import ChargedPlace
from pricing.rates.model import Energy, RateTable, VehicleClass
from pricing.rates.service import rate_with_document


@dataclass(frozen=True, kw_only=True)
class Parked:
    """What is to be priced, before anything is known of the place's prices."""

    start: datetime
    end: datetime
    vehicle_class: VehicleClass
    energy: Energy
    by_person: bool
    """True when a person or a terminal said that the car stands there, False for a sensor."""
    uncharged: Sequence[Uncharged] = ()


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A computed fee, with the table it comes from, or the reason why nothing can be charged."""

    fee: Fee
    table: RateTable | None
    reason: Reason | None


async def charge(session: AsyncSession, place: ChargedPlace, parked: Parked, usage: Usage) -> Charge:
    """Price what is parked. A place, vehicle or hour without a published price costs nothing, with the reason.

    Raises `FeeRefusedError` (`stay_invalid`) for a stay that ends before it starts.
    """
    stay = Stay(
        start=parked.start,
        end=parked.end,
        area_class=place.area_class,
        kind=place.kind,
        vehicle_class=parked.vehicle_class,
        energy=parked.energy,
        uncharged=tuple(parked.uncharged),
    )
    rate = await rate_with_document(session, place.zone_id, place.kind, parked.start)
    documents = (place.document,) if rate is None else (place.document, rate.document)
    grounds = Grounds(
        approval=place.approval,
        documents=documents,
        operator=place.operator,
        has_accepted_evidence=parked.by_person or place.has_device,
    )
    reason = hindrance(grounds, parked.start)
    if reason is not None:
        return Charge(fee=nothing_owed(stay, reason, usage), table=None, reason=reason)
    if rate is None:
        return Charge(fee=nothing_owed(stay, "rate_missing", usage), table=None, reason="rate_missing")
    return _priced(rate.table, replace(stay, uncharged=(*stay.uncharged, *expiries(grounds, stay.end))), usage)


def _priced(table: RateTable, stay: Stay, usage: Usage) -> Charge:
    try:
        return Charge(fee=price(table, stay, usage), table=table, reason=None)
    except FeeRefusedError as refusal:
        if refusal.code != "rate_missing":
            raise
        return Charge(fee=nothing_owed(stay, "rate_missing", usage, table.currency), table=table, reason="rate_missing")
