"""All SQL of rights. Functions take the session of the caller's transaction and never end it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError
from parking.domain.time_span import TimeSpan
from parking.places.tables import FacilityRow, SpaceRow, ZoneRow
from parking.rights.model import Listing, Offer, Permit, PermitKind, Reservation, WeeklyHours
from parking.rights.tables import ListingRow, OfferRow, PermitRow, ReservationRow, ReservedSpaceRow

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def lock(session: AsyncSession, name: str) -> None:
    """One writer of a right at a time, also of one that is not there yet."""
    await session.execute(_LOCK, {"name": f"right:{name}"})


async def zones_of_places(
    session: AsyncSession, zone_ids: Collection[str], facility_ids: Collection[str], space_ids: Collection[str]
) -> tuple[dict[str, str], set[str]]:
    """Place → its zone, of places in use; and the names of those that are not there."""
    asked: list[tuple[Collection[str], Any]] = [
        (
            zone_ids,
            select(ZoneRow.zone_id, ZoneRow.zone_id).where(ZoneRow.zone_id.in_(zone_ids), ZoneRow.removed_at.is_(None)),
        ),
        (
            facility_ids,
            select(FacilityRow.facility_id, FacilityRow.zone_id).where(FacilityRow.facility_id.in_(facility_ids)),
        ),
        (
            space_ids,
            select(SpaceRow.space_id, SpaceRow.zone_id).where(
                SpaceRow.space_id.in_(space_ids), SpaceRow.removed_at.is_(None)
            ),
        ),
    ]
    found: dict[str, str] = {}
    unknown: set[str] = set()
    for names, query in asked:
        rows = {row[0]: row[1] for row in await session.execute(query)} if names else {}
        found |= rows
        unknown |= set(names) - rows.keys()
    return found, unknown


async def spaces_of_facility(session: AsyncSession, facility_id: str) -> list[str]:
    query = select(SpaceRow.space_id).where(SpaceRow.facility_id == facility_id, SpaceRow.removed_at.is_(None))
    return list(await session.scalars(query.order_by(SpaceRow.space_id)))


async def permit(session: AsyncSession, permit_id: str) -> Permit | None:
    row = await session.scalar(select(PermitRow).where(PermitRow.permit_id == permit_id))
    return None if row is None else _permit(row)


async def permits(
    session: AsyncSession, *, plate_tokens: Collection[str] | None, after: str | None, limit: int
) -> list[Permit]:
    """In order of their ids."""
    wanted: list[ColumnElement[bool]] = []
    if plate_tokens is not None:
        wanted.append(PermitRow.plate_token.in_(plate_tokens))
    if after is not None:
        wanted.append(PermitRow.permit_id > after)
    rows = await session.scalars(select(PermitRow).where(*wanted).order_by(PermitRow.permit_id).limit(limit))
    return [_permit(row) for row in rows]


async def permits_over(
    session: AsyncSession, plate_tokens: Collection[str], start: datetime, end: datetime
) -> list[Permit]:
    """Of a vehicle, whatever the place, whose span touches `[start, end]`."""
    rows = await session.scalars(
        select(PermitRow)
        .where(
            PermitRow.plate_token.in_(plate_tokens),
            PermitRow.valid.overlaps(Range(start, end, bounds="[]")),
            or_(PermitRow.revoked_at.is_(None), PermitRow.revoked_at > start),
        )
        .order_by(PermitRow.permit_id)
    )
    return [_permit(row) for row in rows]


async def permits_for(
    session: AsyncSession, zone_ids: Collection[str], facility_ids: Collection[str], span: TimeSpan
) -> list[Permit]:
    """Of whatever vehicle, good at one of the places in some of the span."""
    everywhere = and_(func.cardinality(PermitRow.zone_ids) == 0, func.cardinality(PermitRow.facility_ids) == 0)
    rows = await session.scalars(
        select(PermitRow)
        .where(
            PermitRow.valid.overlaps(Range(span.start, span.end)),
            or_(PermitRow.revoked_at.is_(None), PermitRow.revoked_at > span.start),
            or_(
                everywhere,
                PermitRow.zone_ids.bool_op("&&")(list(zone_ids)),
                PermitRow.facility_ids.bool_op("&&")(list(facility_ids)),
            ),
        )
        .order_by(PermitRow.permit_id)
    )
    return [_permit(row) for row in rows]


async def holders(session: AsyncSession, at: datetime) -> list[str]:
    """The tokens of vehicles with a permit or an exclusion that is not over."""
    ahead = Range(at, None)
    permit_on = (PermitRow.valid.overlaps(ahead), PermitRow.revoked_at.is_(None))
    listing_on = (ListingRow.valid.overlaps(ahead), ListingRow.lifted_at.is_(None))
    query = select(PermitRow.plate_token).where(*permit_on).union(select(ListingRow.plate_token).where(*listing_on))
    return list(await session.scalars(query))


async def add_permit(session: AsyncSession, item: Permit, at: datetime) -> None:
    await session.execute(
        insert(PermitRow).values(
            permit_id=item.permit_id,
            kind=item.kind,
            exempt_class=item.exempt_class,
            proof=item.proof,
            plate_token=item.plate_token,
            zone_ids=list(item.zone_ids),
            facility_ids=list(item.facility_ids),
            valid=Range(item.span.start, item.span.end),
            granted_by=item.granted_by,
            granted_at=at,
        )
    )


async def revoke_permit(session: AsyncSession, permit_id: str, *, by: str, reason: str, at: datetime) -> None:
    values = {"revoked_at": at, "revoked_by": by, "revoke_reason": reason}
    await session.execute(update(PermitRow).where(PermitRow.permit_id == permit_id).values(values))


async def reservation(session: AsyncSession, reservation_id: str) -> Reservation | None:
    found = await _reservations(session, ReservationRow.reservation_id == reservation_id)
    return found[0] if found else None


async def reservations(session: AsyncSession, *, after: str | None, limit: int) -> list[Reservation]:
    """In order of their ids."""
    wanted = [] if after is None else [ReservationRow.reservation_id > after]
    return await _reservations(session, *wanted, limit=limit)


async def add_reservation(session: AsyncSession, item: Reservation, at: datetime) -> None:
    """Raises ConflictError (`space_reserved`) where a space is kept for another in a part of the span."""
    valid = Range(item.span.start, item.span.end)
    await session.execute(
        insert(ReservationRow).values(
            reservation_id=item.reservation_id,
            plate_token=item.plate_token,
            valid=valid,
            booked_by=item.booked_by,
            booked_at=at,
        )
    )
    rows = [
        {"reservation_id": item.reservation_id, "space_id": space_id, "during": valid, "released": False}
        for space_id in item.space_ids
    ]
    try:
        await session.execute(insert(ReservedSpaceRow), rows)
    except IntegrityError as error:
        if "ex_reserved_space_overlap" not in str(error.orig):
            raise
        raise ConflictError("a space is reserved in a part of that time", code="space_reserved") from error


async def cancel_reservation(session: AsyncSession, reservation_id: str, *, by: str, at: datetime) -> None:
    mine = ReservationRow.reservation_id == reservation_id
    await session.execute(update(ReservationRow).where(mine).values(cancelled_at=at, cancelled_by=by))
    spaces = ReservedSpaceRow.reservation_id == reservation_id
    await session.execute(update(ReservedSpaceRow).where(spaces).values(released=True))


async def listing(session: AsyncSession, listing_id: str) -> Listing | None:
    row = await session.scalar(select(ListingRow).where(ListingRow.listing_id == listing_id))
    return None if row is None else _listing(row)


async def listings(session: AsyncSession, *, after: str | None, limit: int) -> list[Listing]:
    """In order of their ids."""
    wanted = [] if after is None else [ListingRow.listing_id > after]
    rows = await session.scalars(select(ListingRow).where(*wanted).order_by(ListingRow.listing_id).limit(limit))
    return [_listing(row) for row in rows]


async def listings_over(session: AsyncSession, plate_tokens: Collection[str], at: datetime) -> list[Listing]:
    """Of a vehicle, in force at the instant."""
    rows = await session.scalars(
        select(ListingRow).where(
            ListingRow.plate_token.in_(plate_tokens),
            ListingRow.valid.contains(at),
            or_(ListingRow.lifted_at.is_(None), ListingRow.lifted_at > at),
        )
    )
    return [_listing(row) for row in rows]


async def add_listing(session: AsyncSession, item: Listing, at: datetime) -> None:
    await session.execute(
        insert(ListingRow).values(
            listing_id=item.listing_id,
            plate_token=item.plate_token,
            authority=item.authority,
            legal_basis=item.legal_basis,
            reason=item.reason,
            valid=Range(item.span.start, item.span.end),
            listed_by=item.listed_by,
            listed_at=at,
        )
    )


async def lift_listing(session: AsyncSession, listing_id: str, *, by: str, at: datetime) -> None:
    mine = ListingRow.listing_id == listing_id
    await session.execute(update(ListingRow).where(mine).values(lifted_at=at, lifted_by=by))


async def offer(session: AsyncSession, offer_id: str) -> Offer | None:
    row = await session.scalar(select(OfferRow).where(OfferRow.offer_id == offer_id))
    return None if row is None else _offer(row)


async def offers(session: AsyncSession, *, after: str | None, limit: int) -> list[Offer]:
    """In order of their ids."""
    wanted = [] if after is None else [OfferRow.offer_id > after]
    rows = await session.scalars(select(OfferRow).where(*wanted).order_by(OfferRow.offer_id).limit(limit))
    return [_offer(row) for row in rows]


async def offers_of(session: AsyncSession, space_ids: Sequence[str], at: datetime) -> list[Offer]:
    """Of spaces, whose span the instant lies in, withdrawn ones left out; whether their hours are open is another question."""
    rows = await session.scalars(
        select(OfferRow).where(
            OfferRow.space_id.in_(space_ids),
            OfferRow.valid.contains(at),
            or_(OfferRow.withdrawn_at.is_(None), OfferRow.withdrawn_at > at),
        )
    )
    return [_offer(row) for row in rows]


async def offers_on(session: AsyncSession, space_ids: Collection[str]) -> list[Offer]:
    """All that were ever made for spaces."""
    rows = await session.scalars(select(OfferRow).where(OfferRow.space_id.in_(space_ids)))
    return [_offer(row) for row in rows]


async def add_offer(session: AsyncSession, item: Offer, at: datetime) -> None:
    await session.execute(
        insert(OfferRow).values(
            offer_id=item.offer_id,
            space_id=item.space_id,
            holder=item.holder,
            hours=[[one.weekday, one.start_minute, one.minutes] for one in item.hours],
            timezone=item.timezone,
            valid=Range(item.span.start, item.span.end),
            offered_by=item.offered_by,
            offered_at=at,
        )
    )


async def withdraw_offer(session: AsyncSession, offer_id: str, *, by: str, at: datetime) -> None:
    mine = OfferRow.offer_id == offer_id
    await session.execute(update(OfferRow).where(mine).values(withdrawn_at=at, withdrawn_by=by))


async def _reservations(
    session: AsyncSession, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[Reservation]:
    spaces = func.array_agg(ReservedSpaceRow.space_id).label("space_ids")
    query = (
        select(ReservationRow, spaces)
        .join(ReservedSpaceRow, ReservedSpaceRow.reservation_id == ReservationRow.reservation_id)
        .where(*conditions)
        .group_by(ReservationRow.reservation_id)
        .order_by(ReservationRow.reservation_id)
        .limit(limit)
    )
    return [
        Reservation(
            reservation_id=row.reservation_id,
            space_ids=tuple(sorted(space_ids)),
            plate_token=row.plate_token,
            span=_span(row.valid),
            booked_by=row.booked_by,
            cancelled_at=row.cancelled_at,
        )
        for row, space_ids in await session.execute(query)
    ]


def _permit(row: PermitRow) -> Permit:
    return Permit(
        permit_id=row.permit_id,
        kind=cast("PermitKind", row.kind),
        exempt_class=row.exempt_class,
        proof=row.proof,
        plate_token=row.plate_token,
        zone_ids=tuple(row.zone_ids),
        facility_ids=tuple(row.facility_ids),
        span=_span(row.valid),
        granted_by=row.granted_by,
        revoked_at=row.revoked_at,
    )


def _listing(row: ListingRow) -> Listing:
    return Listing(
        listing_id=row.listing_id,
        plate_token=row.plate_token,
        authority=row.authority,
        legal_basis=row.legal_basis,
        reason=row.reason,
        span=_span(row.valid),
        listed_by=row.listed_by,
        lifted_at=row.lifted_at,
    )


def _offer(row: OfferRow) -> Offer:
    return Offer(
        offer_id=row.offer_id,
        space_id=row.space_id,
        holder=row.holder,
        hours=tuple(WeeklyHours(*one) for one in row.hours),
        timezone=row.timezone,
        span=_span(row.valid),
        offered_by=row.offered_by,
        withdrawn_at=row.withdrawn_at,
    )


def _span(valid: Range[datetime]) -> TimeSpan:
    if valid.lower is None:
        raise ValueError("the database keeps no right without a beginning")
    return TimeSpan(valid.lower, valid.upper)
