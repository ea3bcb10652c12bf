"""One browser for all tests of pages: to start one takes as much of the processor as many a test."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from tests.api.web.browser import started_browser


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with started_browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="package")
async def database(database_url: str) -> AsyncIterator[Database]:
    """As for every test, in the loop of the browser."""
    opened = Database(open_engine(database_url))
    yield opened
    await opened.close()
