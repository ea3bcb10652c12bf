"""A city whose mall and lot report, the time held at ten past twelve."""

from collections.abc import AsyncIterator

import pytest

from parking.db.unit_of_work import Database
from tests.api.gates import malls
from tests.api.terminals.terminal import City, kerb


@pytest.fixture
async def city(database_url: str, database: Database) -> AsyncIterator[City]:
    await malls.build(database)
    async with kerb(database_url, database) as opened:
        yield opened
