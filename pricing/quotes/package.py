"""What a terminal carries to price stays without a network: rate tables, and what holds at each of its spaces.

The same calculator prices offline and online. Where they may differ, the terminal asks for less: of free time it knows
only what it has granted itself, so it grants what the table grants to a vehicle that has used nothing elsewhere. A permit
names its vehicle by a pseudonym that only this terminal can make, from a plate that it sees.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError, NotFoundError
from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass, PlaceKind, SpaceUse
from parking.places.tables import SpaceRow
from parking.privacy.vault import PlateVault
from parking.restrictions.service import uncharged_intervals
from parking.rights.model import PermitKind
from parking.rights.service import permits_for
from pricing.fees.calculator import price
from pricing.fees.chargeability import Grounds, Reason, expiries, hindrance, nothing_owed
from pricing.fees.model import Fee, LaterTable, Stay, Uncharged, Usage
from pricing.quotes import repository
from pricing.quotes.held_rights import HeldRights, meaning_of
from pricing.quotes.repository import ChargedPlace
from pricing.rates.in_force import changes_of, rate_of
from pricing.rates.model import Energy, RateTable, VehicleClass
from pricing.rates.repository import RateInForce

LASTS: Final = timedelta(hours=72)
"""A long weekend without a network; then the terminal takes no more money for what it can no longer know."""
REACHES_BACK: Final = timedelta(hours=48)
"""How long before the download a stay may have begun."""
_UNUSED: Final = Usage()
_CLOSED: Final = "泊位暂停使用 / the space was closed"


class PackageExpiredError(ConflictError):
    """The package says nothing about an instant after its end, or before its beginning."""

    code = "package_expired"


@dataclass(frozen=True, kw_only=True)
class RateFrom:
    """From the instant on this table holds at the place; None where none does."""

    since: datetime
    table: str | None


@dataclass(frozen=True, kw_only=True)
class CarriedPermit:
    """Where both places are empty, it holds everywhere in the city."""

    plate: str
    """The terminal's own pseudonym of the vehicle."""
    kind: PermitKind
    exempt_class: str | None
    zones: tuple[str, ...]
    facilities: tuple[str, ...]
    span: TimeSpan

    def holds_at(self, place: "PlacePrices") -> bool:
        if not self.zones and not self.facilities:
            return True
        return place.zone in self.zones or (place.facility is not None and place.facility in self.facilities)


@dataclass(frozen=True, kw_only=True)
class PlacePrices:
    """One space; what is not charged is known ahead for the time of the package."""

    space: str
    zone: str
    facility: str | None
    area_class: AreaClass
    kind: PlaceKind
    use: SpaceUse
    place: str
    reason: Reason | None
    """Why nothing can be charged there at all."""
    rates: tuple[RateFrom, ...]
    uncharged: tuple[Uncharged, ...]


@dataclass(frozen=True, kw_only=True)
class Package:
    """Of one terminal; `tables` by `<id>/<version>`."""

    terminal: str
    issued_at: datetime
    expires_at: datetime
    tables: dict[str, RateTable]
    places: tuple[PlacePrices, ...]
    permits: tuple[CarriedPermit, ...]


def encode(package: Package) -> bytes:
    return msgspec.json.encode(package, order="deterministic")


def decode(document: bytes) -> Package:
    """Raises `msgspec.MsgspecError` for what is no package; check its signature first."""
    return msgspec.json.decode(document, type=Package)


def fee_offline(
    package: Package,
    space: str,
    *,
    start: datetime,
    end: datetime,
    vehicle_class: VehicleClass = "small",
    energy: Energy = "fuel",
    plate: str | None = None,
    usage: Usage = _UNUSED,
) -> Fee:
    """`plate` is the pseudonym of the vehicle, `usage` what it is known to have used. Raises NotFoundError (`space_not_carried`), `PackageExpiredError`, and what `price` raises."""
    place = next((one for one in package.places if one.space == space), None)
    if place is None:
        raise NotFoundError(f"the package has no space {space!r}", code="space_not_carried")
    if end > package.expires_at or start < package.issued_at - REACHES_BACK:
        raise PackageExpiredError("the package does not cover this stay; connect and sync")
    held = _held(package, place, plate, TimeSpan(start, end))
    stay = Stay(
        start=start,
        end=end,
        area_class=place.area_class,
        kind=place.kind,
        use=place.use,
        place_id=place.place,
        vehicle_class=vehicle_class,
        energy=energy,
        uncharged=(*_within(place.uncharged, start, end), *held.uncharged),
        rights=held.rights,
    )
    if place.reason is not None:
        return nothing_owed(stay, place.reason, usage)
    before = [rate for rate in place.rates if rate.since <= start]
    key = before[-1].table if before else None
    if key is None:
        return nothing_owed(stay, "rate_missing", usage)
    table = package.tables[key]
    later = [
        LaterTable(at=rate.since, table=package.tables[rate.table])
        for rate in place.rates
        if rate.table is not None and start < rate.since < end
    ]
    return price(table, stay, usage, later=later if table.price_moment == "as_you_go" else ())


async def package_of(
    session: AsyncSession,
    terminal_id: str,
    zone_ids: Sequence[str],
    now: datetime,
    *,
    plates: PlateVault,
    name: Callable[[str], str],
) -> Package:
    """Everything that the terminal's zones need from now on, as this transaction sees it; `name` is its word for a plate."""
    reach = TimeSpan(now - REACHES_BACK, now + LASTS)
    spaces = select(SpaceRow.space_id).where(SpaceRow.zone_id.in_(zone_ids), SpaceRow.removed_at.is_(None))
    tables: dict[str, RateTable] = {}
    timelines: dict[tuple[str, str, str | None], list[tuple[datetime, RateInForce | None]]] = {}
    places = []
    for space_id in await session.scalars(spaces.order_by(SpaceRow.space_id)):
        place = await repository.place_of_space(session, space_id, now, now + LASTS)
        if place is None:
            continue
        sign = (place.zone_id, place.kind, place.sign_place_id)
        if sign not in timelines:
            timelines[sign] = await _timeline(session, place, now)
        for _, rate in timelines[sign]:
            if rate is not None:
                tables[_key(rate.table)] = rate.table
        places.append(await _prices(session, space_id, place, timelines[sign], reach, now))
    permits = await permits_for(
        session, reach, zone_ids=zone_ids, facility_ids=[one.facility for one in places if one.facility is not None]
    )
    names = await plates.renamed(session, {item.plate_token for item, _ in permits}, name)
    return Package(
        terminal=terminal_id,
        issued_at=now,
        expires_at=now + LASTS,
        tables=tables,
        places=tuple(places),
        permits=tuple(
            CarriedPermit(
                plate=names[item.plate_token],
                kind=item.kind,
                exempt_class=item.exempt_class,
                zones=item.zone_ids,
                facilities=item.facility_ids,
                span=span,
            )
            for item, span in permits
            if item.plate_token in names
        ),
    )


def _held(package: Package, place: PlacePrices, plate: str | None, stay: TimeSpan) -> HeldRights:
    return meaning_of(
        (one.kind, one.exempt_class, one.span)
        for one in package.permits
        if one.plate == plate and one.holds_at(place) and one.span.overlaps(stay)
    )


async def _timeline(
    session: AsyncSession, place: ChargedPlace, now: datetime
) -> list[tuple[datetime, RateInForce | None]]:
    start = now - REACHES_BACK
    first = await rate_of(session, place.effects, start)
    changes = await changes_of(session, place.effects, start, now + LASTS)
    return [(start, None if isinstance(first, str) else first), *changes]


async def _prices(
    session: AsyncSession,
    space_id: str,
    place: ChargedPlace,
    timeline: Sequence[tuple[datetime, RateInForce | None]],
    reach: TimeSpan,
    now: datetime,
) -> PlacePrices:
    present = [rate for since, rate in timeline if since <= now][-1]
    document = None if present is None else present.document
    grounds = Grounds(
        approval=place.approval,
        documents=(place.document,) if present is None else (place.document, document),
        operator=place.operator,
        has_accepted_evidence=True,
        billed_elsewhere=place.billed_elsewhere,
    )
    end = reach.end or now
    closed = await uncharged_intervals(session, space_id, reach.start, end)
    return PlacePrices(
        space=space_id,
        zone=place.zone_id,
        facility=place.facility_id,
        area_class=place.area_class,
        kind=place.kind,
        use=place.use,
        place=place.place_id,
        reason=hindrance(grounds, now),
        rates=tuple(
            RateFrom(since=since, table=None if rate is None else _key(rate.table)) for since, rate in timeline
        ),
        uncharged=(
            *(Uncharged(span=TimeSpan(one.start, one.end), why=_CLOSED) for one in closed),
            *expiries(grounds, end),
        ),
    )


def _key(table: RateTable) -> str:
    return f"{table.rate_table_id}/{table.version}"


def _within(spans: Sequence[Uncharged], start: datetime, end: datetime) -> tuple[Uncharged, ...]:
    cut = []
    for one in spans:
        first, last = max(one.span.start, start), min(one.span.end or end, end)
        if first < last:
            cut.append(Uncharged(span=TimeSpan(first, last), why=one.why))
    return tuple(cut)
