"""`parking terminal` against a running platform: a shift as a manufacturer would try it."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.terminal import command
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError
from tests.api.http_process import PATIENCE_S, http_process, make_key
from tests.pricing import kerb_city

pytestmark = pytest.mark.service


async def terminal(*arguments: str) -> Result:
    """The command beside the server: it has a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, command, list(arguments))


async def says(*arguments: str) -> str:
    done = await terminal(*arguments)
    assert done.exception is None, done.exception
    return done.output


async def test_shift_closes_at_zero_when_it_was_worked_offline(
    database_url: str, redis_url: str, database: Database, tmp_path: Path
) -> None:
    await kerb_city.build(database)
    key = await make_key(database, "operator")
    folder = ("--state", str(tmp_path / "T1"))
    start = utc_now().replace(microsecond=0) - timedelta(minutes=70)
    stay = ("--start", start.isoformat(), "--plate", "鲁C12345")
    async with http_process(database_url, redis_url) as process:
        async with asyncio.timeout(PATIENCE_S):
            while not process.app.serving.keys.loaded:
                await asyncio.sleep(0.05)
        server = f"http://127.0.0.1:{process.port}"
        place = ("--operator", "LZ", "--district", "370305", "--zone", "Z1", "--located", "here")
        told = await says("register", *folder, "--server", server, "--operator-key", key, "--id", "T1", *place)
        assert told.startswith("registered T1 with key ")
        assert (await says("sync", *folder)).startswith("3 spaces, 1 rate tables, until ")
        assert await says("offline", *folder) == "offline\n"
        paid = (await says("pay", *folder, "--space", "S1", *stay)).splitlines()[-1]
        assert paid.startswith("T1-000001 ")
        assert paid.endswith(" offline")
        assert "offline" in await says("status", *folder)
        assert getattr((await terminal("deliver", *folder)).exception, "code", None) == "network_away"
        await says("online", *folder)
        assert " accepted, 0 known already, 0 waiting" in await says("deliver", *folder)
        assert (await says("heartbeat", *folder, "--stock", "paper=40")).startswith("ok, ")
        assert (await says("change-key", *folder)).startswith("key ")
        closed = await says("close", *folder, "--counted", paid.split()[1], "--key", "day-1")
        assert closed.strip().endswith("difference 0.00 CNY")
        refused = await terminal("register", *folder, "--server", server, "--operator-key", "no", "--id", "T2", *place)
        assert getattr(refused.exception, "code", None) == "key_invalid"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("close", "--counted", "26.505", "--key", "k"), "amount_invalid"),
        (("close", "--counted", "-1", "--key", "k"), "amount_invalid"),
        (("heartbeat", "--stock", "paper"), "stock_invalid"),
        (("pay", "--space", "S1", "--start", "08:00", "--end", "09:00"), "instant_invalid"),
        (("sync",), "terminal_state_invalid"),
    ],
)
async def test_command_is_refused_by_name_when_its_words_are_wrong(
    tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    done = await terminal(arguments[0], "--state", str(tmp_path), *arguments[1:])
    assert isinstance(done.exception, InvalidInputError)
    assert done.exception.code == code
