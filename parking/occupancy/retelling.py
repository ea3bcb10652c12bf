"""What a space was, told anew from all its frames in their one order, by the rules that the engine applies. Pure.

The engine judges each frame when it comes. Where none comes out of order that is what this tells; where one does, history
is told anew from the frames, and the engine takes over the present from it (`corrected`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from parking.occupancy.canonical import in_order
from parking.occupancy.changes import change_of, is_told
from parking.occupancy.device_window import NEW_DEVICE
from parking.occupancy.evidence import Observation, RetoldEntry
from parking.occupancy.fusion.joint import Joint, Taken
from parking.occupancy.fusion.kept import Fused, decode, encode
from parking.occupancy.model import SpaceChange, SpaceState
from parking.occupancy.transition import MICROS_PER_S, silenced, weigh


@dataclass(frozen=True, kw_only=True)
class Closing:
    """The space was closed, or opened again, at an instant in microseconds."""

    at: int
    is_closed: bool
    evidence: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was to be told of a space, oldest first, and what it came to."""

    changes: tuple[SpaceChange, ...]
    state: SpaceState
    fused: Fused | None = None
    """The belief at the end, where two kinds of evidence meet."""


def retell(
    space_id: str,
    zone_id: str,
    frames: Iterable[Observation],
    closings: Sequence[Closing] = (),
    silences: Sequence[int] = (),
    *,
    until: int,
) -> Story:
    """Tell a space anew up to `until`, from never having been heard of; the frames may come in any order and repeated.

    `silences` are the instants at which it was taken to be silent, of which frames that were under way refute some.
    Where two kinds of evidence meet they are weighed by the published figures, so that the telling depends on frames alone.
    """
    frames = list(frames)
    heard_at = max((frame.received_at for frame in frames if frame.trusted), default=None)
    teller = _Teller(space_id, SpaceState(zone_id))
    waiting: list[tuple[int, Closing | None]] = [(closing.at, closing) for closing in closings]
    waiting += [(at, None) for at in silences]
    waiting.sort(key=lambda each: each[0], reverse=True)
    for frame in in_order(frames):
        while waiting and waiting[-1][0] <= frame.observed_at:
            teller.passes(*waiting.pop())
        teller.hears(frame)
    while waiting:
        teller.passes(*waiting.pop())
    teller.settles()
    if heard_at is not None:
        teller.falls_silent(heard_at, until)
    return Story(changes=tuple(teller.changes), state=teller.state, fused=teller.fused)


def entry_of(space_id: str, story: Story, *, heard_at: int) -> RetoldEntry:
    """What the engine is told of it; `heard_at` is the last receipt that history knows of."""
    state = story.state
    return RetoldEntry(
        space_id,
        state.zone_id,
        state.belief,
        state.since,
        state.observed_at,
        heard_at,
        state.device_id,
        state.evidence,
        state.confidence,
        state.reason,
        state.turned_after,
        state.source,
        None if story.fused is None else encode(story.fused),
    )


def corrected(state: SpaceState, entry: RetoldEntry) -> SpaceState | None:
    """The state of the engine with what history says; None where it has moved on from what history was told from."""
    if entry.observed_at is None or entry.since is None or state.reason == entry.reason == "silent":
        return None
    if state.heard_at == entry.heard_at:
        return msgspec.structs.replace(
            state,
            belief=entry.belief,
            since=entry.since,
            observed_at=entry.observed_at,
            device_id=entry.device_id,
            evidence=entry.evidence,
            confidence=entry.confidence,
            reason=entry.reason,
            turned_after=entry.turned_after,
            source=entry.source,
        )
    # More was heard since then. If it has only confirmed the belief, that has its beginning from history all the same.
    if state.belief == entry.belief and state.since is not None and state.since <= entry.observed_at:
        return msgspec.structs.replace(state, since=entry.since, turned_after=entry.turned_after)
    return None


def rebelieved(own: Fused | None, entry: RetoldEntry) -> Fused | None:
    """The belief of the engine as history tells it; what the engine has learnt and heard meanwhile stays its own."""
    told = None if entry.fused is None else decode(entry.fused)
    if own is None or told is None:
        return told
    heard = {voice.source: voice for voice in told.voices} | {voice.source: voice for voice in own.voices}
    return msgspec.structs.replace(
        told,
        voices=tuple(heard.values()),
        looked_at=own.looked_at,
        learnt_at=own.learnt_at,
        record=own.record,
        figures=own.figures,
    )


class _Teller:
    def __init__(self, space_id: str, state: SpaceState) -> None:
        self._space_id = space_id
        self._joint = Joint(lambda _: None)
        self.state = state
        self.changes: list[SpaceChange] = []

    @property
    def fused(self) -> Fused | None:
        fused = self._joint.find(self._space_id)
        return fused if fused is not None and fused.is_awake else None

    def hears(self, frame: Observation) -> None:
        at = frame.observed_at
        # By receipt a frame may be late; in this order none is.
        item = msgspec.structs.replace(frame, received_at=at, replayed=False)
        if item.source != self.state.source or self._joint.watches(self._space_id):
            taken = self._joint.take(self._space_id, self.state, NEW_DEVICE, item, 0, self.settles)
            if isinstance(taken, Taken):
                if taken.letter is not None:
                    self.state = taken.state
                return
        moved, letter = weigh(self.state, item)
        if letter in "ac" and is_told(self.state, moved, frame):
            self._move(moved, at, previous_s=frame.previous_s)
        else:
            self.state = moved

    def settles(self) -> SpaceState:
        """Weigh what waits, before anything but evidence touches the space."""
        for one in self._joint.settle(learns=False):
            if one.is_told:
                self._move(one.after, one.item.observed_at, previous_s=one.item.previous_s)
            else:
                self.state = one.after
        return self.state

    def passes(self, at: int, closing: Closing | None) -> None:
        self.settles()
        if closing is not None:
            self._close(closing)
        elif self.state.spoken_at is not None:
            self.falls_silent(self.state.spoken_at, at)

    def _close(self, closing: Closing) -> None:
        moved = msgspec.structs.replace(
            self.state, in_service=not closing.is_closed, closed_for=closing.reason if closing.is_closed else None
        )
        if moved != self.state:
            self._move(moved, closing.at, evidence=closing.evidence)

    def falls_silent(self, heard_at: int, until: int) -> None:
        """Unknown where nothing came since then for longer than the word of its device holds."""
        ended_at = heard_at + self.state.silence_s * MICROS_PER_S
        if self.state.belief != "unknown" and ended_at <= until:
            self._move(silenced(self.state, ended_at), ended_at)

    def _move(
        self,
        moved: SpaceState,
        at: int,
        *,
        evidence: str | None = None,
        previous_s: tuple[int, int] | None = None,
    ) -> None:
        self.changes.append(change_of(self._space_id, self.state, moved, at, evidence=evidence, previous_s=previous_s))
        self.state = moved
