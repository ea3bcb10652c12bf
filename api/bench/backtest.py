"""`parking bench backtest`: recorded stays from a file to the comparison of two tariffs, on one core."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import numpy as np

import pricing.rates
from api.bench.report import Figure
from pricing.fees.arrays.amounts import amounts
from pricing.fees.arrays.columns import Ints
from pricing.rates.policy_file import read_policy
from pricing.simulation.compare import compare
from pricing.simulation.recorded_csv import read_recorded_csv
from pricing.simulation.service import assumptions_of

TARGET: Final = 10_000_000 / 60
"""Ten million stays in a minute."""
_POLICIES: Final = Path(pricing.rates.__file__).parent / "policies"
_AT_ONCE: Final = 200_000
_FROM: Final = 1_772_323_200
_OFFSET_S: Final = 8 * 3_600
_DAYS: Final = 56
_ZONES: Final = 400
_LONGEST_S: Final = 3 * 86_400
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
    """The same stays in every run, a part at a time: log-normal lengths around an hour over eight weeks, a third of new energy."""
    random = np.random.default_rng(20260302)
    with path.open("w", encoding="ascii") as file:
        file.write("start,end,zone,area_class,kind,energy,vehicle\n")
        for first in range(0, stays, _AT_ONCE):
            count = min(_AT_ONCE, stays - first)
            start = _FROM + random.integers(0, _DAYS * 86_400, count)
            length = np.minimum(random.lognormal(np.log(3_600), 1.2, count), _LONGEST_S).astype(np.int64)
            columns = (
                _local(start),
                _local(start + length),
                [f"Z{zone}" for zone in random.integers(0, _ZONES, count)],
                np.where(random.random(count) < 0.5, "I", "II").tolist(),  # noqa: PLR2004 - half of them
                ["kerb"] * count,
                np.where(random.random(count) < 0.35, "nev", "fuel").tolist(),  # noqa: PLR2004 - a third
                [f"v{vehicle}" for vehicle in random.integers(0, max(stays // 40, 1), count)],
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
