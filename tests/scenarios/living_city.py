"""`parking demo` as a process, and what a person sees of its city."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from api.embedded.process import processes_in
from api.installation.children import INTERPRETER, WORKING_FOLDER
from tests.scenarios.platform import until

READY_WITHIN_S = 200
STOP_WITHIN_S = 60


@asynccontextmanager
async def demo(folder: Path, port: int, *options: str) -> AsyncIterator[httpx.AsyncClient]:
    """The command itself from its announcement on, stopped as Ctrl-C does."""
    # The user's own servers would be used instead of the embedded ones.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARKING_")}
    command = [sys.executable, "-m", "api.cli", "demo", "--port", str(port), "--data", str(folder), "--speed", "60"]
    process = await asyncio.create_subprocess_exec(*command, *options, env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        # The numbers of a city are there a moment before it says that it is ready: who stops it then reads nothing.
        announcement = await asyncio.wait_for(process.stdout.readuntil(b"Smart Parking is running"), READY_WITHIN_S)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        output, _ = await asyncio.wait_for(process.communicate(), STOP_WITHIN_S)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/" in (announcement + output).decode()


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


def kill_engine(folder: Path) -> None:
    """With SIGKILL, as when its machine loses power; the one that has the city to itself unless there is a second worker."""
    for pid in processes_in(folder / WORKING_FOLDER, INTERPRETER):
        if b"ingest,engine" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            os.kill(pid, signal.SIGKILL)
            return
    raise AssertionError("there is no engine")


async def stale_zones(client: httpx.AsyncClient) -> int:
    """How many say that their numbers are stale; all numbers must add up."""
    zones = (await client.get("/v1/zones", params={"limit": "1000"})).json()["zones"]
    assert all(z["vacant"] + z["occupied"] + z["unknown"] + z["restricted"] == z["capacity"] for z in zones)
    return sum(zone["stale"] for zone in zones)


async def until_alive(client: httpx.AsyncClient) -> dict[str, int]:
    """Most spaces are known, and some visibly are not."""

    async def alive() -> bool:
        sums = await _sums(client)
        return bool(sums) and 0 < sums["unknown"] < sums["capacity"] * 0.15

    await until(alive, "the city does not come to life", within_s=READY_WITHIN_S)
    return await _sums(client)
