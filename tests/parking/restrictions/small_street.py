"""A district with two zones, one segment and four spaces, and requests for them in short words."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.events.restriction import RestrictionRequested, Severity

T0: Final = datetime(2026, 5, 1, 6, tzinfo=UTC)
CITY: Final = """
INSERT INTO district (district_id, name, name_en) VALUES ('d', '区', 'District'), ('e', '县', 'County');
INSERT INTO zone (zone_id, district_id, name, name_en, area_class) VALUES
    ('z1', 'd', '一', 'One', 'I'), ('z2', 'e', '二', 'Two', 'II');
INSERT INTO segment (segment_id, zone_id, name, name_en) VALUES ('z1-N', 'z1', '北', 'North');
INSERT INTO space (space_id, zone_id, segment_id, kind, use, geometry, in_service) VALUES
    ('s1', 'z1', 'z1-N', 'kerb', 'ordinary', '{}', true), ('s2', 'z1', 'z1-N', 'kerb', 'ordinary', '{}', true),
    ('s3', 'z1', NULL, 'kerb', 'ordinary', '{}', true), ('s4', 'z2', NULL, 'kerb', 'ordinary', '{}', true)
"""


async def fill(database: Database) -> None:
    await execute(database, CITY)


async def execute(database: Database, statements: str) -> None:
    async with database.transaction() as session:
        for statement in statements.split(";"):
            await session.execute(text(statement.replace(":", r"\:")))


def minute(number: float) -> datetime:
    return T0 + timedelta(minutes=number)


def wanted(
    *spaces: str,
    start: float = 0,
    end: float = 60,
    restriction_id: str = "r1",
    severity: Severity = "clear_out",
    requester: str = "operator",
    base: datetime = T0,
    **rest: Any,  # noqa: ANN401 - the optional fields of a request
) -> RestrictionRequested:
    """`start` and `end` in minutes after `base`."""
    return RestrictionRequested(
        restriction_id=restriction_id,
        requester=requester,
        space_ids=spaces,
        start=base + timedelta(minutes=start),
        end=base + timedelta(minutes=end),
        severity=severity,
        **{"reason": "cleaning", "authority": "市城管局", **rest},
    )


async def events(database: Database) -> list[str]:
    """Types and subjects in the outbox, in order."""
    async with database.transaction() as session:
        rows = await session.scalars(
            text("SELECT convert_from(event, 'UTF8')\\:\\:jsonb->>'type' FROM outbox ORDER BY 1")
        )
        return list(rows)
