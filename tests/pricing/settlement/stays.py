"""Stays with fixed fees in a real database, without waiting for sensors and tariffs."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.sessions.tables import SessionRow
from pricing.quotes.tables import FeeRow
from tests.api.small_city import build, feature, named
from tests.pricing.settlement.ledger_in_memory import AT

PLACES = [
    feature("district", "D", None, admin_code="370303", **named("张店区", "Zhangdian")),
    feature("zone", "Z", None, district="D", area_class="I", **named("中心路", "Centre Road")),
]


async def make_places(database: Database) -> None:
    await build(database, PLACES)


async def add_fee(
    session: AsyncSession, session_id: str, amount: int, *, has_plate: bool = True, zone_id: str = "Z"
) -> None:
    """An ended stay of half an hour and its issued fee."""
    session.add(
        SessionRow(
            session_id=session_id,
            space_id=f"space-{session_id}",
            zone_id=zone_id,
            state="ended",
            started_at=AT - timedelta(minutes=30),
            started_earliest=AT - timedelta(minutes=30),
            ended_at=AT,
            ended_earliest=AT,
            ended_latest=AT,
            start_source="terminal",
            end_source="terminal",
            vehicle_class="small",
            plate_token="token" if has_plate else None,
            gaps=[],
            evidence=[],
        )
    )
    await session.flush()
    session.add(
        FeeRow(
            session_id=session_id,
            space_id=f"space-{session_id}",
            zone_id=zone_id,
            amount=amount,
            currency="CNY",
            lines=[],
            is_attributed=has_plate,
            issued_at=AT,
        )
    )
    await session.flush()


async def claim(session: AsyncSession, session_id: str) -> None:
    row = await session.get(SessionRow, session_id)
    if row is not None:
        row.plate_token = "token"
        await session.flush()
