"""Use cases of rights: granted once under the issuer's id, taken back with a reason, told on the bus. Callers own the transaction."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.domain.time_span import TimeSpan
from parking.events.right import ReservationBooked, ReservationCancelled, RightGranted, RightRevoked
from parking.privacy import vault
from parking.rights import repository
from parking.rights.model import DAY_MINUTES, Listing, Offer, Permit, Reservation

SOURCE: Final = "parking.rights"


async def grant(session: AsyncSession, item: Permit, *, at: datetime) -> Permit:
    """Let a permit stand; asked again with the same id and content it changes nothing.

    Raises InvalidInputError (`permit_invalid`), NotFoundError (`place_unknown`), ConflictError (`right_id_taken`,
    `vehicle_listed` for a vehicle that an authority excluded; the exempt classes are beyond that).
    """
    if (item.kind == "exempt") != (item.exempt_class is not None):
        raise InvalidInputError("an exempt permit names its class, and no other does", code="permit_invalid")
    if item.kind == "exempt" and (item.proof is None or item.span.end is None):
        raise InvalidInputError("an exempt permit has a proof and an end", code="permit_invalid")
    await repository.lock(session, item.permit_id)
    known = await repository.permit(session, item.permit_id)
    if known is not None:
        _check_same(item == replace(known, granted_by=item.granted_by, revoked_at=None), item.permit_id)
        return known
    await zones_of(session, zone_ids=item.zone_ids, facility_ids=item.facility_ids)
    if item.kind != "exempt":
        await _check_unlisted(session, item.plate_token, at)
    await repository.add_permit(session, item, at)
    fact = RightGranted(
        right_id=item.permit_id,
        kind=item.kind,
        zone_ids=item.zone_ids,
        facility_ids=item.facility_ids,
        space_ids=(),
        valid_from=item.span.start,
        valid_to=item.span.end,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    return item


async def permit_of(session: AsyncSession, permit_id: str) -> Permit:
    """Raises NotFoundError (`permit_unknown`)."""
    found = await repository.permit(session, permit_id)
    if found is None:
        raise NotFoundError(f"there is no permit {permit_id[:64]!r}", code="permit_unknown")
    return found


async def revoke(session: AsyncSession, permit_id: str, *, by: str, reason: str, at: datetime) -> None:
    """From now on the permit is none; one that is revoked stays so. Raises NotFoundError (`permit_unknown`)."""
    await repository.lock(session, permit_id)
    known = await permit_of(session, permit_id)
    if known.revoked_at is None:
        await repository.revoke_permit(session, permit_id, by=by, reason=reason, at=at)
        fact = RightRevoked(right_id=permit_id, kind=known.kind, revoked_at=at)
        await outbox.write(session, fact, source=SOURCE, at=at)


async def permits_at(
    session: AsyncSession,
    plate_tokens: Collection[str],
    *,
    zone_id: str,
    facility_id: str | None,
    start: datetime,
    end: datetime,
) -> list[tuple[Permit, TimeSpan]]:
    """The permits of a vehicle that hold at a place in some of `[start, end]`, with the span in which they are in force."""
    if not plate_tokens:
        return []
    found = await repository.permits_over(session, plate_tokens, start, end)
    return [
        (item, span) for item in found if (span := item.in_force) is not None and item.holds_at(zone_id, facility_id)
    ]


async def permits_for(
    session: AsyncSession, span: TimeSpan, *, zone_ids: Collection[str], facility_ids: Collection[str]
) -> list[tuple[Permit, TimeSpan]]:
    """All permits that hold at some of the places in some of the span, with the span in which they are in force."""
    found = await repository.permits_for(session, zone_ids, facility_ids, span)
    return [(item, in_force) for item in found if (in_force := item.in_force) is not None]


async def keep_plates(session: AsyncSession, *, at: datetime) -> None:
    """Before plates are erased: a permit that goes on must still find its vehicle after a change of keys."""
    await vault.keep(session, await repository.holders(session, at), at)


async def reserve(
    session: AsyncSession, item: Reservation, *, at: datetime, facility_id: str | None = None
) -> Reservation:
    """Keep spaces, or every space of a facility, for a vehicle; asked again with the same content it changes nothing.

    Raises InvalidInputError (`reservation_invalid`), NotFoundError (`place_unknown`), ConflictError (`right_id_taken`,
    `space_reserved`, `space_not_offered` beyond the hours of a shared space, `vehicle_listed`).
    """
    end = item.span.end
    if end is None or end <= at:
        raise InvalidInputError("a reservation has an end, which lies ahead", code="reservation_invalid")
    if facility_id is not None and item.space_ids:
        raise InvalidInputError("a reservation is of spaces or of a facility", code="reservation_invalid")
    await repository.lock(session, item.reservation_id)
    known = await repository.reservation(session, item.reservation_id)
    if facility_id is not None:
        await zones_of(session, facility_ids=(facility_id,))
        own = known.space_ids if known is not None else await repository.spaces_of_facility(session, facility_id)
        item = replace(item, space_ids=tuple(own))
    if known is not None:
        _check_same(item == replace(known, booked_by=item.booked_by, cancelled_at=None), item.reservation_id)
        return known
    if not item.space_ids:
        raise InvalidInputError("a reservation keeps at least one space", code="reservation_invalid")
    await zones_of(session, space_ids=item.space_ids)
    await _check_unlisted(session, item.plate_token, at)
    await _check_offered(session, item)
    await repository.add_reservation(session, item, at)
    fact = ReservationBooked(
        reservation_id=item.reservation_id, space_ids=item.space_ids, start=item.span.start, end=end
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    return item


async def reservation_of(session: AsyncSession, reservation_id: str) -> Reservation:
    """Raises NotFoundError (`reservation_unknown`)."""
    found = await repository.reservation(session, reservation_id)
    if found is None:
        raise NotFoundError(f"there is no reservation {reservation_id[:64]!r}", code="reservation_unknown")
    return found


async def cancel(session: AsyncSession, reservation_id: str, *, by: str, at: datetime) -> None:
    """Give the spaces back; one that is cancelled stays so. Raises NotFoundError (`reservation_unknown`)."""
    await repository.lock(session, reservation_id)
    known = await reservation_of(session, reservation_id)
    if known.cancelled_at is None:
        await repository.cancel_reservation(session, reservation_id, by=by, at=at)
        fact = ReservationCancelled(reservation_id=reservation_id, space_ids=known.space_ids, cancelled_at=at)
        await outbox.write(session, fact, source=SOURCE, at=at)


async def exclude(session: AsyncSession, item: Listing, *, at: datetime) -> Listing:
    """Exclude a vehicle from permits and reservations to come; asked again it changes nothing.

    Raises ConflictError (`right_id_taken`).
    """
    await repository.lock(session, item.listing_id)
    known = await repository.listing(session, item.listing_id)
    if known is not None:
        _check_same(item == replace(known, listed_by=item.listed_by, lifted_at=None), item.listing_id)
        return known
    await repository.add_listing(session, item, at)
    return item


async def lift(session: AsyncSession, listing_id: str, *, by: str, at: datetime) -> None:
    """End an exclusion; raises NotFoundError (`listing_unknown`)."""
    await repository.lock(session, listing_id)
    known = await repository.listing(session, listing_id)
    if known is None:
        raise NotFoundError(f"there is no listing {listing_id[:64]!r}", code="listing_unknown")
    if known.lifted_at is None:
        await repository.lift_listing(session, listing_id, by=by, at=at)


async def share(session: AsyncSession, item: Offer, *, at: datetime) -> Offer:
    """Open a space to the public in weekly hours; asked again with the same content it changes nothing.

    Raises InvalidInputError (`hours_invalid`), NotFoundError (`place_unknown`), ConflictError (`right_id_taken`).
    """
    if not item.hours or any(not 0 < one.minutes <= DAY_MINUTES for one in item.hours):
        raise InvalidInputError("an offer has hours, of at most a day each", code="hours_invalid")
    await repository.lock(session, item.offer_id)
    known = await repository.offer(session, item.offer_id)
    if known is not None:
        _check_same(item == replace(known, offered_by=item.offered_by, withdrawn_at=None), item.offer_id)
        return known
    await zones_of(session, space_ids=(item.space_id,))
    await repository.add_offer(session, item, at)
    fact = RightGranted(
        right_id=item.offer_id,
        kind="shared_hours",
        zone_ids=(),
        facility_ids=(),
        space_ids=(item.space_id,),
        valid_from=item.span.start,
        valid_to=item.span.end,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    return item


async def offer_of(session: AsyncSession, offer_id: str) -> Offer:
    """Raises NotFoundError (`offer_unknown`)."""
    found = await repository.offer(session, offer_id)
    if found is None:
        raise NotFoundError(f"there is no offer {offer_id[:64]!r}", code="offer_unknown")
    return found


async def withdraw(session: AsyncSession, offer_id: str, *, by: str, at: datetime) -> None:
    """End an offer; reservations that were made stay. Raises NotFoundError (`offer_unknown`)."""
    await repository.lock(session, offer_id)
    known = await offer_of(session, offer_id)
    if known.withdrawn_at is None:
        await repository.withdraw_offer(session, offer_id, by=by, at=at)
        fact = RightRevoked(right_id=offer_id, kind="shared_hours", revoked_at=at)
        await outbox.write(session, fact, source=SOURCE, at=at)


async def zones_of(
    session: AsyncSession,
    *,
    zone_ids: Collection[str] = (),
    facility_ids: Collection[str] = (),
    space_ids: Collection[str] = (),
) -> list[str]:
    """The zones of places, each once. Raises NotFoundError (`place_unknown`)."""
    found, unknown = await repository.zones_of_places(session, zone_ids, facility_ids, space_ids)
    if unknown:
        raise NotFoundError(f"there is no {', '.join(sorted(unknown)[:5])}", code="place_unknown")
    return sorted(set(found.values()))


def _check_same(is_same: bool, right_id: str) -> None:  # noqa: FBT001 - one fact, said by the name
    if not is_same:
        raise ConflictError(f"{right_id} stands for something else", code="right_id_taken")


async def _check_unlisted(session: AsyncSession, plate_token: str, at: datetime) -> None:
    if await repository.listings_over(session, (plate_token,), at):
        raise ConflictError("an authority has excluded this vehicle from such rights", code="vehicle_listed")


async def _check_offered(session: AsyncSession, item: Reservation) -> None:
    """A shared space is lent in its hours alone; one that nobody shares is reserved at any time."""
    offered = await repository.offers_of(session, item.space_ids, item.span.start)
    for space_id in {one.space_id for one in offered}:
        if not any(one.covers(item.span) for one in offered if one.space_id == space_id):
            raise ConflictError(f"{space_id} is not shared in all of that time", code="space_not_offered")
