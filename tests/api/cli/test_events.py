"""`parking events`: what is on the bus, what died on it, and how it is delivered again."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from api.cli.events import command, instant_of
from api.settings import REDIS_URL
from parking.bus.redis_streams import RedisStreamsBus
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.events.place import PlaceChanged
from tests.parking.bus.conftest import DELAY
from tests.parking.bus.listening import Listener, eventually, place_changed, running, subscribe

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


async def run(redis_url: str, *words: str) -> Result:
    """The command as typed, in a thread because it runs a loop of its own."""
    return await asyncio.to_thread(CliRunner(env={REDIS_URL: redis_url}).invoke, command, list(words))


async def refuse(_zone_id: str, revision: int) -> None:
    if revision == 1:
        raise ValueError("two\nlines")


@pytest.mark.service
async def test_events_are_printed_one_a_line_when_tailed(redis: Redis, redis_url: str) -> None:
    await RedisStreamsBus(redis).publish([place_changed("zone-1", 1), place_changed("zone-1", 2)])
    result = await run(redis_url, "tail", "--since", "1h", "--count", "2", "--type", PlaceChanged.TYPE)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["data"]["revision"] for line in lines] == [1, 2]
    assert {line["specversion"] for line in lines} == {"1.0"}


@pytest.mark.service
async def test_dead_letter_is_listed_and_replayed_when_a_consumer_failed(redis: Redis, redis_url: str) -> None:
    bus = RedisStreamsBus(redis, delay=DELAY)
    failing, mended = Listener(refuse), Listener()
    await bus.publish([place_changed("zone-1", 1), place_changed("zone-1", 2)])
    async with running(bus, subscribe(failing, attempts=1)):
        await eventually(lambda: failing.heard == [("zone-1", 2)])
    for words in (["dead"], ["dead", "list"], ["dead", "--consumer", "listener"]):
        (line,) = (await run(redis_url, *words)).output.splitlines()
        letter, at, attempts, kind, subject, reason = line.split("\t")
        assert (attempts, kind, subject, reason) == ("1", PlaceChanged.TYPE, "zone-1", "ValueError: two lines")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", at)
    assert (await run(redis_url, "dead", "--consumer", "another")).output == ""
    assert (await run(redis_url, "replay", letter)).output == f"replayed {letter}\n"
    async with running(bus, subscribe(mended)):
        await eventually(lambda: ("zone-1", 1) in mended.heard)
    again = await run(redis_url, "replay", "--consumer", "listener", "--since", "1h")
    assert again.exit_code == 0
    async with running(bus, subscribe(mended)):
        await eventually(lambda: mended.heard.count(("zone-1", 2)) >= 1 and mended.heard.count(("zone-1", 1)) >= 2)


@pytest.mark.service
async def test_refusals_have_codes_when_nothing_is_there_to_replay(redis_url: str) -> None:
    unknown = await run(redis_url, "replay", "listener/0-1-1")
    assert isinstance(unknown.exception, NotFoundError)
    assert unknown.exception.code == "dead_letter_unknown"
    nobody = await run(redis_url, "replay", "--consumer", "nobody", "--since", "1h")
    assert isinstance(nobody.exception, NotFoundError)
    for words in (["replay"], ["replay", "x", "--since", "1h"], ["replay", "--consumer", "c"]):
        assert (await run(redis_url, *words)).exit_code == 2


def test_instant_is_read_when_it_is_an_age_or_rfc_3339() -> None:
    assert instant_of("90s", lambda: NOW) == NOW - timedelta(seconds=90)
    assert instant_of("1.5h", lambda: NOW) == NOW - timedelta(minutes=90)
    assert instant_of("2026-05-06T20:00:00+08:00", lambda: NOW) == NOW


@pytest.mark.parametrize("text", ["", "m", "soon", "2026-05-06T20:00:00", "1e30d", "nand"])
def test_instant_is_refused_when_it_says_nothing(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        instant_of(text, lambda: NOW)
    assert refused.value.code == "instant_invalid"


@pytest.mark.parametrize("words", [["--help"], ["tail", "--help"], ["dead", "--help"], ["replay", "--help"]])
def test_help_has_an_example(words: list[str]) -> None:
    said = CliRunner().invoke(command, words)
    assert said.exit_code == 0
    assert "Example" in said.output
