"""Processor time of a server and all that it starts: what a stage costs, whoever else has the cores."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROCESSES: Final = Path("/proc")


def processor_seconds(pid: int) -> float:
    """Of the process, of its children, and of those children that have ended."""
    total = 0
    for folder in _PROCESSES.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parent, own, ended = int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
        if folder.name == str(pid):
            total += own + ended
        elif parent == pid:
            total += own
    return total / _TICKS
