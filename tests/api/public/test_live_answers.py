"""Readings go in over HTTP, through a real engine, and come out in every public answer."""

import pytest

from parking.db.unit_of_work import Database
from tests.api import small_city
from tests.api.http_process import bearing, engine_beside, http_process, make_key, reading

pytestmark = pytest.mark.service


async def test_a_reading_changes_the_counts_when_the_engine_runs(
    database: Database, database_url: str, redis_url: str
) -> None:
    await small_city.build(database)
    await small_city.equip(database)
    key = await make_key(database)
    async with engine_beside(database, redis_url), http_process(database_url, redis_url) as process:
        await process.until_ready()
        zone = await process.get("/v1/zones/Z1")
        assert (zone["capacity"], zone["unknown"], zone["restricted"], zone["observed_at"]) == (3, 2, 1, None)
        body = {"readings": [reading("d1", "occupied"), reading("d2", "free"), reading("nobody", "free")]}
        answer = await process.client.post("/v1/readings", json=body, headers=bearing(key))
        assert answer.status_code == 202, answer.text
        assert answer.json()["accepted"] == 2
        assert [item["code"] for item in answer.json()["rejected"]] == ["unknown_device"]
        zone = await process.until("/v1/zones/Z1", lambda found: found["unknown"] == 0)
        assert (zone["vacant"], zone["occupied"], zone["restricted"]) == (1, 1, 1)
        assert zone["stale"] is False
        assert zone["age_s"] < 20
        spaces = (await process.get("/v1/zones/Z1/spaces"))["spaces"]
        assert [space["status"] for space in spaces] == ["occupied", "free", "restricted"]
        assert spaces[2]["reason"] == "out_of_service"
