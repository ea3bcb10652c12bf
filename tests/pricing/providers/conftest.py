"""The paying city on a real database, with a client of the provider's server that is closed after the test."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from parking.db.unit_of_work import Database
from tests.pricing.providers.paying_city import PayingCity, paying_city
from tests.pricing.settlement.stays import add_fee, make_places


@pytest.fixture
async def city(database: Database) -> AsyncIterator[PayingCity]:
    await make_places(database)
    async with database.transaction() as session:
        await add_fee(session, "s1", 300)
    clients: list[httpx.AsyncClient] = []

    def client(app: Starlette) -> httpx.AsyncClient:
        clients.append(httpx.AsyncClient(transport=httpx.ASGITransport(app=app)))
        return clients[-1]

    made = paying_city(database, lambda server: client(server.app))
    try:
        yield made
    finally:
        for one in clients:
            await one.aclose()
