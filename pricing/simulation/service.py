"""What one may do with a draft before anybody pays by it: simulate it."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.calendar.official import OFFICIAL, Calendars
from parking.domain.errors import InvalidInputError
from parking.domain.time_span import TimeSpan
from pricing.fees.arrays.amounts import amounts
from pricing.rates.model import Posting, RateTable
from pricing.rates.repository import postings_after
from pricing.simulation.compare import compare
from pricing.simulation.model import NAMED_SOURCE, Assumptions, RecordedStays, SimulationResult
from pricing.simulation.present import chosen, present_amounts, priced_by
from pricing.simulation.recorded_database import read_recorded

STRONGEST: Final = -5.0


async def simulate_draft(
    session: AsyncSession,
    draft: RateTable,
    zone_ids: Collection[str] | None,
    span: TimeSpan,
    elasticity: float | None = None,
    *,
    against: RateTable | None = None,
    calendars: Calendars = OFFICIAL,
) -> SimulationResult:
    """Compare a draft with what was in force, or with another table, over the closed stays that began within the span.

    `zone_ids` None is every zone; stays on places that the draft has no price for are left out. Without an elasticity
    the stated prior is assumed. Raises `InvalidInputError` (`span_open`, `stays_missing`, `elasticity_invalid`).
    """
    if span.end is None:
        raise InvalidInputError("a simulation needs the end of the time it looks at", code="span_open")
    recorded = await read_recorded(session, span.start, span.end, zone_ids=zone_ids)
    # Beside the event loop, which other people's requests share: a million stays are seconds of arithmetic.
    if against is not None:
        return await asyncio.to_thread(simulate_tables, recorded, draft, against, elasticity, calendars=calendars)
    postings = [one for one in await postings_after(session, span.start) if one.start < span.end]
    return await asyncio.to_thread(_simulate_present, recorded, draft, postings, elasticity, calendars)


def _simulate_present(
    recorded: RecordedStays,
    draft: RateTable,
    postings: Sequence[Posting],
    elasticity: float | None,
    calendars: Calendars,
) -> SimulationResult:
    recorded = chosen(recorded, priced_by(draft, recorded))
    before, names = present_amounts(recorded, postings, calendars=calendars)
    return compare(
        _required(recorded),
        before,
        amounts(draft, recorded.stays, calendars=calendars),
        draft=draft,
        present=names,
        assumptions=assumptions_of(elasticity),
    )


def simulate_tables(
    recorded: RecordedStays,
    draft: RateTable,
    against: RateTable,
    elasticity: float | None = None,
    *,
    calendars: Calendars = OFFICIAL,
) -> SimulationResult:
    """Compare a draft with another table over recorded stays; raises as `simulate_draft`."""
    recorded = _required(chosen(recorded, priced_by(draft, recorded)))
    return compare(
        recorded,
        amounts(against, recorded.stays, calendars=calendars),
        amounts(draft, recorded.stays, calendars=calendars),
        draft=draft,
        present=(f"{against.rate_table_id} {against.version}",),
        assumptions=assumptions_of(elasticity),
    )


def assumptions_of(elasticity: float | None) -> Assumptions:
    if elasticity is None:
        return Assumptions()
    if not STRONGEST <= elasticity <= 0:
        raise InvalidInputError(
            f"an elasticity of parked time lies between {STRONGEST} and 0", code="elasticity_invalid"
        )
    return Assumptions(elasticity=elasticity, source=NAMED_SOURCE)


def _required(recorded: RecordedStays) -> RecordedStays:
    if not len(recorded.stays):
        raise InvalidInputError("no stays were recorded there in that time", code="stays_missing")
    return recorded
