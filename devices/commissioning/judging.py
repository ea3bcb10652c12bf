"""Holds what a device said beside what was true; pure.

The truth is a list of looks. Between two looks of which the later one is `watched` it is known without a break; between
others only that something has happened, if they differ. Whatever is known too little to blame the device for is not
counted against it: a change in the last minutes of a test, a look within the tolerance of a change.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from statistics import median
from typing import Final, NamedTuple

from devices.commissioning.model import Findings, Limits, Look, Measured, seconds
from parking.occupancy.evidence import STATE_KINDS

Z_95: Final = 1.959964
"""The 97.5 % point of the normal distribution."""


class Said(NamedTuple):
    """One reading of a device, as history keeps it."""

    at: datetime
    received_at: datetime
    kind: str
    occupied: bool | None
    session: str | None
    sequence: int | None
    battery_v: float | None
    battery_pct: float | None


class Network(NamedTuple):
    """What the counters and the network tell of the same time."""

    expected: int | None = None
    lost: int | None = None
    rssi_dbm: float | None = None
    snr_db: float | None = None


class _Turn(NamedTuple):
    """A change of the device's word."""

    at: datetime
    received_at: datetime
    occupied: bool


class _Change(NamedTuple):
    """A change of the truth, between two instants that are the same where its moment is known."""

    earliest: datetime
    latest: datetime
    occupied: bool


class _Matches(NamedTuple):
    """What became of the changes of the truth; `used` are the turns that are one of them, by number."""

    changes: int
    missed: int
    latencies: list[float]
    used: set[int]


class Timeline:
    """What a device said that the state was, at any instant."""

    def __init__(self, said: Iterable[Said]) -> None:
        told = [
            (one.at, one.received_at, one.occupied) for one in said if one.kind in STATE_KINDS or one.kind == "fault"
        ]
        told.sort(key=lambda one: one[:2])
        self._instants = [at for at, _, _ in told]
        self._states = [occupied for _, _, occupied in told]
        self.turns: list[_Turn] = []
        known: bool | None = None
        for at, received_at, occupied in told:
            if occupied is None:
                continue
            if known is not None and occupied is not known:
                self.turns.append(_Turn(at, received_at, occupied))
            known = occupied

    def at(self, instant: datetime) -> bool | None:
        place = bisect_right(self._instants, instant)
        return self._states[place - 1] if place else None

    def says(self, occupied: bool, instant: datetime, tolerance: timedelta) -> bool:  # noqa: FBT001 - the state itself
        """Whether it said so at the instant or within the tolerance of it."""
        if self.at(instant - tolerance) is occupied:
            return True
        first = bisect_left(self._instants, instant - tolerance)
        return occupied in self._states[first : bisect_right(self._instants, instant + tolerance)]

    def agreed_s(self, start: datetime, end: datetime, *, occupied: bool) -> float:
        """Seconds between two instants in which it said so."""
        place, agreed, state = bisect_right(self._instants, start), 0.0, self.at(start)
        while start < end:
            until = min(end, self._instants[place]) if place < len(self._instants) else end
            if state is occupied:
                agreed += seconds(until - start)
            if place < len(self._instants):
                state = self._states[place]
            start, place = until, place + 1
        return agreed


def looks_of(said: Iterable[Said]) -> list[Look]:
    """What an accepted device said of the same space, as the truth.

    A change is the moment itself; a restatement that disagrees with what was said before only shows that one was lost.
    """
    looks: list[Look] = []
    is_known = False
    told = [one for one in said if one.kind in STATE_KINDS or one.kind == "fault"]
    for one in sorted(told, key=lambda one: (one.at, one.received_at)):
        if one.occupied is None:
            is_known = False
            continue
        continues = is_known and (one.kind == "change" or looks[-1].occupied is one.occupied)
        looks.append(Look(at=one.at, occupied=one.occupied, watched=continues))
        is_known = True
    return looks


def judge(
    said: Sequence[Said], looks: Sequence[Look], limits: Limits, *, start: datetime, end: datetime, network: Network
) -> Findings:
    """Compare; `looks` in order of their instants, `said` in that of receipt.

    What was received before `start` says in which state the test found the device, and no more.
    """
    timeline = Timeline(said)
    turns = [turn for turn in timeline.turns if turn.received_at >= start]
    said = [one for one in said if one.received_at >= start]
    tolerance = timedelta(seconds=limits.tolerance_s)
    trials, right = _trials(timeline, looks, tolerance)
    matches = _match(turns, _changes(looks), limits, end)
    watched = [(one.at, two.at, one.occupied) for one, two in pairwise(looks) if two.watched]
    watched_s = sum(seconds(until - since) for since, until, _ in watched)
    right_s = sum(timeline.agreed_s(since, until, occupied=state) for since, until, state in watched)
    low, high = wilson(right, trials) if trials else (None, None)
    received = sorted([start, *(one.received_at for one in said), end])
    false_changes = _false(turns, watched, matches.used, tolerance)
    figures = Findings(
        lasted_s=round(seconds(end - start)),
        readings=len(said),
        trials=trials,
        right=right,
        accuracy=right / trials if trials else None,
        accuracy_low=low,
        accuracy_high=high,
        watched_s=round(watched_s),
        right_s=round(right_s),
        changes=matches.changes,
        missed=matches.missed,
        false_changes=false_changes,
        device_changes=len(turns),
        latency_median_s=median(matches.latencies) if matches.latencies else None,
        latency_p95_s=_p95(matches.latencies),
        expected=network.expected,
        lost=network.lost,
        longest_silence_s=round(max(seconds(two - one) for one, two in pairwise(received))) if said else None,
        battery_v=_last(one.battery_v for one in said),
        battery_pct=_last(one.battery_pct for one in said),
        rssi_dbm=network.rssi_dbm,
        snr_db=network.snr_db,
        measured=(),
    )
    return _measured(figures, limits)


def wilson(right: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); `trials` is at least 1."""
    share, z2 = right / trials, Z_95**2
    middle = share + z2 / (2 * trials)
    half = Z_95 * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return max(0.0, (middle - half) / (1 + z2 / trials)), min(1.0, (middle + half) / (1 + z2 / trials))


def _trials(timeline: Timeline, looks: Sequence[Look], tolerance: timedelta) -> tuple[int, int]:
    """A run of watched looks that say the same is one trial, and right when the device was right at each of them."""
    outcomes: list[bool] = []
    before: Look | None = None
    for look in looks:
        is_right = timeline.says(look.occupied, look.at, tolerance)
        if before is not None and look.watched and look.occupied is before.occupied:
            outcomes[-1] = outcomes[-1] and is_right
        else:
            outcomes.append(is_right)
        before = look
    return len(outcomes), sum(outcomes)


def _changes(looks: Sequence[Look]) -> list[_Change]:
    return [
        _Change(two.at if two.watched else one.at, two.at, two.occupied)
        for one, two in pairwise(looks)
        if one.occupied is not two.occupied
    ]


def _match(turns: Sequence[_Turn], changes: Sequence[_Change], limits: Limits, end: datetime) -> _Matches:
    """The first turn of the device to the same state, soon enough after each change of the truth, is that change."""
    tolerance, within = timedelta(seconds=limits.tolerance_s), timedelta(seconds=limits.within_s)
    used, latencies, missed = set[int](), list[float](), 0
    for change in changes:
        fitting = (
            number
            for number, turn in enumerate(turns)
            if number not in used
            and turn.occupied is change.occupied
            and change.earliest - tolerance <= turn.at <= change.latest + within
        )
        place = next(fitting, None)
        if place is None:
            # One of the last minutes may still be told of.
            missed += change.latest + within <= end
            continue
        used.add(place)
        if change.earliest == change.latest:
            latencies.append(max(0.0, seconds(turns[place].received_at - change.latest)))
    return _Matches(len(used) + missed, missed, latencies, used)


def _false(
    turns: Sequence[_Turn],
    watched: Sequence[tuple[datetime, datetime, bool]],
    used: set[int],
    tolerance: timedelta,
) -> int:
    """Turns that no change explains, inside of what was watched and further than the tolerance from its edges."""
    spans = _joined(watched)
    return sum(
        any(since + tolerance < turn.at < until - tolerance for since, until in spans)
        for number, turn in enumerate(turns)
        if number not in used
    )


def _joined(watched: Sequence[tuple[datetime, datetime, bool]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for since, until, _ in watched:
        if joined and joined[-1][1] == since:
            joined[-1] = (joined[-1][0], until)
        else:
            joined.append((since, until))
    return joined


def _measured(report: Findings, limits: Limits) -> Findings:
    def at_least(name: str, value: float | None, limit: float) -> Measured:
        return Measured(
            name=name, value=value, limit=limit, is_met=value is not None and value >= limit if limit else None
        )

    def at_most(name: str, value: float | None, limit: float, *, is_needed: bool = True) -> Measured:
        is_met = value <= limit if value is not None else (False if is_needed else None)
        return Measured(name=name, value=value, limit=limit, is_met=is_met)

    lost = report.lost / report.expected if report.expected and report.lost is not None else None
    false_share = report.false_changes / report.device_changes if report.device_changes else 0.0
    missed = report.missed / report.changes if report.changes else None
    return replace(
        report,
        measured=(
            at_least("shortest_h", report.lasted_s / 3600, limits.shortest_h),
            at_least("fewest_changes", report.changes, limits.fewest_changes),
            at_least("least_accuracy", report.accuracy, limits.least_accuracy),
            at_most("most_missed", missed, limits.most_missed, is_needed=limits.fewest_changes > 0),
            at_most("most_false", false_share, limits.most_false),
            at_most("latest_p95_s", report.latency_p95_s, limits.latest_p95_s, is_needed=False),
            at_most("most_lost", lost, limits.most_lost, is_needed=False),
        ),
    )


def _p95(values: Sequence[float]) -> float | None:
    """The smallest value that 95 % of all do not pass."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[-(-95 * len(ordered) // 100) - 1]


def _last(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return known[-1] if known else None
