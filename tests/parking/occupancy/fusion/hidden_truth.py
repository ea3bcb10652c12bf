"""Spaces with hidden truth, a magnetometer and a camera at each, and how long a published status agrees with the truth.

The figures are those of devices.md 5.4; the filter knows nothing of this file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from parking.occupancy.evidence import SensedStatus
from parking.occupancy.fusion.replay import Evidence, Published, ReplayedKind

START_S: Final = 1_800_000_000
DAY_S: Final = 86_400.0
WARM_S: Final = 7_200.0
_VALUES: Final = {"free": 0, "occupied": 1, "unknown": -1}


@dataclass(frozen=True, kw_only=True)
class World:
    """How the devices of a street fail."""

    spaces: int = 40
    days: float = 4.0
    changes_a_day: float = 14.5
    shape: float = 1.5
    """Of the gamma distribution of stays, and of the gaps between them; 1.0 for such as have no memory."""
    occupied: float = 0.5
    """Share of the time in which a vehicle is there."""
    night: float = 1.0
    """How many times longer everything lasts between 20 and 7 o'clock."""
    missed: float = 0.02
    flips_a_day: float = 0.15
    lost: float = 0.03
    late: float = 0.02
    heartbeat_s: float = 3_600.0
    look_s: float = 300.0
    misread: float = 0.04
    bad: float = 0.05
    scored: bool = True
    is_aware: bool = False
    """Whether the camera is less sure of itself where a look is wrong."""


@dataclass(frozen=True)
class Truth:
    """State of one space at the start and the seconds of its changes."""

    initial: int
    changes: np.ndarray

    def at(self, seconds: float) -> int:
        return (self.initial + int(np.searchsorted(self.changes, seconds, side="right"))) % 2


def truths(world: World, random: np.random.Generator) -> list[Truth]:
    """Stays and gaps between them are gamma distributed, which no rate of the filter says."""
    mean = DAY_S / world.changes_a_day
    count = int(world.days * world.changes_a_day * 3) + 20
    found = []
    for _ in range(world.spaces):
        lengths = random.gamma(world.shape, mean / world.shape, size=count)
        initial = int(random.integers(2))
        is_stay = (np.arange(count) + initial) % 2 == 1
        at = _by_day(world, np.cumsum(2.0 * lengths * np.where(is_stay, world.occupied, 1.0 - world.occupied)))
        found.append(Truth(initial, at[at < world.days * DAY_S]))
    return found


def _by_day(world: World, at: np.ndarray) -> np.ndarray:
    """Moments of a street that is the same at all hours, moved to where as much happens with its nights."""
    hours = np.arange(24 * (int(world.days) + 2))
    pace = np.where((hours % 24 >= 7) & (hours % 24 < 20), 1.0, 1.0 / world.night)
    passed = np.concatenate([[0.0], np.cumsum(pace / pace[:24].mean())]) * 3_600.0
    return np.asarray(np.interp(at, passed, np.arange(len(passed)) * 3_600.0, right=np.inf))


def evidence(world: World, spaces: list[Truth], random: np.random.Generator) -> list[Evidence]:
    """What both devices of every space send, in order of arrival, with losses, delays and copies."""
    rows = [
        row
        for number, truth in enumerate(spaces)
        for row in (*_sensed(world, number, truth, random), *_seen(world, number, truth, random))
    ]
    return sorted(rows, key=lambda row: row.received_at)


def _sensed(world: World, number: int, truth: Truth, random: np.random.Generator) -> Iterator[Evidence]:
    end = world.days * DAY_S
    flips = np.cumsum(random.exponential(DAY_S / world.flips_a_day, size=int(world.days) + 8))
    beats = np.arange(random.uniform(0, world.heartbeat_s), end, world.heartbeat_s)
    moments = sorted(
        [(at, "truth") for at in truth.changes]
        + [(at, "flip") for at in flips if at < end]
        + [(at, "beat") for at in beats]
    )
    held, sequence = truth.initial, 0
    for at, what in moments:
        before = held
        if what == "flip":
            held = 1 - held
        elif what == "truth" and random.random() >= world.missed:
            held = truth.at(at)
        if what != "beat" and held == before:
            continue
        sequence += 1
        if random.random() < world.lost:
            continue
        delay = random.uniform(60, 3_600) if random.random() < world.late else random.uniform(0.2, 3)
        kind: ReplayedKind = "restate" if what == "beat" else "change"
        yield _row(number, "geomagnetic", kind, at, at + delay, sequence, held, None)
        if random.random() < 0.01:
            yield _row(number, "geomagnetic", kind, at, at + delay + random.uniform(1, 60), sequence, held, None)


def _seen(world: World, number: int, truth: Truth, random: np.random.Generator) -> Iterator[Evidence]:
    bad = random.random(len(truth.changes) + 1) < world.bad
    for sequence, at in enumerate(np.arange(random.uniform(0, world.look_s), world.days * DAY_S, world.look_s)):
        stay = int(np.searchsorted(truth.changes, at, side="right"))
        is_wrong = int(bad[stay]) ^ int(random.random() < world.misread)
        said = truth.at(at) ^ is_wrong
        sure = max(0.51, float(random.beta(*((4, 3) if world.is_aware and is_wrong else (8, 1.5)))))
        score = (sure if said else 1.0 - sure) if world.scored else None
        yield _row(number, "camera", "restate", at, at + random.uniform(0.2, 3), sequence, said, score)


def _row(
    number: int,
    device: str,
    kind: ReplayedKind,
    at: float,
    received: float,
    sequence: int,
    said: int,
    score: float | None,
) -> Evidence:
    status: SensedStatus = "occupied" if said else "free"
    return Evidence(
        f"s{number}",
        f"s{number}-{device}",
        "geomagnetic" if device == "geomagnetic" else "camera",
        kind,
        round((START_S + at) * 1e6),
        round((START_S + received) * 1e6),
        sequence,
        status,
        score,
    )


@dataclass(frozen=True)
class Judged:
    """Share of the time in which the published status was the truth, and published changes a space and day."""

    accuracy: float
    changes_a_day: float


def judge(world: World, spaces: list[Truth], published: Iterable[Published]) -> Judged:
    """Over all but the first two hours; unknown counts as wrong."""
    told: dict[str, list[tuple[float, int]]] = {}
    for change in published:
        told.setdefault(change.space_id, []).append((change.at / 1e6 - START_S, _VALUES[change.status]))
    end = world.days * DAY_S
    right = sum(_right(truth, told.get(f"s{number}", []), end) for number, truth in enumerate(spaces))
    watched = (end - WARM_S) * len(spaces)
    moves = sum(1 for changes in told.values() for at, _ in changes if at > WARM_S)
    return Judged(right / watched, moves / (watched / DAY_S))


def _right(truth: Truth, told: list[tuple[float, int]], end: float) -> float:
    edges = sorted(
        {WARM_S, end, *(at for at in truth.changes if at > WARM_S), *(at for at, _ in told if WARM_S < at < end)}
    )
    moments = [at for at, _ in told]
    total = 0.0
    for start, stop in pairwise(edges):
        place = int(np.searchsorted(moments, start, side="right")) - 1
        total += (stop - start) * (place >= 0 and told[place][1] == truth.at(start))
    return total


def held(rows: Iterable[Evidence]) -> Iterator[Published]:
    """What is told where the newest word of a space is simply believed: the sensor that fusion is measured against."""
    newest: dict[str, Evidence] = {}
    for row in rows:
        before = newest.get(row.space_id)
        if before is not None and row.observed_at < before.observed_at:
            continue
        newest[row.space_id] = row
        if before is None or row.status != before.status:
            yield Published(row.space_id, row.received_at, row.status, None)


def better_alone(world: World, spaces: list[Truth], rows: list[Evidence]) -> float:
    """Accuracy of the better of the two kinds of sensor."""
    return max(judge(world, spaces, held(only(rows, kind))).accuracy for kind in ("geomagnetic", "camera"))


def only(rows: Iterable[Evidence], kind: str) -> list[Evidence]:
    return [row for row in rows if row.device_kind == kind]


def final(published: Iterable[Published]) -> Mapping[str, str]:
    return {change.space_id: change.status for change in published}
