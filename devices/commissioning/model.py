"""What an installation test is, what it must show, and what it has shown; pure."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final, Literal

from parking.domain.errors import InvalidInputError

Reference = Literal["person", "device"]
"""Against what a device is tested: what a person sees, or an accepted device (a camera, say) that watches the same space."""
Verdict = Literal["passed", "failed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a device must show before it is accepted. Zero of a `least` asks for nothing."""

    shortest_h: int = 24
    fewest_changes: int = 10
    least_accuracy: float = 0.95
    most_missed: float = 0.05
    most_false: float = 0.05
    latest_p95_s: int = 60
    most_lost: float = 0.10
    within_s: int = 300
    """A change of the device this long after one of the truth is that change; later it is missed."""
    tolerance_s: int = 60
    """How far apart the clocks of the truth and of the device may be."""


SOURCES: Final[dict[str, str]] = {
    "shortest_h": "ours: a day has its rush hours and its night",
    "fewest_changes": "ours: fewer say nothing",
    "least_accuracy": (
        "unverified: GB/T 35548-2017 clause 6.4 was not available to us; 95 % is the lower end of what is often quoted, "
        "98 % and more is published for street sensors (doi 10.1155/2013/107975)"
    ),
    "most_missed": "unverified: as the accuracy; published misses are below 1 % (doi 10.1155/2015/361242)",
    "most_false": "unverified: as the accuracy",
    "latest_p95_s": "ours: makers claim 3 to 10 s from the movement to the network, and claims are no tests",
    "most_lost": "ours: a street gateway that loses more needs a neighbour",
    "within_s": "ours",
    "tolerance_s": "ours: a sensor's time is taken as 60 s either way (docs/architecture.md)",
}
"""Where each default comes from. Set the limits that your contract names."""

_SHARES: Final = frozenset({"least_accuracy", "most_missed", "most_false", "most_lost"})
_LONGEST_H: Final = 24 * 60
_LARGEST: Final = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What was true of the space at an instant."""

    at: datetime
    occupied: bool
    watched: bool = False
    """Nothing has happened unseen since the look before: if that was different, the change came at `at`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceTest:
    """One installation test of a device on a space."""

    test_id: str
    device_id: str
    space_id: str
    reference: Reference
    reference_device_id: str | None
    limits: Limits
    started_at: datetime
    started_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    verdict: Verdict | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One figure beside its limit. `value` None was not measured; `is_met` None asks for nothing."""

    name: str
    value: float | None
    limit: float
    is_met: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What a test has shown so far, or had shown when it ended."""

    lasted_s: int
    readings: int
    trials: int
    """Looks at the space; those that follow without a break on one that said the same are one with it."""
    right: int
    """Trials in which the device said what was true; one in which it said nothing is not right."""
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    """The 95 % interval of Wilson around it."""
    watched_s: int
    """Time of which the truth is known without a break."""
    right_s: int
    """Of it, the time in which the device said what was true."""
    changes: int
    """Changes of the truth."""
    missed: int
    false_changes: int
    """Changes that only the device told of, while the truth is known without a break."""
    device_changes: int
    latency_median_s: float | None
    latency_p95_s: float | None
    """From a change whose moment is known to its arrival here."""
    expected: int | None
    """Messages by the device's counter; None where it counts nothing."""
    lost: int | None
    longest_silence_s: int | None
    battery_v: float | None
    battery_pct: float | None
    """As last told."""
    rssi_dbm: float | None
    snr_db: float | None
    """The middle value of what the network measured."""
    measured: tuple[Measured, ...]

    @property
    def unmet(self) -> tuple[str, ...]:
        """Limits that are not met, or of which nothing is known."""
        return tuple(one.name for one in self.measured if one.is_met is False)


def checked_limits(limits: Limits) -> Limits:
    """Raise InvalidInputError `limits_invalid` for what no device could be held to."""
    for one in fields(limits):
        value = getattr(limits, one.name)
        most = 1 if one.name in _SHARES else (_LONGEST_H if one.name == "shortest_h" else _LARGEST)
        if not 0 <= value <= most:
            raise InvalidInputError(f"{one.name} is 0 to {most}", code="limits_invalid")
    return limits


def seconds(span: timedelta) -> float:
    return span / timedelta(seconds=1)
