"""A pool gives back working connections when the server has ended the old ones, whether or not they were used lately."""

import pytest
from sqlalchemy import text

from parking.db import engine as opening
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database

pytestmark = pytest.mark.service


@pytest.mark.parametrize("idle_s", [0.0, 3600.0])
async def test_a_lost_connection_is_renewed_when_it_is_taken_again(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch, idle_s: float
) -> None:
    monkeypatch.setattr(opening, "IDLE_S", idle_s)
    engine = open_engine(database_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            first = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with database.transaction() as session:
            ended = text("SELECT pg_terminate_backend(:pid, 5000)")
            assert (await session.execute(ended, {"pid": first})).scalar_one()
        async with engine.connect() as connection:
            second = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with engine.connect() as connection:
            again = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        assert first != second
        assert again == second
    finally:
        await engine.dispose()
