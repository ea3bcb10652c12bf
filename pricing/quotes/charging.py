"""The one way from a stay to its fee: grounds first, then the table in force at entry, then the calculator."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from sqlalchemy.ext.asyncio import AsyncSession

from parking.calendar.official import Calendars
from parking.db.city_calendar import calendars_of
from parking.domain.time_span import TimeSpan
from pricing.fees.calculator import price
from pricing.fees.chargeability import Grounds, Reason, expiries, hindrance, nothing_owed
from pricing.fees.model import Fee, FeeRefusedError, LaterTable, Right, Stay, Uncharged, Usage
from pricing.quotes import repository
from pricing.quotes.held_rights import held_rights
from pricing.quotes.overlaps import used_beside
from pricing.quotes.repository import ChargedPlace
from pricing.quotes.usage_kept import windows
from pricing.rates.in_force import changes_of, rate_of
from pricing.rates.model import Energy, RateTable, VehicleClass

_UNPRICED: Final = frozenset({"rate_missing", "rate_ambiguous", "stay_too_long", "table_invalid"})
"""Refusals of a table that has no price for a stay, or more than one."""


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
    charging: Sequence[TimeSpan] = ()
    rights: Sequence[Right] = ()
    payment_method: str | None = None
    plate_tokens: Sequence[str] = ()
    """Of the vehicle whose used free time and permits count; none when nobody knows it."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A computed fee, with the table it comes from, or the reason why nothing can be charged."""

    fee: Fee
    table: RateTable | None
    reason: Reason | None
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Priceable:
    """All that the fee of a stay depends on; `until` needs nothing else."""

    stay: Stay
    usage: Usage
    table: RateTable | None
    """None where `reason` says why nothing can be charged."""
    reason: Reason | None
    calendars: Calendars
    later: tuple[LaterTable, ...] = ()

    @property
    def tables(self) -> tuple[RateTable, ...]:
        return () if self.table is None else (self.table, *(one.table for one in self.later))

    @property
    def is_for_vehicle(self) -> bool:
        """Whether the tariff has prices for such a vehicle there at all."""
        stay = self.stay
        return self.table is not None and bool(
            self.table.collections_for(stay.area_class, stay.kind, stay.vehicle_class, stay.energy, stay.use)
        )

    @property
    def depends_on_usage(self) -> bool:
        """Whether any free time of the tariff is counted over several stays of such a vehicle."""
        used = windows(self.tables, self.stay.place_id, self.stay.energy)
        return bool(used.granted or used.entries)

    def own_usage(self, usage: Usage) -> Usage:
        """Of all that a vehicle has used, what this tariff asks about."""
        used = windows(self.tables, self.stay.place_id)
        return Usage(
            granted={key: spans for key, spans in usage.granted.items() if key in used.granted},
            entries={key: instants for key, instants in usage.entries.items() if key in used.entries},
        )

    def until(self, end: datetime, *, refuses: bool = False) -> Charge:
        """The fee if the stay ends at the instant.

        A stay that the table cannot price costs nothing and says why, or is refused where `refuses`. Raises
        `FeeRefusedError` (`stay_invalid`) for a stay that ends before it starts.
        """
        stay = replace(self.stay, end=end)
        if self.table is None:
            return self._nothing(stay, self.reason or "rate_missing")
        try:
            later = tuple(one for one in self.later if one.at < end)
            fee = price(self.table, stay, self.usage, later=later, calendars=self.calendars)
            return Charge(fee=fee, table=self.table, reason=None, end=end)
        except FeeRefusedError as refusal:
            if refuses or refusal.code not in _UNPRICED:
                raise
            return self._nothing(stay, cast("Reason", refusal.code))

    def _nothing(self, stay: Stay, reason: Reason) -> Charge:
        currency = "CNY" if self.table is None else self.table.currency
        fee = nothing_owed(stay, reason, self.usage, currency)
        return Charge(fee=fee, table=self.table, reason=reason, end=stay.end)


async def priceable(session: AsyncSession, place: ChargedPlace, parked: Parked, *, lock: bool = False) -> Priceable:
    """Gather what prices the stay up to `parked.end`; with `lock` nobody else grants free time to the vehicle meanwhile."""
    held = await held_rights(session, place, parked.plate_tokens, parked.start, parked.end)
    stay = Stay(
        start=parked.start,
        end=parked.end,
        area_class=place.area_class,
        kind=place.kind,
        use=place.use,
        place_id=place.place_id,
        vehicle_class=parked.vehicle_class,
        energy=parked.energy,
        uncharged=(*parked.uncharged, *held.uncharged),
        charging=tuple(parked.charging),
        rights=(*parked.rights, *held.rights),
        payment_method=parked.payment_method,
    )
    rate = await rate_of(session, place.effects, parked.start)
    grounds = Grounds(
        approval=place.approval,
        documents=(place.document,) if isinstance(rate, str) else (place.document, rate.document),
        operator=place.operator,
        has_accepted_evidence=parked.by_person or place.has_device,
        billed_elsewhere=place.billed_elsewhere,
    )
    reason = hindrance(grounds, parked.start)
    calendars = calendars_of(session)
    if reason is not None:
        return Priceable(stay=stay, usage=Usage(), table=None, reason=reason, calendars=calendars)
    if isinstance(rate, str):
        return Priceable(stay=stay, usage=Usage(), table=None, reason=rate, calendars=calendars)
    return Priceable(
        stay=replace(stay, uncharged=(*stay.uncharged, *expiries(grounds, stay.end))),
        usage=used_beside(await _usage(session, rate.table, stay, parked.plate_tokens, lock=lock), rate.table, stay),
        table=rate.table,
        reason=None,
        calendars=calendars,
        later=await _later(session, place, rate.table, parked),
    )


async def _usage(
    session: AsyncSession, table: RateTable, stay: Stay, plate_tokens: Sequence[str], *, lock: bool
) -> Usage:
    """Nothing to ask where the table counts no free time of such a vehicle over several stays."""
    used = windows((table,), stay.place_id, stay.energy)
    if not plate_tokens or not (used.granted or used.entries):
        return Usage()
    return await repository.usage_of(session, plate_tokens, lock=lock)


async def _later(
    session: AsyncSession, place: ChargedPlace, table: RateTable, parked: Parked
) -> tuple[LaterTable, ...]:
    if table.price_moment == "entry":
        return ()
    changes = await changes_of(session, place.effects, parked.start, parked.end)
    return tuple(LaterTable(at=instant, table=rate.table) for instant, rate in changes)
