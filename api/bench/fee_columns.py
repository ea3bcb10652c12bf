"""Fees over columns: stays a second on one core, beside dividing and adding up the same columns and nothing more."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

import pricing.rates
from api.bench.report import Figure
from api.bench.statistics import median
from pricing.fees.arrays.amounts import amounts
from pricing.fees.arrays.columns import KINDS, StayColumns
from pricing.rates.policy_file import read_policy

POLICIES: Final = Path(pricing.rates.__file__).parent / "policies"
STAYS: Final = 1_000_000
SEED: Final = 20260302
TARGET: Final = 1_000_000.0
_FROM: Final = 1_772_323_200
_DAYS: Final = 56
_SMALL: Final = 1
_EACH: Final = 100
"""Stays of one vehicle."""


def measure_columns(*, rounds: int) -> list[Figure]:
    """Medians over the rounds: a tariff with segments, free minutes and a cap, and one with a quota carried by vehicle.

    Time is that of the processor, since one core is what is asked about.
    """
    capped, quota = read_policy(POLICIES / "weifang_lots.toml"), read_policy(POLICIES / "linzi.toml")
    lots = generated_stays(KINDS.index("lot"), new_energy=0.0)
    streets = generated_stays(KINDS.index("kerb"), new_energy=0.35)
    return [
        _figure("fees over columns: segments, free minutes, cap", lambda: amounts(capped, lots), lots, rounds),
        _figure("fees over columns: segments, quota by vehicle", lambda: amounts(quota, streets), streets, rounds),
    ]


def _figure(name: str, work: Callable[[], object], stays: StayColumns, rounds: int) -> Figure:
    rates = [(_rate(work), _rate(lambda: _divided(stays))) for _ in range(rounds)]
    return Figure(
        name=name,
        value=median([rate for rate, _ in rates]),
        unit="stays/s",
        limit=median([limit for _, limit in rates]),
        target=TARGET,
    )


def generated_stays(kind: int, *, new_energy: float, count: int = STAYS, seed: int = SEED) -> StayColumns:
    """Eight weeks of a hundred stays each vehicle, so many in all; lengths are log-normal around an hour, up to days; one vehicle is never in two places."""
    random = np.random.default_rng(seed)
    vehicles = -(-count // _EACH)
    length = np.minimum(random.lognormal(np.log(3_600), 1.2, vehicles * _EACH), 3 * 86_400).astype(np.int64)
    # A hundred stays of each vehicle, shared out over the time that it has besides parking.
    pause = random.exponential(1.0, (vehicles, _EACH))
    parked = length.reshape(vehicles, _EACH)
    spare = np.maximum(_DAYS * 86_400 - parked.sum(axis=1, keepdims=True), 86_400)
    gaps = (pause / pause.sum(axis=1, keepdims=True) * spare).astype(np.int64)
    end = _FROM + np.cumsum(gaps + parked, axis=1)
    vehicle = np.repeat(np.arange(vehicles), _EACH)
    order = random.permutation(vehicles * _EACH)[:count]
    ordinary = np.zeros(count, dtype=np.int8)
    return StayColumns(
        start=(end - parked).ravel()[order],
        end=end.ravel()[order],
        area_class=random.integers(0, 2, count).astype(np.int8),
        kind=np.full(count, kind, dtype=np.int8),
        use=ordinary,
        vehicle_class=np.full(count, _SMALL, dtype=np.int8),
        energy=(np.repeat(random.random(vehicles) < new_energy, _EACH)[order]).astype(np.int8),
        vehicle=vehicle[order] if new_energy else None,
    )


def _divided(stays: StayColumns) -> int:
    """What any fee needs at the very least: begun units of the time parked, added up."""
    return int(np.sum((stays.end - stays.start) // 1_800))


def _rate(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return STAYS / (time.process_time() - begun)
