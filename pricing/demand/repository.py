"""All SQL of estimates of the response to price that a city keeps."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.demand.estimate import Estimate
from pricing.demand.tables import PricingDemandEstimateRow


@dataclass(frozen=True, kw_only=True)
class KeptEstimate:
    """An estimate as a city has it on record."""

    judged_until: datetime
    made_at: datetime
    proposals: tuple[str, ...]
    """Published proposals whose lotteries are in it."""
    estimate: Estimate


async def keep(session: AsyncSession, kept: KeptEstimate) -> None:
    await session.execute(
        insert(PricingDemandEstimateRow).values(
            judged_until=kept.judged_until,
            made_at=kept.made_at,
            source=kept.estimate.source,
            why=kept.estimate.why,
            proposals=list(kept.proposals),
            estimate=msgspec.to_builtins(kept.estimate),
        )
    )


async def newest(session: AsyncSession, *, by: datetime, limit: int = 1) -> list[KeptEstimate]:
    """Made by an instant, the newest first; empty before the first."""
    row = PricingDemandEstimateRow
    wanted = select(row).where(row.made_at <= by).order_by(row.judged_until.desc()).limit(limit)
    return [
        KeptEstimate(
            judged_until=one.judged_until,
            made_at=one.made_at,
            proposals=tuple(one.proposals),
            estimate=msgspec.convert(one.estimate, Estimate),
        )
        for one in await session.scalars(wanted)
    ]


async def judged_until(session: AsyncSession) -> datetime | None:
    """The newest verdict that any estimate knows; None before the first."""
    row = PricingDemandEstimateRow
    found: datetime | None = await session.scalar(select(row.judged_until).order_by(row.judged_until.desc()).limit(1))
    return found
