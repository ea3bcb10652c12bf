"""The drift of a magnetometer's baseline: what it measures over the empty space, in units of what a vehicle does to it.

Makers measure in units of their own, so the device is compared with itself: with its first readings over the empty space,
and with the difference that its vehicles make.
"""

import math
from typing import Final

import msgspec

from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import Policy
from parking.occupancy.evidence import SensedStatus

Field = tuple[float, float, float]

_REFERENCE: Final = 20
"""Readings over the empty space that make the baseline."""
_LEAST_RECENT: Final = 10
_LEAST_VEHICLES: Final = 5
_WEIGHT: Final = 0.2
"""Of the newest reading in the moving means: the last five to ten count."""


class Baseline(msgspec.Struct, array_like=True):
    """Fields along three axes in the device's own unit."""

    reference: Field = (0.0, 0.0, 0.0)
    references: int = 0
    recent: Field = (0.0, 0.0, 0.0)
    recents: int = 0
    vehicle: float = 0.0
    """Length of the difference that vehicles make, on average."""
    vehicles: int = 0
    since: int | None = None
    """From when it is more than a drift may be."""


def hear(baseline: Baseline, field: Field, status: SensedStatus) -> None:
    if status == "occupied":
        if baseline.references >= _REFERENCE:
            length = math.dist(field, baseline.recent)
            baseline.vehicles += 1
            weight = max(_WEIGHT, 1 / baseline.vehicles)
            baseline.vehicle += weight * (length - baseline.vehicle)
        return
    if baseline.references < _REFERENCE:
        baseline.references += 1
        baseline.reference = _towards(baseline.reference, field, 1 / baseline.references)
        baseline.recent = baseline.reference
        return
    baseline.recents += 1
    baseline.recent = _towards(baseline.recent, field, _WEIGHT)


def drift(baseline: Baseline | None) -> float | None:
    """In units of a vehicle; None while too little is known."""
    if (
        baseline is None
        or baseline.recents < _LEAST_RECENT
        or baseline.vehicles < _LEAST_VEHICLES
        or baseline.vehicle <= 0
    ):
        return None
    return math.dist(baseline.recent, baseline.reference) / baseline.vehicle


def judge(baseline: Baseline | None, now: int, policy: Policy) -> Judgement:
    if baseline is None or baseline.references < _REFERENCE:
        return CLEAR
    ratio = drift(baseline)
    if ratio is None:
        return None
    if ratio < policy.drift_opens:
        baseline.since = None
        return CLEAR if ratio < policy.drift_closes else None
    if baseline.since is None:
        baseline.since = now
    return Finding(
        baseline.since,
        f"空位时的磁场基线偏移，达车辆影响的 {ratio:.0%}",
        f"The field over the empty space has drifted by {ratio:.0%} of what a vehicle does to it",
        distrusts=ratio >= policy.drift_distrusts,
    )


def _towards(before: Field, after: Field, weight: float) -> Field:
    x, y, z = (old + weight * (new - old) for old, new in zip(before, after, strict=True))
    return x, y, z
