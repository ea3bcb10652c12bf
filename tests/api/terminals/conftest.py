"""A kerb with Linzi's tariff and one terminal at it."""

from collections.abc import AsyncIterator

import pytest

from parking.db.unit_of_work import Database
from tests.api.terminals.terminal import City, Terminal, kerb
from tests.pricing import kerb_city


@pytest.fixture
async def city(database_url: str, database: Database) -> AsyncIterator[City]:
    await kerb_city.build(database)
    async with kerb(database_url, database) as opened:
        yield opened


@pytest.fixture
async def terminal(city: City) -> Terminal:
    return await city.terminal()
