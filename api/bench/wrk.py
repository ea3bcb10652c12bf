"""Asks one address as often as it can: with wrk where it is installed, else with a client of our own.

The tool is named in the report; our own client spends so much of the processor that its figure is a lower bound.
"""

import asyncio
import re
import shutil
import sys
from typing import Final, NamedTuple

import msgspec

CONNECTIONS: Final = 32
GRACE_S: Final = 30.0
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"^\s+99%\s+([\d.]+)(us|ms|s)\s*$", re.MULTILINE)
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
_MS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Rate(NamedTuple):
    """Answers a second, and the 99th percentile of the time to an answer in milliseconds."""

    per_second: float
    p99_ms: float


class LoadFailedError(RuntimeError):
    """The generator could not run, or the server answered with errors: there is no figure."""


def tool() -> str:
    return "wrk" if shutil.which("wrk") else "api.bench.getter"


async def hammer(url: str, *, seconds: int) -> Rate:
    """Ask `url` over kept-alive connections from one thread; raises `LoadFailedError` on any error answer."""
    program = shutil.which("wrk")
    if program is None:
        own = [sys.executable, "-m", "api.bench.getter", url, str(seconds), str(CONNECTIONS)]
        return msgspec.convert(msgspec.json.decode(await _output(own, seconds)), Rate)
    output = await _output([program, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", url], seconds)
    text = output.decode()
    rate, p99, failed = _RATE.search(text), _P99.search(text), _FAILED.search(text)
    if rate is None or p99 is None or failed is not None:
        raise LoadFailedError(f"wrk: {text.strip()}")
    return Rate(float(rate[1]), float(p99[1]) * _MS[p99[2]])


async def _output(command: list[str], seconds: int) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(seconds + GRACE_S):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise LoadFailedError(f"{command[0]} ended with {process.returncode}")
    return output
