"""Permits, reservations, exclusions and shared spaces over HTTP. Every write is in the audit; plates leave masked."""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.deps import provided
from api.operator.rate_access import (
    REFUSALS,
    Approver,
    ClockDep,
    DatabaseDep,
    Preparer,
    Reader,
    check_zones,
    zones_of,
)
from api.operator.rate_schemas import ReasonIn
from api.operator.right_schemas import (
    HoursOut,
    ListingIn,
    ListingList,
    ListingOut,
    OfferIn,
    OfferList,
    OfferOut,
    PermitIn,
    PermitList,
    PermitOut,
    ReservationIn,
    ReservationList,
    ReservationOut,
)
from parking.domain.ids import ID_PATTERN
from parking.privacy.vault import PlateVault
from parking.rights import repository, service
from parking.rights.model import Listing, Offer, Permit, Reservation

router = APIRouter(tags=["operators"])
CITY_TIME: Final = "Asia/Shanghai"
"""Of the hours in which spaces are shared; the country has one."""
Vault = Annotated[PlateVault, Depends(provided(PlateVault))]
RightId = Annotated[str, Path(pattern=ID_PATTERN)]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.post("/v1/operator/permits", status_code=201, summary="Grant a permit", responses=REFUSALS)
async def grant(wish: PermitIn, caller: Preparer, database: DatabaseDep, vault: Vault, clock: ClockDep) -> PermitOut:
    """Sent again with the same content it answers the same permit; another content under the id is a 409."""
    now = clock()
    async with database.transaction() as session:
        own = await service.zones_of(session, zone_ids=wish.zones, facility_ids=wish.facilities)
        await check_zones(session, caller, own or None)
        sealed = await vault.seal(session, wish.plate, now)
        item = Permit(
            permit_id=wish.id,
            kind=wish.kind,
            exempt_class=wish.exempt_class,
            proof=wish.proof,
            plate_token=sealed.token,
            zone_ids=_sorted(wish.zones),
            facility_ids=_sorted(wish.facilities),
            span=wish.span(),
            granted_by=caller.actor,
        )
        kept = await service.grant(session, item, at=now)
        await audit.record(session, caller, "permit.granted", wish.id, at=now, details={"kind": wish.kind})
    return _permit(kept, {sealed.token: sealed.masked})


@router.get("/v1/operator/permits", summary="Permits, in order of their ids", responses=REFUSALS)
async def permits(
    caller: Reader, database: DatabaseDep, vault: Vault, cursor: Cursor = None, limit: Limit = 100
) -> PermitList:
    async with database.transaction() as session:
        found = await repository.permits(session, plate_tokens=None, after=cursor, limit=limit + 1)
        page = found[:limit]
        own = await zones_of(session, caller)
        shown = page if own is None else [item for item in page if await _permit_zones(session, item) & (own | {""})]
        masks = await vault.masked(session, {item.plate_token for item in shown})
    following = page[-1].permit_id if len(found) > limit else None
    return PermitList(permits=[_permit(item, masks) for item in shown], next=following)


@router.post(
    "/v1/operator/permits/{permit_id}/revoke",
    status_code=204,
    summary="Revoke a permit",
    response_class=Response,
    responses=REFUSALS,
)
async def revoke(
    permit_id: RightId, because: ReasonIn, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> None:
    """It ends now; the stays before keep it."""
    now = clock()
    async with database.transaction() as session:
        known = await service.permit_of(session, permit_id)
        zones = await service.zones_of(session, zone_ids=known.zone_ids, facility_ids=known.facility_ids)
        await check_zones(session, caller, zones or None)
        await service.revoke(session, permit_id, by=caller.actor, reason=because.reason, at=now)
        await audit.record(session, caller, "permit.revoked", permit_id, at=now, details={"reason": because.reason})


@router.post("/v1/operator/reservations", status_code=201, summary="Reserve spaces for a vehicle", responses=REFUSALS)
async def reserve(
    wish: ReservationIn, caller: Preparer, database: DatabaseDep, vault: Vault, clock: ClockDep
) -> ReservationOut:
    """No space is reserved twice in any part of a span; a shared one only within the hours in which it is shared."""
    now = clock()
    async with database.transaction() as session:
        facilities = [] if wish.facility is None else [wish.facility]
        zones = await service.zones_of(session, space_ids=wish.spaces, facility_ids=facilities)
        await check_zones(session, caller, zones)
        sealed = await vault.seal(session, wish.plate, now)
        item = Reservation(
            reservation_id=wish.id,
            space_ids=_sorted(wish.spaces),
            plate_token=sealed.token,
            span=wish.span(),
            booked_by=caller.actor,
        )
        kept = await service.reserve(session, item, at=now, facility_id=wish.facility)
        await audit.record(session, caller, "reservation.booked", wish.id, at=now)
    return _reservation(kept, {sealed.token: sealed.masked})


@router.get("/v1/operator/reservations", summary="Reservations, in order of their ids", responses=REFUSALS)
async def reservations(
    caller: Reader, database: DatabaseDep, vault: Vault, cursor: Cursor = None, limit: Limit = 100
) -> ReservationList:
    async with database.transaction() as session:
        found = await repository.reservations(session, after=cursor, limit=limit + 1)
        page = found[:limit]
        shown = await _of_district(session, caller, {item.reservation_id: item.space_ids for item in page})
        kept = [item for item in page if item.reservation_id in shown]
        masks = await vault.masked(session, {item.plate_token for item in kept})
    following = page[-1].reservation_id if len(found) > limit else None
    return ReservationList(reservations=[_reservation(item, masks) for item in kept], next=following)


@router.post(
    "/v1/operator/reservations/{reservation_id}/cancel",
    status_code=204,
    summary="Give reserved spaces back",
    response_class=Response,
    responses=REFUSALS,
)
async def cancel(reservation_id: RightId, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> None:
    now = clock()
    async with database.transaction() as session:
        known = await service.reservation_of(session, reservation_id)
        await check_zones(session, caller, await service.zones_of(session, space_ids=known.space_ids))
        await service.cancel(session, reservation_id, by=caller.actor, at=now)
        await audit.record(session, caller, "reservation.cancelled", reservation_id, at=now)


@router.post("/v1/operator/vehicle-listings", status_code=201, summary="Exclude a vehicle", responses=REFUSALS)
async def exclude(
    wish: ListingIn, caller: Approver, database: DatabaseDep, vault: Vault, clock: ClockDep
) -> ListingOut:
    """From permits and reservations to come, on the word of an authority and a legal basis; parking stays open to it."""
    now = clock()
    async with database.transaction() as session:
        await check_zones(session, caller, None)
        sealed = await vault.seal(session, wish.plate, now)
        item = Listing(
            listing_id=wish.id,
            plate_token=sealed.token,
            authority=wish.authority,
            legal_basis=wish.legal_basis,
            reason=wish.reason,
            span=wish.span(),
            listed_by=caller.actor,
        )
        kept = await service.exclude(session, item, at=now)
        details = {"authority": wish.authority, "legal_basis": wish.legal_basis}
        await audit.record(session, caller, "vehicle.excluded", wish.id, at=now, details=details)
    return _listing(kept, {sealed.token: sealed.masked})


@router.get("/v1/operator/vehicle-listings", summary="Excluded vehicles", responses=REFUSALS)
async def listings(
    caller: Approver, database: DatabaseDep, vault: Vault, cursor: Cursor = None, limit: Limit = 100
) -> ListingList:
    async with database.transaction() as session:
        await check_zones(session, caller, None)
        found = await repository.listings(session, after=cursor, limit=limit + 1)
        page = found[:limit]
        masks = await vault.masked(session, {item.plate_token for item in page})
    following = page[-1].listing_id if len(found) > limit else None
    return ListingList(listings=[_listing(item, masks) for item in page], next=following)


@router.post(
    "/v1/operator/vehicle-listings/{listing_id}/lift",
    status_code=204,
    summary="End an exclusion",
    response_class=Response,
    responses=REFUSALS,
)
async def lift(listing_id: RightId, caller: Approver, database: DatabaseDep, clock: ClockDep) -> None:
    now = clock()
    async with database.transaction() as session:
        await check_zones(session, caller, None)
        await service.lift(session, listing_id, by=caller.actor, at=now)
        await audit.record(session, caller, "vehicle.readmitted", listing_id, at=now)


@router.post("/v1/operator/space-offers", status_code=201, summary="Share a space in weekly hours", responses=REFUSALS)
async def share(wish: OfferIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> OfferOut:
    now = clock()
    async with database.transaction() as session:
        await check_zones(session, caller, await service.zones_of(session, space_ids=[wish.space]))
        item = Offer(
            offer_id=wish.id,
            space_id=wish.space,
            holder=wish.holder,
            hours=tuple(one.hours() for one in wish.hours),
            timezone=CITY_TIME,
            span=wish.span(),
            offered_by=caller.actor,
        )
        kept = await service.share(session, item, at=now)
        await audit.record(session, caller, "space.shared", wish.id, at=now)
    return _offer(kept)


@router.get("/v1/operator/space-offers", summary="Shared spaces, in order of their ids", responses=REFUSALS)
async def offers(caller: Reader, database: DatabaseDep, cursor: Cursor = None, limit: Limit = 100) -> OfferList:
    async with database.transaction() as session:
        found = await repository.offers(session, after=cursor, limit=limit + 1)
        page = found[:limit]
        shown = await _of_district(session, caller, {item.offer_id: (item.space_id,) for item in page})
    following = page[-1].offer_id if len(found) > limit else None
    return OfferList(offers=[_offer(item) for item in page if item.offer_id in shown], next=following)


@router.post(
    "/v1/operator/space-offers/{offer_id}/withdraw",
    status_code=204,
    summary="Share a space no longer",
    response_class=Response,
    responses=REFUSALS,
)
async def withdraw(offer_id: RightId, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> None:
    """Reservations that were made stay."""
    now = clock()
    async with database.transaction() as session:
        known = await service.offer_of(session, offer_id)
        await check_zones(session, caller, await service.zones_of(session, space_ids=[known.space_id]))
        await service.withdraw(session, offer_id, by=caller.actor, at=now)
        await audit.record(session, caller, "space.unshared", offer_id, at=now)


async def _permit_zones(session: AsyncSession, item: Permit) -> set[str]:
    """Its zones; one empty name where it holds everywhere, for everybody to see."""
    found, _ = await repository.zones_of_places(session, item.zone_ids, item.facility_ids, ())
    return set(found.values()) if item.zone_ids or item.facility_ids else {""}


async def _of_district(session: AsyncSession, caller: Caller, spaces: Mapping[str, Collection[str]]) -> set[str]:
    """Which of the rights concern a space of the caller's district."""
    own = await zones_of(session, caller)
    if own is None:
        return set(spaces)
    asked = {space_id for space_ids in spaces.values() for space_id in space_ids}
    found, _ = await repository.zones_of_places(session, (), (), asked)
    return {key for key, space_ids in spaces.items() if any(found.get(space_id) in own for space_id in space_ids)}


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _permit(item: Permit, masks: Mapping[str, str]) -> PermitOut:
    return PermitOut(
        id=item.permit_id,
        kind=item.kind,
        exempt_class=item.exempt_class,
        proof=item.proof,
        plate=masks.get(item.plate_token),
        zones=list(item.zone_ids),
        facilities=list(item.facility_ids),
        valid_from=item.span.start,
        valid_to=item.span.end,
        granted_by=item.granted_by,
        revoked_at=item.revoked_at,
    )


def _reservation(item: Reservation, masks: Mapping[str, str]) -> ReservationOut:
    return ReservationOut(
        id=item.reservation_id,
        plate=masks.get(item.plate_token),
        spaces=list(item.space_ids),
        valid_from=item.span.start,
        valid_to=item.span.end,
        booked_by=item.booked_by,
        cancelled_at=item.cancelled_at,
    )


def _listing(item: Listing, masks: Mapping[str, str]) -> ListingOut:
    return ListingOut(
        id=item.listing_id,
        plate=masks.get(item.plate_token),
        authority=item.authority,
        legal_basis=item.legal_basis,
        reason=item.reason,
        valid_from=item.span.start,
        valid_to=item.span.end,
        listed_by=item.listed_by,
        lifted_at=item.lifted_at,
    )


def _offer(item: Offer) -> OfferOut:
    return OfferOut(
        id=item.offer_id,
        space=item.space_id,
        holder=item.holder,
        hours=[HoursOut(weekday=one.weekday, start_minute=one.start_minute, minutes=one.minutes) for one in item.hours],
        timezone=item.timezone,
        valid_from=item.span.start,
        valid_to=item.span.end,
        offered_by=item.offered_by,
        withdrawn_at=item.withdrawn_at,
    )
