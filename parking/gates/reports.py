"""What facilities say of themselves now, for processes that keep it in memory, and how many have come in lately."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.gates.estimates import read
from parking.gates.model import FRESH_FOR, FacilityCount, ReportedTariff
from parking.gates.tables import FacilityCountRow, GateEstimateRow, PassageRow, ReportedTariffRow
from parking.occupancy.gate_counts import GateCount

COMMITTED_WITHIN: Final = timedelta(minutes=1)
"""A row is dated when its transaction began; by then it is there for all to see."""


@dataclass(frozen=True, kw_only=True)
class StatedTariff:
    """Prices, when they were stated, and under which id."""

    facility_id: str
    item_id: str
    stated_at: datetime
    tariff: ReportedTariff


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What was written since an instant, and up to when."""

    counts: Sequence[FacilityCount]
    tariffs: Sequence[StatedTariff]
    estimates: Sequence[tuple[str, GateCount]]
    """Facility and what its passages say of it."""
    written_at: datetime | None


@dataclass(kw_only=True)
class FacilityReports:
    """What every facility has said, in memory; `adopt` takes in what changed."""

    counts: dict[str, FacilityCount] = field(default_factory=dict)
    tariffs: dict[str, dict[str, StatedTariff]] = field(default_factory=dict)
    estimates: dict[str, GateCount] = field(default_factory=dict)

    def adopt(self, changes: Changes) -> None:
        for count in changes.counts:
            self.counts[count.facility_id] = count
        for stated in changes.tariffs:
            self.tariffs.setdefault(stated.facility_id, {})[stated.item_id] = stated
        self.estimates.update(changes.estimates)

    def tariff_at(self, facility_id: str, instant: datetime) -> ReportedTariff | None:
        """The prices in force: of several the one that begins last, then the one that was stated last."""
        valid = [
            stated
            for stated in self.tariffs.get(facility_id, {}).values()
            if stated.tariff.valid_from <= instant
            and (stated.tariff.valid_to is None or instant < stated.tariff.valid_to)
        ]
        last = max(valid, key=lambda one: (one.tariff.valid_from, one.stated_at, one.item_id), default=None)
        return None if last is None else last.tariff


def is_fresh(count: FacilityCount, now: datetime) -> bool:
    return now - count.observed_at <= FRESH_FOR


async def changes_since(session: AsyncSession, since: datetime | None) -> Changes:
    """Everything with None; else what was written at or after the instant, some of it again."""
    counts, tariffs, estimates = select(FacilityCountRow), select(ReportedTariffRow), select(GateEstimateRow)
    if since is not None:
        low = since - COMMITTED_WITHIN
        counts = counts.where(FacilityCountRow.written_at >= low)
        tariffs = tariffs.where(ReportedTariffRow.written_at >= low)
        estimates = estimates.where(GateEstimateRow.written_at >= low)
    count_rows = list(await session.scalars(counts.execution_options(populate_existing=True)))
    tariff_rows = list(await session.scalars(tariffs))
    estimate_rows = list(await session.scalars(estimates.execution_options(populate_existing=True)))
    written = [row.written_at for row in count_rows]
    written += [row.written_at for row in tariff_rows]
    written += [row.written_at for row in estimate_rows]
    return Changes(
        counts=[
            FacilityCount(
                facility_id=row.facility_id,
                item_id=row.item_id,
                observed_at=row.observed_at,
                capacity=row.capacity,
                vacant=row.vacant,
            )
            for row in count_rows
        ],
        tariffs=[
            StatedTariff(
                facility_id=row.facility_id,
                item_id=row.item_id,
                stated_at=row.stated_at,
                tariff=msgspec.convert(row.tariff, ReportedTariff),
            )
            for row in tariff_rows
        ],
        estimates=[(row.facility_id, read(row)) for row in estimate_rows],
        written_at=max(written, default=since),
    )


async def entries_between(session: AsyncSession, facility_id: str, start: datetime, end: datetime) -> int:
    """Reported entries in `[start, end)`."""
    here = (PassageRow.facility_id == facility_id, PassageRow.direction == "entry")
    query = select(func.count()).where(*here, PassageRow.at >= start, PassageRow.at < end)
    return int((await session.execute(query)).scalar_one())
