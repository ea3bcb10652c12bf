"""Gives the demonstration city a policy of its reviews and two reviews of prices in its past, so that what came of one can be looked at on the first day.

Made, approved and published by the demonstration's own persons through the same steps as any other, from what its drivers did until then. How drivers
take prices is a law of the simulation (`devices/simulation/turnout.py`) that nothing here can read; the worker judges both at its first start.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.installation.demonstration_prices import APPROVER, INSPECTOR, PREPARER
from parking.db.city_calendar import calendars_of
from parking.places.demonstration_zones import ZONES
from pricing.proposals import policies, service
from pricing.proposals.derivation import changes
from pricing.proposals.model import Proposal
from pricing.proposals.policy import ReviewPolicy
from pricing.rates import service as rates
from pricing.rates.notice import earliest_beginning
from pricing.rates.signs import confirm_version

REVIEWED_AFTER: Final = (timedelta(weeks=1), timedelta(weeks=5))
"""The second one is what tells of a response: a single change says nothing of it (`pricing/evaluation/monitor.py`)."""
MEASURED_WEEKS: Final = 1
TRIED_IN: Final = tuple(zone.zone_id for zone in ZONES if zone.district_id == "370303")[::2]
"""In every second zone of the district in the middle of the city, so that there is still something to decide in the others."""
POLICY: Final = ReviewPolicy(revenue_share=0.9, max_distinct_prices=8, affordability_caps={"ZD-07": 400})
"""Whoever has to go to the hospital can pay for it: four yuan an hour, and people can remember eight prices."""
WHY: Final = "医院周边不超过每小时 4 元，全市价格不超过八种 / four yuan an hour at most around the hospital, eight prices in the city"


async def decide_policy(session: AsyncSession, *, at: datetime) -> None:
    """Two persons follow it from the first review on. Raises as the steps of a policy do."""
    put = await policies.put_forward(session, POLICY, None, by=PREPARER, reason=WHY, at=at)
    await policies.approve(session, put.policy_id, by=APPROVER, at=at)


async def review_past(session: AsyncSession, *, at: datetime) -> Proposal:
    """Published, and in force from the first day that the notice of its time allows; raises as the steps of a proposal do."""
    made = await service.propose(session, at=at, prepared_by=PREPARER, zone_ids=TRIED_IN, weeks=MEASURED_WEEKS)
    tables = [(await rates.version_of(session, one.rate_table_id, one.version)).table for one in changes(made.cells)]
    calendars = calendars_of(session)
    begins = max(
        (earliest_beginning(one, at.astimezone(ZoneInfo(one.timezone)).date(), calendars) for one in tables), default=at
    )
    await service.approve(session, made.proposal_id, by=APPROVER, effective_from=begins, at=at)
    done = await service.publish(session, made.proposal_id, by=PREPARER, at=at)
    for version in done.published_versions:
        await confirm_version(session, version.rate_table_id, version.version, by=INSPECTOR, at=begins)
    return done
