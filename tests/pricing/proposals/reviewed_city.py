"""The city of one kerb zone with four weeks of measured hours and a document that lets its timed price move."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from parking.db.unit_of_work import Database
from parking.occupancy.hour_rows import HourRow, copy_hours
from pricing.proposals import service
from pricing.proposals.model import Proposal
from pricing.rates.limit_store import write_limits
from pricing.rates.price_limits import PriceLimit
from pricing.rates.signs import confirm_version
from tests.pricing import kerb_city
from tests.pricing.kerb_city import LINZI, at

NOW: Final = at("09:30")
SPACES: Final = 3
UNNOTICED: Final = replace(LINZI, legal=replace(LINZI.legal, notice_working_days=0))
"""Linzi's tariff if its document asked for no days between a notice and its beginning."""
LIMITS: Final = (
    PriceLimit(
        area_class="I",
        kind="kerb",
        vehicle_class="small",
        mode="per_unit",
        unit_s=1800,
        lowest=50,
        highest=250,
        tick=50,
    ),
    PriceLimit(
        area_class="I",
        kind="kerb",
        vehicle_class="small",
        mode="per_use",
        unit_s=None,
        lowest=400,
        highest=400,
        tick=50,
    ),
)


def hours(occupancy: float, *, end: datetime = NOW, days: int = 28, zone: str = "Z1") -> list[HourRow]:
    """Whole days before the present hour, every one equally full."""
    first = end.replace(minute=0) - timedelta(days=days)
    known = SPACES * 3600
    return [
        HourRow(
            zone_id=zone,
            kind="kerb",
            hour=first + timedelta(hours=number),
            spaces=SPACES,
            known_s=known,
            occupied_s=round(known * occupancy),
            full_s=3600 if occupancy >= 0.9 else 0,
            stays=2,
        )
        for number in range(days * 24)
    ]


async def build(database: Database, occupancy: float = 0.95, *, limits: tuple[PriceLimit, ...] = LIMITS) -> None:
    await kerb_city.build(database, UNNOTICED)
    async with database.transaction() as session:
        await copy_hours(session, hours(occupancy))
        if limits:
            await write_limits(session, "doc-1", limits, by="li", at=NOW)


async def proposed(database: Database, *, by: str | None = "li", now: datetime = NOW) -> Proposal:
    async with database.transaction() as session:
        return await service.propose(session, at=now, prepared_by=by)


async def approved(
    database: Database, proposal: Proposal, effective_from: datetime, *, by: str = "wang", now: datetime = NOW
) -> Proposal:
    async with database.transaction() as session:
        return await service.approve(session, proposal.proposal_id, by=by, effective_from=effective_from, at=now)


async def published(database: Database, proposal: Proposal, *, by: str = "li", now: datetime = NOW) -> Proposal:
    """With every sign replaced in time."""
    async with database.transaction() as session:
        done = await service.publish(session, proposal.proposal_id, by=by, at=now)
        for version in done.published_versions:
            await confirm_version(session, version.rate_table_id, version.version, by="inspector", at=now)
        return done
