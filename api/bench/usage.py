"""What a process has used so far: processor time and memory, as Linux counts them."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


def processor_s(pid: int) -> float:
    """Seconds of processor time that the process has spent, in the system included."""
    # The name of the program stands in brackets and may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mib(pid: int, *, highest: bool = False) -> float:
    """Memory of the process that lies in the machine's, now or at its highest."""
    name = "VmHWM" if highest else "VmRSS"
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) / 1024
    raise ValueError(f"process {pid} says nothing of {name}")
