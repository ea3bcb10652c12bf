"""One reading is followed by one name from the door to the stay, through a real worker and a real HTTP process."""

import asyncio
import json
import logging
from dataclasses import replace
from io import StringIO

import pytest
from click.testing import CliRunner
from redis.asyncio import Redis

from api.bootstrap.working import ROLES, Working
from api.cli.devices import command
from api.logs import JsonFormatter
from api.settings import DATABASE_URL, REDIS_URL, log_format
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros, utc_now
from parking.domain.errors import InvalidInputError
from parking.occupancy.followed import KEY, followed_at, reading_name
from tests.api import small_city
from tests.api.http_process import PATIENCE_S, bearing, http_process, make_key, settings_for
from tests.parking.occupancy.live import running

STAGES = ["door", "stream", "engine", "history", "event", "session"]


def lines(written: StringIO) -> list[dict[str, str]]:
    """What was followed; every other line is JSON as well."""
    read = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in read if "stage" in line]


@pytest.mark.service
async def test_reading_has_one_name_from_the_door_to_the_stay_when_its_device_is_followed(
    database: Database, database_url: str, redis: Redis, redis_url: str, mqtt_url: str
) -> None:
    await small_city.build(database)
    await small_city.equip(database)
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter("test"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("parking.occupancy.followed").setLevel(logging.INFO)
    settings = replace(settings_for(database_url, redis_url), mqtt_url=mqtt_url)
    environment = {DATABASE_URL: database_url, REDIS_URL: redis_url}
    try:
        said = await asyncio.to_thread(
            lambda: CliRunner(env=environment).invoke(command, ["follow", "d1", "--for", "5m"], catch_exceptions=False)
        )
        assert said.output.startswith("d1 is followed until ")
        assert await followed_at(redis, utc_now()) == {"d1"}
        async with running(Working(settings, ROLES).run()), http_process(database_url, redis_url) as process:
            await process.until_ready()
            key = await make_key(database)
            at = utc_now()
            items = [
                {"device": device, "observed_at": at.isoformat(), "status": "occupied", "kind": "change"}
                for device in ("d2", "d1", "d1")
            ]
            async with asyncio.timeout(PATIENCE_S):
                while (
                    await process.client.post("/v1/readings", json={"readings": items}, headers=bearing(key))
                ).status_code != 202:
                    await asyncio.sleep(0.05)
                while {line["stage"] for line in lines(written)} < set(STAGES):
                    await asyncio.sleep(0.05)
    finally:
        logging.getLogger().removeHandler(handler)
    told = lines(written)
    name = reading_name("d1", to_micros(at))
    assert {(line["reading"], line["device"]) for line in told} == {(name, "d1")}
    by_stage = {stage: [line for line in told if line["stage"] == stage] for stage in STAGES}
    assert [line["outcome"] for line in by_stage["door"]] == ["durable", "duplicate"]
    place = {name: by_stage["stream"][0][name] for name in ("shard", "entry", "item")}
    assert place["item"] == "1"
    for stage in ("engine", "history"):
        assert {name: by_stage[stage][0][name] for name in place} == place
    assert by_stage["engine"][0]["disposition"] == "applied"
    change = by_stage["engine"][0]["change"]
    assert by_stage["event"][0]["event"].startswith(f"{place['shard']}-{change}-")
    assert by_stage["session"][0]["event"] == by_stage["event"][0]["event"]
    assert by_stage["session"][0]["did"] == "parking.session.started"


@pytest.mark.service
async def test_device_is_forgotten_when_its_time_is_over_or_a_person_says_so(redis: Redis, redis_url: str) -> None:
    environment = {DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none", REDIS_URL: redis_url}
    now = utc_now()

    def follow(*words: str) -> str:
        return CliRunner(env=environment).invoke(command, ["follow", *words], catch_exceptions=False).output

    await asyncio.to_thread(follow, "d1", "--for", "1h")
    await asyncio.to_thread(follow, "d2", "--for", "1d")
    assert await followed_at(redis, now) == {"d1", "d2"}
    assert await asyncio.to_thread(follow, "d1", "--for", "0s") == "d1 is followed no more\n"
    assert await followed_at(redis, now) == {"d2"}
    await redis.zadd(KEY, {"d2": to_micros(now) // 1000 - 1})
    assert await followed_at(redis, now) == frozenset()
    with pytest.raises(InvalidInputError):
        await asyncio.to_thread(follow, "d1", "--for", "2d")


def test_log_form_is_refused_when_nobody_knows_it() -> None:
    assert (log_format({}), log_format({"PARKING_LOG_FORMAT": "json"})) == ("text", "json")
    with pytest.raises(InvalidInputError):
        log_format({"PARKING_LOG_FORMAT": "xml"})
