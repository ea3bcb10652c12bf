"""`parking bench availability`: how often one process answers for a zone, beside the same server with nothing to do."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from api.bench.report import Figure
from api.bench.rig import open_rig
from api.bench.statistics import median
from api.bench.wrk import hammer
from api.embedded.folder import free_port

SPACES = 3_000
TARGET = 15_000.0
LISTENING_WITHIN_S = 10.0


async def measure_availability(*, seconds: int, rounds: int, spaces: int = SPACES) -> list[Figure]:
    """Rounds of `seconds` each for the product and for its limit, in turn; medians over the rounds."""
    async with open_rig(spaces) as rig:
        url = f"{rig.settings.api_url}/v1/zones/{rig.watchers[0].zone_id}"
        async with httpx.AsyncClient(trust_env=False) as client:
            body = (await client.get(url)).raise_for_status().content
        async with _bare(rig.settings.data_dir, body) as bare_url:
            results, limits = [], []
            for _ in range(rounds):
                limits.append(await hammer(bare_url, seconds=seconds))
                results.append(await hammer(url, seconds=seconds))
    return [
        Figure(
            name="availability of a zone, one process",
            value=median([result.per_second for result in results]),
            unit="requests/s",
            limit=median([limit.per_second for limit in limits]),
            target=TARGET,
        ),
        Figure(
            name="availability of a zone, p99",
            value=median([result.p99_ms for result in results]),
            unit="ms",
            limit=median([limit.p99_ms for limit in limits]),
        ),
    ]


@asynccontextmanager
async def _bare(folder: Path, body: bytes) -> AsyncIterator[str]:
    """The same server in front of a function that sends `body`."""
    port = free_port()
    file = folder / "body.json"
    file.write_bytes(body)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "api.bench.bare", str(port), str(file))
    try:
        url = f"http://127.0.0.1:{port}/"
        await _until_listening(port)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(LISTENING_WITHIN_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
