"""Rights on the kerb city of the fees, made with few words."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.time_span import TimeSpan
from parking.rights.model import Listing, Permit, PermitKind, Reservation
from tests.pricing.kerb_city import at

FROM = at("00:00")


def permit(
    kind: PermitKind = "resident",
    *,
    key: str = "P1",
    exempt_class: str | None = None,
    zones: tuple[str, ...] = ("Z1",),
    until: datetime | None = None,
) -> Permit:
    return Permit(
        permit_id=key,
        kind=kind,
        exempt_class=exempt_class,
        proof=None if exempt_class is None else "证1号",
        plate_token="token",
        zone_ids=zones,
        facility_ids=(),
        span=TimeSpan(FROM, until or FROM + timedelta(days=30)),
        granted_by="account:li.wei",
    )


def reservation(key: str, start: str, end: str, *spaces: str, token: str = "token") -> Reservation:  # noqa: S107 - a name
    return Reservation(
        reservation_id=key,
        space_ids=spaces,
        plate_token=token,
        span=TimeSpan(at(start), at(end)),
        booked_by="account:li.wei",
    )


def listing(token: str = "token") -> Listing:  # noqa: S107 - a name
    return Listing(
        listing_id="L1",
        plate_token=token,
        authority="交警支队",
        legal_basis="决定2026-1号",
        reason="伪造停车证",
        span=TimeSpan(FROM, FROM + timedelta(days=90)),
        listed_by="account:zhao.min",
    )


async def told(database: Database) -> list[str]:
    """The types of what was written to the outbox about rights, in order."""
    async with database.transaction() as session:
        return await _told(session)


async def _told(session: AsyncSession) -> list[str]:
    events = await session.scalars(select(OutboxRow.event).order_by(OutboxRow.position))
    types = [fact_of(decode(event)).TYPE for event in events]
    return [name for name in types if name.startswith(("parking.right", "parking.reservation"))]
