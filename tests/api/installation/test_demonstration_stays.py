"""A draft tariff can be tried on the past of the demonstration city."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import pricing.rates
from api.installation.demonstration import make_demonstration
from api.installation.demonstration_stays import WEEKS
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.time_span import TimeSpan
from pricing.rates.policy_file import read_policy
from pricing.simulation.service import simulate_draft

pytestmark = pytest.mark.service
STAYS = text("SELECT count(*), count(plate_token), count(*) FILTER (WHERE state = 'ended'), max(ended_at) FROM session")
OVERLAPS = text(
    "SELECT count(*) FROM (SELECT started_at < lag(ended_at) OVER (PARTITION BY plate_token ORDER BY started_at) AS twice"
    " FROM session WHERE plate_token IS NOT NULL) AS pairs WHERE twice"
)


async def test_draft_is_simulated_on_the_history_when_the_city_is_fresh(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    await make_demonstration(database_url, tmp_path, None, seed=3)
    print(f"prepared in {time.monotonic() - began:.1f} s")
    linzi = read_policy(Path(pricing.rates.__file__).parent / "policies" / "linzi.toml")
    now = utc_now()
    async with database.transaction() as session:
        count, known, ended, last = (await session.execute(STAYS)).one()
        assert await session.scalar(OVERLAPS) == 0
        began = time.monotonic()
        result = await simulate_draft(
            session, replace(linzi, version=99), None, TimeSpan(now - timedelta(weeks=WEEKS), now)
        )
        print(f"{result.total.stays} of {count} stays simulated in {time.monotonic() - began:.1f} s")
    assert count == ended > 50_000
    assert 0.75 < known / count < 0.85
    assert last < now
    assert result.total.stays > 1_000
    assert result.total.free_after < result.total.stays
    assert {share.key for share in result.shares["person"]} == {"visitor", "resident", "unknown"}
