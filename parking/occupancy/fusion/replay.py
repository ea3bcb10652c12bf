"""Recorded evidence of any length through the engine's own rules: one kind of evidence is held in its order, two are fused."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal, NamedTuple

from parking.occupancy.device_window import NEW_DEVICE, DeviceWindow
from parking.occupancy.evidence import EvidenceSource, Observation, SensedStatus
from parking.occupancy.fusion.joint import Joint, Taken
from parking.occupancy.fusion.kept import Fused
from parking.occupancy.model import Belief, SpaceState
from parking.occupancy.transition import MICROS_PER_S, observe, silence_ends_at, silenced

ReplayedKind = Literal["change", "restate", "startup"]

INTERVALS_S: Final = {"geomagnetic": 3_600.0, "camera": 300.0}
"""Usual time between two messages of a kind, until a device's own restatements tell better."""
WORD_S: Final = 3 * 3_600
"""How long the word of a person, a payment or a gate stands for itself."""
SILENCE_INTERVALS: Final = 3
GAPS: Final = 21
"""Restatements of a device whose intervals are remembered."""
PIECE: Final = 50_000
PIECE_US: Final = 3600 * MICROS_PER_S
"""Evidence that is taken together: at most so many rows, or an hour of them."""


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
class _Device:
    """What is remembered of one device."""

    interval_s: float | None
    """None for one that need not speak again."""
    window: DeviceWindow = NEW_DEVICE
    restated_at: int | None = None
    gaps: list[float] = field(default_factory=list)

    @property
    def silence_s(self) -> int:
        return WORD_S if self.interval_s is None else round(SILENCE_INTERVALS * self.interval_s)

    def note(self, row: Evidence) -> None:
        if self.interval_s is None or row.kind != "restate":
            return
        if self.restated_at is not None and row.observed_at > self.restated_at:
            self.gaps.append((row.observed_at - self.restated_at) / MICROS_PER_S)
            del self.gaps[:-GAPS]
            if len(self.gaps) >= SILENCE_INTERVALS:
                self.interval_s = median(self.gaps)
        self.restated_at = max(self.restated_at or 0, row.observed_at)


class Replay:
    """Takes evidence in order of arrival, piece by piece, and returns what is published, in order of publication."""

    def __init__(self) -> None:
        self._spaces: dict[str, SpaceState] = {}
        self._fused: dict[str, Fused] = {}
        self._devices: dict[tuple[str, str], _Device] = {}
        self._joint = Joint(self._fused.get)
        self._told: list[Published] = []
        self._now = 0

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
        self._settle()
        self._fused.update((name, fused) for name, fused in self._joint.changed.items() if fused is not None)
        for name, fused in self._joint.changed.items():
            if fused is None:
                self._fused.pop(name, None)
        self._joint = Joint(self._fused.get)
        for space_id in list(self._spaces):
            self._fall_silent(space_id, self._now)
        told = sorted(self._told, key=lambda one: one.at)
        self._told.clear()
        return told

    def _take(self, row: Evidence) -> None:
        space_id = row.space_id
        if not self._joint.is_waiting(space_id):
            self._fall_silent(space_id, row.received_at)
        state = self._spaces.setdefault(space_id, SpaceState(space_id))
        device = self._devices.setdefault((space_id, row.device_id), _Device(INTERVALS_S.get(row.device_kind)))
        item = _observation(row, device.silence_s)
        taken = self._joint.take(space_id, state, device.window, item, 0, lambda: self._settled(space_id))
        if isinstance(taken, Taken):
            if taken.window is None:
                return
            device.window = taken.window
            if taken.letter is not None:
                self._spaces[space_id] = taken.state
        else:
            device.window, after, letter = observe(device.window, taken, item)
            if letter == "d" or after is None:
                return
            self._move(space_id, taken, after, row.received_at)
        device.note(row)

    def _settled(self, space_id: str) -> SpaceState:
        self._settle()
        return self._spaces[space_id]

    def _settle(self) -> None:
        for one in self._joint.settle():
            at = one.item.received_at if one.letter is not None else one.after.since
            self._move(one.space_id, one.before, one.after, at or one.item.received_at)

    def _fall_silent(self, space_id: str, now: int) -> None:
        state = self._spaces.get(space_id)
        ended_at = None if state is None else silence_ends_at(state)
        if state is not None and ended_at is not None and ended_at <= now:
            self._move(space_id, state, silenced(state, ended_at), ended_at)

    def _move(self, space_id: str, before: SpaceState, after: SpaceState, at: int) -> None:
        self._spaces[space_id] = after
        if after.belief != before.belief:
            self._told.append(Published(space_id, at, after.belief, after.confidence))


def _observation(row: Evidence, silence_s: int) -> Observation:
    sure = row.score if row.score is None or row.status == "occupied" else 1.0 - row.score
    return Observation(
        row.device_id,
        row.space_id,
        row.space_id,
        row.kind,
        row.status,
        row.observed_at,
        row.received_at,
        silence_s,
        sequence=row.sequence,
        # Nothing is said by a row whose score contradicts its status outright, and no claim at all is another thing.
        confidence=None if sure == 0.0 else sure,
        replayed=True,
        source=row.device_kind,
    )
