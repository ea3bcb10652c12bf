"""From stays that people began and what somebody counted to what a citizen is told of a street without sensors."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import insert, select

from api.auth.accounts.service import create_account
from api.bootstrap.schedule import Jobs
from api.public.schemas import Availability
from parking.db.unit_of_work import Database
from parking.occupancy.tables import OccupancyHourRow
from parking.places.service import import_collection
from parking.sessions.tables import SessionRow
from pricing.paid.tables import PaidHourRow
from pricing.rates.model import RateTable
from tests.api.kerb_people import PASSWORD, Kerb, Person, opened_kerb
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
SURVEYS = "/v1/operator/surveys"
SPACES = 10
PAYING = dict(zip(range(7, 19), (2, 3, 5, 6, 6, 5, 4, 4, 5, 6, 4, 3), strict=True))
"""Of ten spaces, by local hour; two of those that stand there do not pay, and at weekends everybody is two fewer."""
BY_DAY = replace(
    kerb_city.LINZI,
    collections=tuple(
        replace(one, lines=tuple(line for line in one.lines if line.rule_id.startswith("day")))
        for one in kerb_city.LINZI.collections
    ),
)
"""Charges from seven to nineteen, so that at night payments tell nothing."""


def paying(day: datetime, hour: int) -> int:
    return max(PAYING[hour] - (2 if day.weekday() >= 5 else 0), 0)


def stays() -> Iterator[dict[str, Any]]:
    """Eight weeks of hours, each of which somebody pays for on the first spaces; a sensor's stay and a forgotten one beside them."""
    for back in range(56):
        day = kerb_city.at("00:00", -back)
        for hour in PAYING:
            for number in range(paying(day, hour)):
                yield stay(f"{back}-{hour}-{number}", f"P{number}", day + timedelta(hours=hour), 1)
    yesterday = kerb_city.at("00:00", -2)
    yield stay("sensor", "P9", yesterday + timedelta(hours=8), 1) | {"start_source": "sensor"}
    yield stay("forgotten", "P8", yesterday + timedelta(hours=8), 5) | {
        "gaps": [
            {
                "start": (yesterday + timedelta(hours=8.5)).isoformat(),
                "end": (yesterday + timedelta(hours=13)).isoformat(),
                "reason": "silent",
            }
        ]
    }


def stay(name: str, space_id: str, start: datetime, hours: int) -> dict[str, Any]:
    end = start + timedelta(hours=hours)
    ends = dict.fromkeys(("ended_at", "ended_earliest", "ended_latest"), end)
    begins = {"started_at": start, "started_earliest": start, "start_source": "app", "end_source": "app"}
    place = {"session_id": name, "space_id": space_id, "zone_id": "Z1" if space_id.startswith("P") else "Z2"}
    return place | begins | ends | {"state": "ended", "vehicle_class": "small", "gaps": [], "evidence": []}


async def lived(database: Database) -> None:
    """Z1 has ten spaces without sensors, Z2 one of which nobody ever counted anything, and the seven days' hours of one sensor."""
    spaces = [kerb_city.feature("space", f"P{n}", zone="Z1", kind="kerb", segment="Z1-N") for n in range(SPACES)]
    names = ("S1", "S2", "S3")
    gone = [
        kerb_city.feature("space", name, zone="Z1", kind="kerb", segment="Z1-N", in_service=False) for name in names
    ]
    other = [
        kerb_city.feature("district", "370303"),
        kerb_city.feature("zone", "Z2", district="370305", area_class="I", price_document="doc-1"),
        kerb_city.feature("segment", "Z2-N", zone="Z2"),
        kerb_city.feature("space", "Q0", zone="Z2", kind="kerb", segment="Z2-N"),
    ]
    async with database.transaction() as session:
        city = {"type": "FeatureCollection", "features": [*spaces, *gone, *other]}
        assert (await import_collection(session, city, at=kerb_city.OPENING)).errors == ()
        table: RateTable = replace(BY_DAY, rate_table_id="other")
        await kerb_city.put_in_force(session, table, kerb_city.OPENING, zone="Z2")
        await create_account(
            session, name="chen", password=PASSWORD, role="operator", district_id="370303", now=kerb_city.OPENING
        )
        await session.execute(insert(SessionRow), list(stays()))
        await session.execute(insert(SessionRow), [stay("q", "Q0", kerb_city.at("10:00", -3), 1)])
        seen = kerb_city.at("11:00", -20)
        known = {"known_s": 3600, "occupied_s": 0, "full_s": 0, "stays": 0, "spaces": SPACES}
        session.add_all(
            OccupancyHourRow(zone_id="Z1", kind="kerb", hour=seen + timedelta(hours=number), **known | {"known_s": s})
            for number, s in ((0, 3600 * SPACES), (1, 3600))
        )


def counted(day: int, hour: int, **changed: object) -> dict[str, object]:
    """Two more stand there than pay, one more or less by the day."""
    at = kerb_city.at(f"{hour:02}:20", -day)
    occupied = paying(at, hour) + 2 + day % 3 - 1
    return {"zone": "Z1", "kind": "kerb", "at": at.isoformat(), "spaces": SPACES, "occupied": occupied, **changed}


async def told(kerb: Kerb, clock: str, days: int = 1, zone: str = "Z1") -> Any:  # noqa: ANN401 - JSON
    at = kerb_city.at(clock, days).isoformat().replace("+", "%2B")
    document = await kerb.process.get(f"/v1/zones/{zone}?at={at}")
    assert (document["vacant"], document["occupied"]) == (0, 0)
    (one,) = document["forecast"]
    return one


async def refused_elsewhere(elsewhere: Person, count_id: int) -> None:
    """Staff of another district neither tell, see nor withdraw counts."""
    report = (await elsewhere.post(SURVEYS, {"counts": [counted(4, 9)]})).json()
    assert (report["accepted"], [one["code"] for one in report["rejected"]]) == (0, ["district_forbidden"])
    assert (await elsewhere.get(SURVEYS))["counts"] == []
    assert (await elsewhere.post(f"{SURVEYS}/{count_id}/withdraw", {})).json()["code"] == "district_forbidden"
    assert (await elsewhere.get("/v1/operator/payment-correction"))["places"] == []


async def refused_where_wrong(operator: Person) -> None:
    """Good counts stay, each bad one has its code, and the same again changes nothing."""
    first = [counted(day, hour) for day in (3, 5) for hour in (8, 10, 12)]
    wrong = {
        "item_invalid": counted(3, 9, spaces="ten"),
        "zone_unknown": counted(3, 9, zone="Z9"),
        "place_unknown": counted(3, 9, kind="garage"),
        "counted_in_future": counted(-1, 9),
        "counted_too_long_ago": counted(200, 9),
        "occupied_exceeds_spaces": counted(3, 9, spaces=5, occupied=6),
        "spaces_exceed_place": counted(3, 9, spaces=11),
        "too_few_spaces": counted(3, 9, spaces=2, occupied=2),
        "count_differs": first[0] | {"occupied": 10},
    }
    report = (await operator.post(SURVEYS, {"counts": [*first, *wrong.values(), first[0]]})).json()
    assert (report["accepted"], report["duplicate"]) == (6, 1)
    assert [(one["index"], one["code"]) for one in report["rejected"]] == list(enumerate(wrong, start=6))
    again = (await operator.post(SURVEYS, {"counts": first})).json()
    assert again == {"accepted": 0, "duplicate": 6, "rejected": []}
    page = await operator.get(f"{SURVEYS}?zone=Z1&limit=4")
    rest = await operator.get(f"{SURVEYS}?limit=4&cursor={page['next']}")
    assert (len(page["counts"]), len(rest["counts"]), rest["next"]) == (4, 2, None)


async def test_street_without_sensors_is_forecast_once_a_person_has_counted_it(
    database: Database, redis: Redis, database_url: str, redis_url: str
) -> None:
    async with opened_kerb(database, database_url, redis_url, "09:30", BY_DAY) as kerb:
        await lived(database)
        await kerb.process.until("/v1/zones/Z2", lambda answer: "id" in answer)
        jobs = Jobs(database, redis, kerb.time)
        await jobs.renew_forecasts()
        for zone in ("Z1", "Z2"):
            bare = await told(kerb, "10:00", zone=zone)
            assert (bare["estimated"], bare["occupancy"], bare["reason"]) == (True, None, "never_counted")
            assert bare["free_space_probability"] is None
        async with database.transaction() as session:
            row = PaidHourRow
            found = await session.execute(select(row.hour, row.paid_s).where(row.zone_id == "Z1"))
            paid = {hour: seconds for hour, seconds in found}  # noqa: C416 - rows are no pairs to mypy
        # What a sensor saw is no payment, a gap is not charged, and an hour that sensors know is theirs.
        assert paid[kerb_city.at("08:00", -2)] == 3600 * paying(kerb_city.at("08:00", -2), 8) + 1800
        assert kerb_city.at("11:00", -20) not in paid
        assert kerb_city.at("12:00", -20) in paid
        assert {hour.astimezone(kerb_city.ZIBO).hour for hour in paid} == set(PAYING)
        assert max(paid) == kerb_city.at("07:00", -1)

        async with kerb.person("li.wei") as operator:
            await refused_where_wrong(operator)
            kerb.time.now += timedelta(minutes=10)
            await jobs.renew_forecasts()
            assert (await told(kerb, "10:00"))["reason"] == "survey_too_small"
            more = [counted(day, hour) for day in range(3, 9) for hour in PAYING]
            assert (await operator.post(SURVEYS, {"counts": more})).json()["accepted"] == len(more) - 6
            kerb.time.now += timedelta(minutes=10)
            await jobs.renew_forecasts()
            learnt = await operator.get("/v1/operator/payment-correction")
            assert (learnt["hours"], learnt["days"], learnt["why_not"]) == (72, 6, None)
            assert learnt["mean_absolute_error"] < 0.12 < learnt["paid_error"]
            (counts,) = (await operator.get(f"{SURVEYS}?limit=1"))["counts"]

            for clock, hour in (("10:00", 10), ("17:30", 17)):
                estimate = await told(kerb, clock)
                expected = (paying(kerb_city.at(clock, 1), hour) + 2) / SPACES
                assert (estimate["estimated"], estimate["reason"], estimate["follows_present"]) == (True, None, False)
                assert estimate["occupancy"] == pytest.approx(expected, abs=0.1)
                assert estimate["low"] <= expected <= estimate["high"]
                # No narrower than what counts differ by from day to day.
                assert estimate["high"] - estimate["low"] > 0.1
                assert estimate["estimate_error"] == pytest.approx(learnt["mean_absolute_error"], abs=1e-4)
                assert 0 < estimate["free_space_probability"] < 1
            assert (await told(kerb, "23:00"))["reason"] == "not_charged_then"
            assert (await told(kerb, "10:00", zone="Z2"))["reason"] == "never_counted"
            nearby = await kerb.process.get("/v1/availability?bbox=118,36,119,37&at=2026-03-03T10:00:00Z")
            Availability.model_validate_json(json.dumps(nearby))

            async with kerb.person("chen") as elsewhere:
                await refused_elsewhere(elsewhere, counts["id"])
            path = f"{SURVEYS}/{counts['id']}/withdraw"
            assert (await operator.post(path, {})).status_code == 204
            assert (await operator.post(path, {})).json()["code"] == "count_unknown"
            kerb.time.now += timedelta(minutes=10)
            await jobs.renew_forecasts()
            assert (await operator.get("/v1/operator/payment-correction"))["hours"] == 71
