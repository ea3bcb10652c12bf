"""One space whose frames arrive in any order: engine, history and the follower of stays by their pure parts, without servers."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count

import msgspec

from parking.domain.clock import from_micros
from parking.events.space import SpaceStateChanged
from parking.occupancy.changes import space_fact
from parking.occupancy.engine_batch import Outcome, apply_entries, apply_silence
from parking.occupancy.evidence import Observation
from parking.occupancy.model import SpaceState
from parking.occupancy.retelling import entry_of, retell
from parking.sessions.following import follow
from parking.sessions.model import ParkingSession
from parking.sessions.retelling import is_withdrawn, nothing_of, revise, stays_of
from tests.parking.occupancy.samples import shard_with, zone

_ids = count(1)
_OPEN = datetime.max.replace(tzinfo=UTC)
Told = tuple[SpaceStateChanged, datetime]


def new_id() -> str:
    return str(next(_ids))


class Space:
    """`s1` of zone `z1`; where nothing comes out of order its stays are followed, from then on they are told anew."""

    def __init__(self) -> None:
        self.shard = shard_with(zone("s1"))
        self.history: list[Observation] = []
        self.stays: list[ParkingSession] = []
        self.silences: list[int] = []
        self.is_unsettled = False

    def hears(self, frame: Observation) -> None:
        now = frame.received_at
        self.passes(now)
        outcome = apply_entries(self.shard, [("1-1", [frame])], now)
        ((_, letters),) = outcome.batch.read
        if letters != b"d":
            self.history.append(frame)
        self.is_unsettled = self.is_unsettled or letters in {b"l", b"o"}
        self._take(outcome)
        if self.is_unsettled and letters != b"d":
            self.revises(now)

    def passes(self, now: int) -> None:
        self._take(apply_silence(self.shard, ["s1"], now))

    def revises(self, now: int) -> None:
        story = retell("s1", "z1", self.history, (), self.silences, until=now)
        told = stays_of([_told(change) for change in story.changes], after=None, new_id=new_id)
        revision = revise([stay for stay in self.stays if not is_withdrawn(stay)], told)
        by_id = {stay.session_id: stay for stay in self.stays}
        by_id |= {new.session_id: new for _, new in revision.changed}
        by_id |= {stay.session_id: stay for stay in revision.begun}
        by_id |= {stay.session_id: nothing_of(stay, from_micros(now)) for stay in revision.withdrawn}
        self.stays = list(by_id.values())
        heard_at = max(frame.received_at for frame in self.history)
        self._take(apply_entries(self.shard, [("1-1", entry_of("s1", story, heard_at=heard_at))], now))

    @property
    def state(self) -> SpaceState:
        return self.shard.spaces["s1"]

    def _take(self, outcome: Outcome) -> None:
        self.shard.absorb(outcome)
        self.silences += [change.since for change in outcome.batch.changes if change.evidence == "silence"]
        if self.is_unsettled:
            return
        for change in outcome.batch.changes:
            fact, at = _told(change)
            open_stay = next((stay for stay in self.stays if stay.state == "open"), None)
            moved = follow(open_stay, fact, at, new_id=new_id)
            if open_stay is not None and moved.before is not None:
                self.stays[self.stays.index(open_stay)] = moved.before
            if moved.begun is not None:
                self.stays.append(moved.begun)


def canonical(frames: Iterable[Observation], until: int) -> tuple[SpaceState, list[ParkingSession]]:
    """What the set of frames says, whatever its order."""
    story = retell("s1", "z1", frames, until=until)
    return story.state, stays_of([_told(change) for change in story.changes], after=None, new_id=new_id)


def essence_of_state(state: SpaceState) -> tuple[object, ...]:
    # Nothing was heard of it yet, or nothing any more: then the engine's own clock says since when.
    since = None if state.reason in {"never_heard", "silent"} else state.since
    return state.belief, since, state.observed_at, state.reason, state.device_id


def essence_of_stays(stays: Sequence[ParkingSession]) -> list[tuple[object, ...]]:
    return sorted(
        (
            stay.started_at,
            stay.started_earliest,
            stay.ended_at or _OPEN,
            stay.ended_earliest or _OPEN,
            stay.ended_latest or _OPEN,
            stay.gaps,
            stay.paused_at or _OPEN,
            stay.pause_reason or "",
            stay.state,
        )
        for stay in stays
        if not is_withdrawn(stay)
    )


def _told(change: object) -> Told:
    fact = space_fact(change)  # type: ignore[arg-type]
    return fact, from_micros(change.at)  # type: ignore[attr-defined]


def received(frame: Observation, delay_us: int) -> Observation:
    return msgspec.structs.replace(frame, received_at=frame.observed_at + delay_us)
