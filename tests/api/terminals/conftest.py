"""A kerb with Linzi's tariff and one terminal at it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.terminals.reference.state import Identity
from parking.db.unit_of_work import Database
from tests.api.terminals.bench import Bench
from tests.api.terminals.machine import operator_of
from tests.api.terminals.terminal import City, Terminal, kerb
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at


@pytest.fixture
async def city(database_url: str, database: Database) -> AsyncIterator[City]:
    await kerb_city.build(database)
    async with kerb(database_url, database) as opened:
        yield opened


@pytest.fixture
async def terminal(city: City) -> Terminal:
    return await city.terminal()


@pytest.fixture
async def bench(city: City, tmp_path: Path) -> Bench:
    city.now = at("09:00")
    machine = await (await operator_of(city)).registers("T1")
    made = Bench(city, tmp_path / "T1")
    made.state.keep_identity(Identity(server="http://parking", terminal="T1", key=machine.key, secret=machine.secret))
    await made.program.sync()
    return made
