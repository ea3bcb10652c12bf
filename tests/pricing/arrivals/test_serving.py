"""From the hours that a city wrote to what a citizen is told of an arrival."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from redis.asyncio import Redis

from api.bootstrap.schedule import Jobs
from api.public import arrivals
from api.public.level_schemas import SegmentPage
from api.public.schemas import Availability, FacilityDetail, FacilityPage
from parking.db.unit_of_work import Database
from parking.domain.clock import format_instant, to_micros, utc_now
from parking.events.restriction import RestrictionRequested
from parking.occupancy.tables import OccupancyHourRow
from parking.restrictions import service as restrictions
from pricing.arrivals import repository, service
from pricing.arrivals.service import renew, shares_of
from pricing.forecast.history import LOOK_BACK
from tests.api import small_city
from tests.api.http_process import engine_beside, http_process

pytestmark = pytest.mark.service
BERLIN = ZoneInfo("Europe/Berlin")


def test_hours_are_told_by_the_half_hour_of_the_wall_clock() -> None:
    first = datetime(2026, 10, 24, tzinfo=BERLIN).date()
    # The clock shows two o'clock twice on the 25th: 00:00 and 01:00 UTC.
    hours = [
        repository.Hour("Z1", "kerb", datetime.fromisoformat(f"2026-10-25T{hour:02}:00:00+00:00"), share)
        for hour, share in ((0, 0.2), (1, 0.4), (2, 0.8))
    ]
    shares = shares_of([("Z1", "kerb")], hours, "Europe/Berlin", first)
    assert shares.shape == (1, (LOOK_BACK.days + 1) * 48)
    assert shares[0, 48 + 4 : 48 + 8].tolist() == pytest.approx([0.2, 0.2875, 0.6, 0.8])
    assert np.isnan(shares).sum() == shares.size - 4
    hours[2] = hours[2]._replace(moments=(0.7, None))
    assert shares_of([("Z1", "kerb")], hours, "Europe/Berlin", first)[0, 48 + 6 : 48 + 8].tolist() == [0.7, 0.8]


async def lived(database: Database, now: datetime) -> None:
    """Seven weeks of the kerb, of which the 20th day before this one was a market's, and two days of the garage."""
    random = np.random.default_rng(1)
    last = now.replace(minute=0, second=0, microsecond=0)
    async with database.transaction() as session:
        for back in range(1, 7 * 168):
            hour = last - timedelta(hours=back)
            share = 0.5 + 0.3 * np.sin(hour.hour / 12 * np.pi) + random.normal(0, 0.03)
            share = 0.9 if hour.date() == (now - timedelta(days=20)).date() else share
            places = [("Z1", "kerb"), ("Z2", "garage")] if back <= 48 else [("Z1", "kerb")]
            session.add_all(
                OccupancyHourRow(
                    zone_id=zone_id,
                    kind=kind,
                    hour=hour,
                    spaces=2,
                    known_s=7200,
                    occupied_s=round(7200 * share),
                    full_s=0,
                    stays=0,
                )
                for zone_id, kind in places
            )
        shut = RestrictionRequested(
            restriction_id="R1",
            requester="operator",
            space_ids=("S1",),
            start=now + timedelta(hours=30),
            end=now + timedelta(hours=40),
            severity="no_new_entry",
            reason="street_cleaning",
            authority="city",
        )
        await restrictions.apply(session, shut, at=now)


async def announced(database: Database, now: datetime, at: datetime) -> None:
    """Days are counted from `now`, as those of the past are, however late in the day that is."""
    async with database.transaction() as session:
        for name, day, zone_ids in (("market", -20, None), ("market", 3, ["Z1"]), ("marathon", 5, None)):
            first = now.date() + timedelta(days=day)
            await service.announce(session, name, (first, first + timedelta(days=1)), zone_ids, by="li.wei", at=at)


async def renewed(database: Database, redis: Redis, now: datetime) -> None:
    """The forecasts are made by the job, again when they are old or an event was announced, and not else."""
    await Jobs(database, redis, utc_now).renew_forecasts()
    async with database.transaction() as session:
        assert await renew(session, at=now + timedelta(hours=1)) == 0
        assert await renew(session, at=now + timedelta(hours=7)) == 2
    await announced(database, now, now + timedelta(hours=8))
    async with database.transaction() as session:
        assert await renew(session, at=now + timedelta(hours=9)) == 2
        assert await renew(session, at=now + timedelta(hours=10)) == 0
        kept = await repository.find(session, ["Z1", "Z2"])
    assert kept["Z2", "garage"].scores is None
    kerb = kept["Z1", "kerb"]
    assert kerb.scores is not None
    assert min(kerb.scores["10080"].values()) < 0.05


async def test_a_city_forecasts_from_its_own_hours_and_tells_citizens(
    database: Database, redis: Redis, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    await small_city.build(database)
    await lived(database, now)
    await renewed(database, redis, now)
    async with engine_beside(database, redis_url), http_process(database_url, redis_url) as process:
        await process.until_ready()

        def at(hours: float) -> str:
            return format_instant(to_micros(now + timedelta(hours=hours)))

        found: Any = await process.get(f"/v1/availability?bbox=118,36,119,37&at={at(20)}&for=PT1H")
        Availability.model_validate_json(json.dumps(found))
        by_zone = {zone["id"]: zone["forecast"] for zone in found["zones"]}
        (told,), (unknown,) = by_zone["Z1"], by_zone["Z2"]
        then = (now + timedelta(hours=20)).hour
        assert told["occupancy"] == pytest.approx(0.5 + 0.3 * np.sin(then / 12 * np.pi), abs=0.1)
        assert told["low"] < told["occupancy"] < told["high"]
        assert (told["spaces_open"], told["spaces_closed"], told["reason"]) == (1, 0, None)
        assert told["free_space_probability"] == pytest.approx(1 - told["occupancy"], abs=0.02)
        assert told["event"] is None
        for hours, name, share, reason in ((72, "market", 0.9, None), (120, "marathon", None, "event_without_history")):
            (of_event,) = (await process.get(f"/v1/zones/Z1?at={at(hours)}"))["forecast"]
            assert (of_event["event"], of_event["reason"]) == (name, reason)
            assert of_event["occupancy"] == (None if share is None else pytest.approx(share, abs=0.1))
        assert (told["follows_present"], told["price"], told["fee"]) == (False, None, None)
        assert (unknown["reason"], unknown["occupancy"], unknown["free_space_probability"]) == (
            "too_little_history",
            None,
            None,
        )
        (closed,) = (await process.get(f"/v1/zones/Z1?at={at(35)}"))["forecast"]
        assert (closed["spaces_open"], closed["free_space_probability"], closed["reason"]) == (0, 0.0, "closed")
        garage: Any = await process.get(f"/v1/facilities/G1?at={at(1)}")
        FacilityDetail.model_validate_json(json.dumps(garage))
        assert garage["forecast"]["spaces_open"] == 1
        listed: Any = await process.get(f"/v1/facilities?at={at(1)}")
        FacilityPage.model_validate_json(json.dumps(listed))
        assert [one["forecast"] for one in listed["facilities"]] == [garage["forecast"]]
        (segment,) = (await process.get(f"/v1/segments?zone=Z1&at={at(20)}"))["segments"]
        SegmentPage.model_validate_json(json.dumps({"segments": [segment], "next": None}))
        assert segment["forecast"] == (await process.get(f"/v1/segments/{segment['id']}?at={at(20)}"))["forecast"]
        assert [(one["kind"], one["occupancy"]) for one in segment["forecast"]] == [("kerb", told["occupancy"])]
        assert "forecast" not in await process.get("/v1/zones/Z1")
        monkeypatch.setattr(arrivals, "MOST_FEES", 1)
        refused = await process.client.get(f"/v1/availability?bbox=118,36,119,37&at={at(20)}&for=PT1H")
        assert (refused.status_code, refused.json()["code"]) == (400, "for_too_many")
