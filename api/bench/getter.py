"""`python -m api.bench.getter URL SECONDS CONNECTIONS`: a load generator for machines without wrk; prints JSON."""

import asyncio
import sys
import time
from typing import Final

import msgspec

from api.bench.http_client import connect, request_bytes
from api.bench.statistics import percentile

OK: Final = 200


async def ask_for(url: str, seconds: float, connections: int) -> tuple[float, float]:
    """Return answers a second and the 99th percentile in milliseconds; raises RuntimeError on an error answer."""
    request = request_bytes(url)
    start = time.perf_counter()
    times: list[float] = []

    async def one() -> None:
        async with connect(url) as connection:
            while (began := time.perf_counter()) - start < seconds:
                answer = await connection.ask(request)
                if answer.status != OK:
                    raise RuntimeError(f"{url} answered {answer.status}")
                times.append(time.perf_counter() - began)

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(one())
    return len(times) / (time.perf_counter() - start), percentile(times, 0.99) * 1000


if __name__ == "__main__":
    figures = asyncio.run(ask_for(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(msgspec.json.encode(figures).decode())
