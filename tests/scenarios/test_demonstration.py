"""`parking demo` as a new user runs it: a living city within seconds, the same one at the second start."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from api.embedded.folder import free_port
from api.installation.demonstration_record import Demonstration, read_demonstration, write_demonstration
from parking.domain.errors import InvalidInputError
from tests.scenarios.platform import until

pytestmark = pytest.mark.service


@asynccontextmanager
async def demo(folder: Path, port: int) -> AsyncIterator[httpx.AsyncClient]:
    """The command itself, stopped as Ctrl-C does."""
    # The user's own servers would be used instead of the embedded ones.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARKING_")}
    command = [sys.executable, "-m", "api.cli", "demo", "--port", str(port), "--data", str(folder), "--speed", "60"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/" in output.decode()
    assert "Smart Parking is running" in output.decode()


async def _sums(client: httpx.AsyncClient) -> dict[str, int]:
    try:
        answer = await client.get("/v1/zones", params={"limit": "1000"})
    except httpx.TransportError:
        return {}
    if answer.status_code != 200:
        return {}
    zones = answer.json()["zones"]
    names = ("capacity", "vacant", "occupied", "unknown", "restricted")
    return {name: sum(zone[name] for zone in zones) for name in names}


async def _until_alive(client: httpx.AsyncClient) -> dict[str, int]:
    """Most spaces are known, and some visibly are not."""

    async def alive() -> bool:
        sums = await _sums(client)
        return bool(sums) and 0 < sums["unknown"] < sums["capacity"] * 0.15

    await until(alive, "the city does not come to life", within_s=200)
    return await _sums(client)


async def test_city_lives_and_is_the_same_at_the_second_start(open_folder: Path) -> None:
    port = free_port()
    async with demo(open_folder, port) as client:
        first = await _until_alive(client)
        assert first["capacity"] > 2500
        assert first["vacant"] + first["occupied"] + first["unknown"] + first["restricted"] == first["capacity"]
        kept = read_demonstration(open_folder)
        assert kept is not None
        assert set(kept.keys) == {"sensor", "integrator", "operator", "terminal"}
    async with demo(open_folder, port) as client:
        second = await _until_alive(client)
        assert second["capacity"] == first["capacity"]
        again = read_demonstration(open_folder)
        assert again is not None
        assert again.keys == kept.keys


def test_record_is_private_and_read_back(tmp_path: Path) -> None:
    kept = Demonstration(seed=1, speed=2.0, keys={"sensor": "sp_x"}, device_mqtt_url="mqtt://h")
    write_demonstration(tmp_path, kept)
    assert read_demonstration(tmp_path) == kept
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_text(json.dumps({"seed": "one"}))
    with pytest.raises(InvalidInputError):
        read_demonstration(tmp_path)
