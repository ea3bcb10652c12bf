"""Every command of the README does what the README says, from the first to the last."""

import json
import re
import shlex
import shutil
from pathlib import Path

import httpx
import pytest

from api.embedded.folder import free_port
from api.installation.demonstration_record import read_demonstration
from api.settings import find_settings
from parking.bus.connection import open_redis
from parking.occupancy import keys
from tests.api.cli.test_price import HISTORY, POLICY, ZONES
from tests.scenarios.living_city import demo, kill_engine, stale_zones, until_alive
from tests.scenarios.platform import until
from tests.scenarios.readme import commands, links, ready, run, running

pytestmark = pytest.mark.service

README_PORT = 8000
README_PORT_OF_UP = 8100


@pytest.fixture
def readme(repository: Path) -> list[str]:
    return commands((repository / "README.md").read_text())


def test_every_file_exists_when_the_readme_points_at_it(repository: Path) -> None:
    missing = [target for target in links((repository / "README.md").read_text()) if not (repository / target).exists()]
    assert not missing


def test_every_command_is_tried_when_the_readme_gains_one(readme: list[str]) -> None:
    """The tests below take commands by what they begin with: nothing may fall through."""
    ending = (
        "curl",
        "make test",
        "parking devices",
        "parking keys",
        "parking profiles",
        "parking decode",
        "parking city",
        "parking quote",
        "parking price",
        "parking rates",
    )
    other = "export PARKING_", "make run", "parking up", "parking migrate", "parking doctor", "parking serve"
    assert [line for line in readme if not line.startswith((*ending, *other, "parking work"))] == []


def test_test_command_is_this_run_when_continuous_integration_runs(repository: Path, readme: list[str]) -> None:
    """`make test` cannot run inside itself; what the README names is what CI calls, and what runs this line."""
    assert "make test" in readme
    assert re.search(r"^make test ", (repository / ".ci/run").read_text(), re.MULTILINE)
    assert "$(BIN)/pytest" in (repository / "Makefile").read_text()


async def test_city_lives_when_a_new_user_follows_the_readme_and_is_the_same_at_the_second_start(
    repository: Path, readme: list[str], open_folder: Path
) -> None:
    port = free_port()
    folder = open_folder / "demo"
    environment = {"PARKING_DATA": str(folder), "PARKING_PORT": str(port)}
    async with running("make run", repository, environment):
        await ready(port)
        first = await _alive(port)
        question = next(line for line in readme if line.startswith("curl"))
        near = await run(question.replace(f":{README_PORT}/", f":{port}/"), open_folder, environment)
        zones = json.loads(near)["zones"]
        assert zones
        assert all(z["vacant"] + z["occupied"] + z["unknown"] + z["restricted"] == z["capacity"] for z in zones)
        for line in readme:
            if line.startswith(("parking devices", "parking keys", "parking profiles")):
                assert await run(line, open_folder, environment)
            elif line.startswith("parking decode"):
                reading = json.loads(await run(line, open_folder, environment))
                assert (reading["status"], reading["kind"], reading["temperature_c"]) == ("occupied", "restate", -1)
        kept = read_demonstration(folder)
    assert kept is not None
    assert set(kept.keys) == {"sensor", "integrator", "operator", "terminal"}
    async with demo(folder, port, "--workers", "2") as client:
        second = await until_alive(client)
        await _taken_over(client, folder)
    again = read_demonstration(folder)
    assert again is not None
    assert (second["capacity"], again.keys) == (first["capacity"], kept.keys)


async def _taken_over(client: httpx.AsyncClient, folder: Path) -> None:
    """The engine is killed beside a second worker: its zones say that they are stale, and soon all are fresh; numbers add up all the while."""

    async def both() -> bool:
        return bool(await redis.zcard(keys.ENGINES) == 2)

    async def some() -> bool:
        return await stale_zones(client) > 0

    async def none() -> bool:
        return await stale_zones(client) == 0

    redis = open_redis(find_settings({"PARKING_DATA": str(folder)}).required_redis_url)
    try:
        await until(both, "there is no second worker")
        await until(none, "not every zone is fresh")
        kill_engine(folder)
        await until(some, "the zones of a dead engine do not say that they are stale")
        await until(none, "nobody takes the zones of the dead engine over")
    finally:
        await redis.aclose()


async def _alive(port: int) -> dict[str, int]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        sums = await until_alive(client)
    assert sums["capacity"] > 2500
    assert sums["vacant"] + sums["occupied"] + sums["unknown"] + sums["restricted"] == sums["capacity"]
    return sums


async def test_prices_are_told_from_files_when_a_new_user_follows_the_readme(
    repository: Path, readme: list[str], open_folder: Path
) -> None:
    shutil.copy(repository / "pricing/rates/policies/linzi.toml", open_folder)
    for name, text in (("history.csv", HISTORY), ("zones.csv", ZONES), ("policy.toml", POLICY)):
        (open_folder / name).write_text(text)
    assert await run(next(line for line in readme if line.startswith("parking rates validate")), open_folder, {})
    quoted = await run(next(line for line in readme if line.startswith("parking quote")), open_folder, {})
    assert quoted.splitlines()[-1] == "fee 4.50 CNY"
    await run(next(line for line in readme if line.startswith("parking price propose")), open_folder, {})
    assert len((open_folder / "next.csv").read_text().splitlines()) == 3


async def test_own_city_runs_in_production_shape_when_a_new_user_follows_the_readme(
    repository: Path, readme: list[str], open_folder: Path
) -> None:
    """`parking up` with an imported city, then the two production processes against its servers."""
    port = free_port()
    up = next(line for line in readme if line.startswith("parking up")).replace(str(README_PORT_OF_UP), str(port))
    environment = {"PARKING_DATA": str(open_folder / "my-city")}
    await run(next(line for line in readme if line.startswith("parking city generate")), open_folder, {})
    async with running(up, open_folder, {}):
        await ready(port)
        imported = next(line for line in readme if line.startswith("parking city import"))
        assert "500" in await run(imported, open_folder, environment)
        settings = find_settings(environment)
        production = {
            "PARKING_DATABASE_URL": settings.required_database_url,
            "PARKING_REDIS_URL": settings.required_redis_url,
            "PARKING_MQTT_URL": settings.required_mqtt_url,
            "PARKING_PORT": str(free_port()),
        }
        named = {shlex.split(line)[1].split("=")[0] for line in readme if line.startswith("export")}
        assert named <= production.keys()
        for line in ("parking migrate", "parking doctor"):
            assert line in readme
            await run(line, open_folder, production)
        async with running("parking serve", repository, production), running("parking work", repository, production):
            await ready(int(production["PARKING_PORT"]))
