"""On which machine a measurement was taken, and what its disk can do."""

import os
import platform
import time
from pathlib import Path
from typing import Any, Final

BLOCK: Final = bytes(4096)


def machine() -> dict[str, Any]:
    """What a reader needs to know to compare the figures with another machine's."""
    return {
        "cpu": _first_value(Path("/proc/cpuinfo"), "model name") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": _memory_mib(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def fsyncs_per_second(folder: Path, *, seconds: float) -> float:
    """How often the disk under `folder` takes 4 KiB for good; blocks the caller for `seconds`."""
    path = folder / "fsync-probe"
    done = 0
    with path.open("wb", buffering=0) as file:
        start = time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            file.write(BLOCK)
            os.fdatasync(file.fileno())
            done += 1
    path.unlink()
    return done / spent


def _memory_mib() -> int | None:
    total = _first_value(Path("/proc/meminfo"), "MemTotal")
    return None if total is None else int(total.split()[0]) // 1024


def _first_value(table: Path, name: str) -> str | None:
    if not table.exists():
        return None
    for line in table.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None
