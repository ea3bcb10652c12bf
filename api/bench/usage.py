"""What a process has used so far: processor time and memory, as Linux counts them."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROCESSES: Final = Path("/proc")


def processor_s(pid: int) -> float:
    """Seconds of processor time that the process has spent, in the system included."""
    own, _, _ = _ticks(pid)
    return own / _TICKS


def processor_s_of_all(pid: int) -> float:
    """Of a server and all that it starts: the process, its children, and those children that have ended."""
    total = 0
    for folder in _PROCESSES.glob("[0-9]*"):
        try:
            own, ended, parent = _ticks(int(folder.name))
        except OSError:
            continue
        if folder.name == str(pid):
            total += own + ended
        elif parent == pid:
            total += own
    return total / _TICKS


def _ticks(pid: int) -> tuple[int, int, int]:
    """What the process and its ended children have spent, and who started it."""
    # The name of the program stands in brackets and may hold anything.
    fields = (_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14]), int(fields[1])


def resident_mib(pid: int, *, highest: bool = False) -> float:
    """Memory of the process that lies in the machine's, now or at its highest."""
    name = "VmHWM" if highest else "VmRSS"
    for line in (_PROCESSES / str(pid) / "status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) / 1024
    raise ValueError(f"process {pid} says nothing of {name}")
