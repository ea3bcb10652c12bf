"""Recorded evidence of any length through the engine's own rules: one kind of evidence is held in its order, two are fused."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal, NamedTuple

import numpy as np

from parking.occupancy.device_window import NEW_DEVICE, DeviceWindow
from parking.occupancy.evidence import EvidenceSource, Observation, SensedStatus
from parking.occupancy.fusion.beliefs import KEPT, Beliefs, Step, What
from parking.occupancy.fusion.publication import FREE, OCCUPIED, UNKNOWN
from parking.occupancy.model import Belief, SpaceState
from parking.occupancy.transition import observe

ReplayedKind = Literal["change", "restate", "startup"]

INTERVALS_S: Final = {"geomagnetic": 3_600.0, "camera": 300.0}
"""Usual time between two messages of a kind, until a device's own restatements tell better."""
SILENCE_INTERVALS: Final = 3
GAPS: Final = 21
"""Restatements of a device whose intervals are remembered."""
WRONG: Final[dict[str, float]] = {"gate": 0.03, "payment": 0.10, "attendant": 0.01}
"""How often such a word is wrong; configuration values, no source publishes them."""
MICROS: Final = 1_000_000
PIECE: Final = 50_000
PIECE_US: Final = 3600 * MICROS
"""Evidence that is taken together: at most so many rows, or an hour of them."""
RELEARN_US: Final = 6 * 3600 * MICROS
_STATUS: Final[dict[Belief, int]] = {"unknown": UNKNOWN, "free": FREE, "occupied": OCCUPIED}
_NAMES: Final[dict[int, Belief]] = {number: name for name, number in _STATUS.items()}


class Evidence(NamedTuple):
    """One row of an evidence file; times in microseconds since 1970 UTC."""

    space_id: str
    device_id: str
    device_kind: EvidenceSource
    kind: ReplayedKind
    observed_at: int
    received_at: int
    sequence: int | None
    status: SensedStatus
    score: float | None


class Published(NamedTuple):
    """One published change of one space."""

    space_id: str
    at: int
    status: Belief
    confidence: float | None


@dataclass(slots=True)
class _Heard:
    """What is remembered of one device."""

    window: DeviceWindow
    interval_s: float | None
    """None for a device that need not speak again."""
    heard_at: int
    restated_at: int | None = None
    gaps: list[float] = field(default_factory=list)

    def note(self, row: Evidence) -> None:
        self.heard_at = max(self.heard_at, row.received_at)
        if self.interval_s is None or row.kind != "restate":
            return
        if self.restated_at is not None and row.observed_at > self.restated_at:
            self.gaps.append((row.observed_at - self.restated_at) / MICROS)
            del self.gaps[:-GAPS]
            if len(self.gaps) >= SILENCE_INTERVALS:
                self.interval_s = median(self.gaps)
        self.restated_at = max(self.restated_at or 0, row.observed_at)

    @property
    def silent_at(self) -> int:
        return self.heard_at + int(SILENCE_INTERVALS * (self.interval_s or 0.0) * MICROS)


@dataclass(slots=True)
class _Space:
    state: SpaceState
    devices: dict[str, _Heard] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    row: int | None = None
    """In `Beliefs`, once two kinds of evidence have met."""
    steps: list[Step] = field(default_factory=list)
    """The last ones in the order of observation."""
    count: int = 0
    is_silent: bool = True

    @property
    def silent_at(self) -> int | None:
        """When the last of its devices that must speak falls silent; None where none must or all are."""
        ends = [device.silent_at for device in self.devices.values() if device.interval_s is not None]
        return max(ends) if ends and not self.is_silent else None


class Replay:
    """Takes evidence in order of arrival, piece by piece, and returns what is published, in order of publication."""

    def __init__(self, *, factor: float = 1.0) -> None:
        self._beliefs = Beliefs(factor=factor)
        self._spaces: dict[str, _Space] = {}
        self._names: list[str] = []
        """Space of each row of the beliefs."""
        self._joining: list[tuple[int, float]] = []
        """Status and instant of spaces that are about to become rows."""
        self._steps: dict[int, list[Step]] = {}
        self._told: list[Published] = []
        self._now = 0
        self._learnt_at = 0

    def feed(self, rows: Iterable[Evidence]) -> Iterator[Published]:
        """All that was published up to the last arrival of `rows`."""
        piece: list[Evidence] = []
        for row in rows:
            piece.append(row)
            if len(piece) == PIECE or row.received_at - piece[0].received_at >= PIECE_US:
                yield from self._taken(piece)
                piece = []
        yield from self._taken(piece)

    def _taken(self, rows: Sequence[Evidence]) -> list[Published]:
        for row in rows:
            self._now = max(self._now, row.received_at)
            self._take(row)
        for space_id, space in self._spaces.items():
            self._fall_silent(space_id, space, self._now)
        if self._joining:
            status, at = zip(*self._joining, strict=True)
            self._beliefs.add(np.array(status, dtype=np.intp), np.array(at))
            self._joining.clear()
        for outcome in self._beliefs.run(self._steps):
            known = outcome.status != UNKNOWN
            self._told.append(
                Published(
                    self._names[outcome.row],
                    round(outcome.at * MICROS),
                    _NAMES[outcome.status],
                    round(outcome.confidence, 4) if known else None,
                )
            )
        self._steps.clear()
        if self._now - self._learnt_at >= RELEARN_US:
            self._learnt_at = self._now
            self._beliefs.learn()
        told = sorted(self._told, key=lambda one: one.at)
        self._told.clear()
        return told

    def _take(self, row: Evidence) -> None:
        space = self._spaces.get(row.space_id)
        if space is None:
            space = self._spaces[row.space_id] = _Space(SpaceState(row.space_id))
        self._fall_silent(row.space_id, space, row.received_at)
        device = space.devices.get(row.device_id)
        if device is None:
            device = _Heard(NEW_DEVICE, INTERVALS_S.get(row.device_kind), row.received_at)
            space.devices[row.device_id] = device
        before = space.state
        device.window, after, disposition = observe(device.window, before, _observation(row))
        if disposition == "d" or after is None:
            return
        device.note(row)
        space.is_silent = False
        space.kinds.add(row.device_kind)
        space.state = after
        if space.row is None and len(space.kinds) > 1:
            space.row = len(self._names)
            self._names.append(row.space_id)
            self._joining.append((_STATUS[before.belief], row.observed_at / MICROS))
        if space.row is not None:
            self._steps.setdefault(space.row, []).extend(_ordered(space, row))
        elif after.belief != before.belief:
            self._told.append(Published(row.space_id, row.received_at, after.belief, row.score))

    def _fall_silent(self, space_id: str, space: _Space, now: int) -> None:
        at = space.silent_at
        if at is None or at > now:
            return
        space.is_silent = True
        if space.row is not None:
            self._steps.setdefault(space.row, []).append(_silence(at / MICROS))
        elif space.state.belief != "unknown":
            self._told.append(Published(space_id, at, "unknown", None))
        space.state = SpaceState(
            space.state.zone_id, observed_at=space.state.observed_at, device_id=space.state.device_id
        )


def _observation(row: Evidence) -> Observation:
    return Observation(
        row.device_id,
        row.space_id,
        row.space_id,
        row.kind,
        row.status,
        row.observed_at,
        row.received_at,
        0,
        sequence=row.sequence,
        confidence=row.score,
        source=row.device_kind,
    )


def _what(row: Evidence) -> tuple[What, float]:
    """The kind of step, and its score: of words how often they are wrong."""
    if row.device_kind == "geomagnetic":
        return row.kind, np.nan
    if row.device_kind == "camera":
        return "look", np.nan if row.score is None else row.score
    return "word", WRONG[row.device_kind]


def _ordered(space: _Space, row: Evidence) -> list[Step]:
    """The step of this evidence, and where it is late the steps after it once more."""
    what, score = _what(row)
    at, published_at = row.observed_at / MICROS, row.received_at / MICROS
    kept = space.steps
    index = len(kept)
    while index and kept[index - 1].at > at:
        index -= 1
    if index == 0 and len(kept) == KEPT - 1:
        return []
    place = space.count - len(kept) + index
    late = index < len(kept)
    new = Step(at, what, int(row.status == "occupied"), score, place, late, np.nan if late else published_at)
    again = [step._replace(place=step.place + 1, anew=False, published_at=np.nan) for step in kept[index:]]
    if late:
        again[-1] = again[-1]._replace(published_at=published_at)
    kept[index:] = [new, *again]
    space.count += 1
    del kept[: -(KEPT - 1)]
    return [new, *again]


def _silence(at: float) -> Step:
    return Step(at, "silence", 0, np.nan, 0, anew=False, published_at=at)
