"""A shard taken from what it was to what it is by history. Pure: the engine's own rules, over what came in between.

Readings move windows and states as they did the first time. What was published without a reading behind it (silence,
a space told anew) is known from the published changes, and those have the last word on what a space is and since when.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, cast

import msgspec

from parking.events.space import PublicStatus
from parking.occupancy.changes import REMOVED, change_of, removal_of
from parking.occupancy.engine_batch import Outcome, ShardState, apply_closures, apply_entries, apply_silence
from parking.occupancy.evidence import Observation, ZoneEntry
from parking.occupancy.model import Belief, SpaceChange, SpaceState, ZoneCounts
from parking.occupancy.packed import encoded
from parking.occupancy.streams import START, id_order
from parking.occupancy.tally import count_anew
from parking.occupancy.transition import silenced

_MICROS_PER_MS: Final = 1000
_NOT_OF_THE_STATE: Final = frozenset({"inventory", "restriction"})
"""Evidence of changes that leave the belief as it is."""

_state: Final = msgspec.msgpack.Decoder(SpaceState).decode

Entry = tuple[str, list[Observation]]


class Told(NamedTuple):
    """A published change as history has it, instants in microseconds."""

    at: int
    change_id: str
    item: int
    space_id: str
    zone_id: str
    status: str
    belief: str
    since: int
    observed_at: int | None
    evidence: str
    device_id: str | None
    confidence: float | None
    reason: str | None

    @property
    def removed(self) -> bool:
        return self.reason == REMOVED and self.evidence == "inventory"


class Heard(NamedTuple):
    """The last message about a space, of which no more is known than that it came."""

    received_at: int
    observed_at: int
    silence_s: int


class Retracing:
    """Define, go over the readings in order, settle; then `changes` says what history does not know yet."""

    def __init__(self, state: ShardState, told: Iterable[Told]) -> None:
        """`told` are the changes after the state, in order of publication."""
        self.state = state
        self._zones: set[str] = set()
        """In which something has moved."""
        self._before: dict[str, bytes | None] = {}
        """As it was written, of every space that has moved."""
        self._told: dict[str, Told] = {}
        self._silences: list[Told] = []
        for change in told:
            self._told[change.space_id] = change
            if change.evidence == "silence":
                self._silences.append(change)
        self._silences.reverse()

    def define(self, entries: Iterable[ZoneEntry], at: int) -> None:
        """Take over the definitions of zones that have changed since."""
        self._take(apply_entries(self.state, [(START, entry) for entry in entries], at))

    def hear(self, entries: Sequence[Entry]) -> None:
        """Go over entries of readings, with the silences that were noticed between them."""
        waiting: list[Entry] = []
        for entry in entries:
            at = id_order(entry[0])[0] * _MICROS_PER_MS
            if self._silences and self._silences[-1].at <= at:
                self._hear(waiting)
                waiting = []
                self._fall_silent(at)
            waiting.append(entry)
        self._hear(waiting)

    def settle(self, heard: Mapping[str, Heard], at: int) -> None:
        """Let history have the last word, let windows of restriction hold as of now, and count anew what was touched."""
        if self._silences:
            self._fall_silent(self._silences[0].at)
        for space_id, told in self._told.items():
            state = self.state.spaces.find(space_id)
            if state is None or told.removed:
                continue
            moved = _as_told(state, told, heard.get(space_id))
            if moved is not state:
                self._keep(space_id)
                self.state.spaces.write(encoded({space_id: moved}))
                self._zones.add(state.zone_id)
        closing = {zone_id for zone_id, entry in self.state.zones.items() if entry.closures}
        self._take(apply_closures(self.state, sorted(closing), at))
        self._count_anew()

    def changes(self, at: int) -> list[SpaceChange]:
        """Moves of spaces that were never published."""
        found: list[SpaceChange] = []
        for space_id, kept in self._before.items():
            known = self._known(space_id, kept)
            now = self.state.spaces.find(space_id)
            if now is None and known is not None:
                found.append(removal_of(space_id, *known, at))
            elif now is not None and known != (now.zone_id, now.status):
                before = None if kept is None else _state(kept)
                evidence = "inventory" if before is None or before.in_service != now.in_service else "restriction"
                change = change_of(space_id, before, now, at, evidence=evidence)
                found.append(msgspec.structs.replace(change, previous_status="unknown" if known is None else known[1]))
        return found

    def unheard(self) -> list[str]:
        """Spaces of which something is known and no message was gone over."""
        return [
            space_id
            for space_id, told in self._told.items()
            if told.belief != "unknown"
            and (state := self.state.spaces.find(space_id)) is not None
            and state.heard_at is None
        ]

    def _known(self, space_id: str, kept: bytes | None) -> tuple[str, PublicStatus] | None:
        """Zone and status of a space as they were published last."""
        told = self._told.get(space_id)
        if told is not None:
            return None if told.removed else (told.zone_id, cast("PublicStatus", told.status))
        if kept is None:
            return None
        before = _state(kept)
        return before.zone_id, before.status

    def _hear(self, entries: Sequence[Entry]) -> None:
        if entries:
            self._take(apply_entries(self.state, entries, id_order(entries[-1][0])[0] * _MICROS_PER_MS))

    def _fall_silent(self, until: int) -> None:
        while self._silences and self._silences[-1].at <= until:
            at = self._silences[-1].at
            silent: list[str] = []
            while self._silences and self._silences[-1].at == at:
                silent.append(self._silences.pop().space_id)
            self._take(apply_silence(self.state, silent, at))

    def _take(self, outcome: Outcome) -> None:
        for space_id in outcome.spaces:
            self._keep(space_id)
        self._zones.update(outcome.counts)
        self.state.absorb(outcome)

    def _keep(self, space_id: str) -> None:
        """What the space was, before it moves for the first time."""
        if space_id not in self._before:
            self._before[space_id] = self.state.spaces.data.get(space_id)

    def _count_anew(self) -> None:
        inside: dict[str, list[SpaceState]] = {zone_id: [] for zone_id in self._zones}
        for state in self.state.spaces.values():
            if state.zone_id in inside:
                inside[state.zone_id].append(state)
        counted: dict[str, ZoneCounts | None] = {}
        for zone_id, states in inside.items():
            entry, known = self.state.zones.get(zone_id), self.state.counts.get(zone_id)
            counted[zone_id] = (
                None if entry is None else _not_older(count_anew(zone_id, states, revision=entry.revision), known)
            )
        self.state.counts.write(encoded(counted))


def _as_told(state: SpaceState, told: Told, heard: Heard | None) -> SpaceState:
    """The state with what was published of it last; the same object where they agree."""
    if heard is not None and state.heard_at is None:
        state = msgspec.structs.replace(
            state, heard_at=heard.received_at, spoken_at=heard.observed_at, silence_s=heard.silence_s
        )
    if told.evidence in _NOT_OF_THE_STATE or told.status == "restricted":
        # Here the reason may be that of the restriction.
        reason = (state.reason or "silent") if told.belief == "unknown" else None
    else:
        reason = told.reason
    if (told.belief, reason) == (state.belief, state.reason):
        return state if told.since == state.since else msgspec.structs.replace(state, since=told.since)
    if told.evidence == "silence":
        return silenced(state, told.since)
    return msgspec.structs.replace(
        state,
        belief=cast("Belief", told.belief),
        since=told.since,
        observed_at=told.observed_at,
        device_id=told.device_id,
        evidence=state.evidence if told.evidence in _NOT_OF_THE_STATE else told.evidence,
        confidence=told.confidence,
        reason=reason,
    )


def _not_older(counts: ZoneCounts, known: ZoneCounts | None) -> ZoneCounts:
    """A zone was last heard of when it was, also where the space is gone that was heard of."""
    if known is None or known.observed_at is None:
        return counts
    observed_at = known.observed_at if counts.observed_at is None else max(counts.observed_at, known.observed_at)
    return msgspec.structs.replace(counts, observed_at=observed_at)
