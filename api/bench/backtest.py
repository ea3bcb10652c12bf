"""`parking bench backtest`: recorded stays from a file to the comparison of two tariffs, on one core."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import numpy as np

import pricing.rates
from api.bench.fee_columns import SEED, generated_stays
from api.bench.report import Figure
from pricing.fees.arrays.amounts import amounts
from pricing.fees.arrays.columns import AREA_CLASSES, ENERGIES, KINDS, Ints
from pricing.rates.policy_file import read_policy
from pricing.simulation.compare import compare
from pricing.simulation.recorded_csv import read_recorded_csv
from pricing.simulation.service import assumptions_of

TARGET: Final = 10_000_000 / 60
"""Ten million stays in a minute."""
_POLICIES: Final = Path(pricing.rates.__file__).parent / "policies"
_AT_ONCE: Final = 200_000
_OFFSET_S: Final = 8 * 3_600
_ZONES: Final = 400
_READ: Final = 1 << 24
Found = TypeVar("Found")


@dataclass(frozen=True)
class _Timed:
    """Processor time of this process."""

    seconds: dict[str, float]

    def of(self, name: str, work: Callable[[], Found]) -> Found:
        begun = time.process_time()
        found = work()
        self.seconds[name] = time.process_time() - begun
        return found


def measure_backtest(*, stays: int) -> list[Figure]:
    """Stays a second, whole and by stage; the limit is reading the same bytes and counting their lines."""
    draft, present = read_policy(_POLICIES / "jinan_kerb.toml"), read_policy(_POLICIES / "linzi.toml")
    timed = _Timed({})
    with TemporaryDirectory(prefix="parking-bench-") as folder:
        path = Path(folder) / "stays.csv"
        _write(path, stays)
        recorded = timed.of("read", lambda: read_recorded_csv(path))
        before = timed.of("charged under the present tariff", lambda: amounts(present, recorded.stays))
        after = timed.of("charged under the candidate", lambda: amounts(draft, recorded.stays))
        timed.of(
            "compared",
            lambda: compare(recorded, before, after, draft=draft, present=("linzi",), assumptions=assumptions_of(None)),
        )
        whole = sum(timed.seconds.values())
        timed.of("lines", lambda: _lines(path))
    limit = stays / timed.seconds.pop("lines")
    return [
        Figure(name="stays backtested from a file", value=stays / whole, unit="stays/s", limit=limit, target=TARGET),
        *(Figure(name=name, value=stays / seconds, unit="stays/s") for name, seconds in timed.seconds.items()),
        Figure(name="ten million stays at that rate", value=10_000_000 * whole / stays, unit="s", target=60.0),
    ]


def _write(path: Path, stays: int) -> None:
    """The same stays in every run, a part at a time, each with vehicles of its own."""
    with path.open("w", encoding="ascii") as file:
        file.write("start,end,zone,area_class,kind,energy,vehicle\n")
        for part, first in enumerate(range(0, stays, _AT_ONCE)):
            count = min(_AT_ONCE, stays - first)
            made = generated_stays(KINDS.index("kerb"), new_energy=0.35, count=count, seed=SEED + part)
            vehicle = np.zeros(count, dtype=np.int64) if made.vehicle is None else made.vehicle
            columns = (
                _local(made.start),
                _local(made.end),
                [f"Z{each % _ZONES}" for each in vehicle.tolist()],
                [AREA_CLASSES[each] for each in made.area_class.tolist()],
                ["kerb"] * count,
                [ENERGIES[each] for each in made.energy.tolist()],
                [f"v{first + each}" for each in vehicle.tolist()],
            )
            file.writelines(f"{','.join(row)}\n" for row in zip(*columns, strict=True))


def _local(seconds: Ints) -> list[str]:
    return [f"{text}+08:00" for text in np.datetime_as_string((seconds + _OFFSET_S).astype("datetime64[s]"))]


def _lines(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while data := file.read(_READ):
            found += data.count(b"\n")
    return found
