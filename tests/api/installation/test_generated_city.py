"""A generated city is made once, piece by piece, and goes on where it was interrupted."""

from pathlib import Path

import pytest
from sqlalchemy import text

from api.installation import generated_city
from api.installation.demonstration_record import read_demonstration
from api.installation.generated_city import make_generated_city
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database


async def counted(database_url: str) -> tuple[int, int, int]:
    database = Database(open_engine(database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            tables = ("space", "device", "device_binding")
            spaces, devices, bindings = [await session.scalar(text(f"SELECT count(*) FROM {name}")) for name in tables]  # noqa: S608
            return int(spaces or 0), int(devices or 0), int(bindings or 0)
    finally:
        await database.close()


async def test_every_space_has_a_sensor_however_often_it_was_interrupted(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generated_city, "FIRST_PIECE", 200)
    made = await make_generated_city(database_url, tmp_path, None, spaces=500, seed=4)
    assert made is not None
    assert (made.spaces, set(made.keys) >= {"sensor", "operator"}) == (500, True)
    assert await counted(database_url) == (500, 500, 500)
    # As after a start that was cut off before its keys were kept: everything is gone over, and nothing is doubled.
    before = read_demonstration(tmp_path)
    assert before is not None
    assert before.keys == {}
    again = await make_generated_city(database_url, tmp_path, before, spaces=500, seed=4)
    assert again is not None
    assert again.logins == made.logins
    assert await counted(database_url) == (500, 500, 500)
    assert await make_generated_city(database_url, tmp_path, None, spaces=500, seed=4) is None
