"""One engine batch, pure: stream entries and the state of a shard in, everything that one commit must write out.

The state that goes in is not touched; `ShardState.absorb` takes the outcome over once it is committed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

import msgspec

from parking.occupancy.changes import change_of, is_told, removal_of
from parking.occupancy.device_window import NEW_DEVICE, DeviceWindow
from parking.occupancy.evidence import MendEntry, Observation, RetoldEntry, ZoneEntry
from parking.occupancy.fusion.joint import Joint, Taken
from parking.occupancy.fusion.kept import Fused
from parking.occupancy.model import ChangeBatch, SpaceChange, SpaceState, ZoneCounts
from parking.occupancy.packed import Data, Packed, encoded
from parking.occupancy.retelling import corrected, rebelieved
from parking.occupancy.straight import straight
from parking.occupancy.tally import Tally, count_anew
from parking.occupancy.transition import observe, silence_ends_at, silenced

Closed = tuple[int | None, str | None]
"""Until when a space is closed and why."""
OPEN: Final[Closed] = (None, None)
_COUNTED: Final = frozenset({"a", "c", "w", "o"})
"""Dispositions of readings that the state rests on."""

Evidence = list[Observation] | ZoneEntry | RetoldEntry | MendEntry | None
"""A decoded stream entry; None for one that could not be read: it is consumed and says nothing."""


@dataclass(slots=True)
class ShardState:
    """What the engine holds of its shard in memory, equal to the live store after each commit."""

    spaces: Packed[SpaceState] = field(default_factory=lambda: Packed(SpaceState))
    counts: Packed[ZoneCounts] = field(default_factory=lambda: Packed(ZoneCounts))
    zones: Packed[ZoneEntry] = field(default_factory=lambda: Packed(ZoneEntry))
    devices: Packed[DeviceWindow] = field(default_factory=lambda: Packed(DeviceWindow))
    beliefs: Packed[Fused] = field(default_factory=lambda: Packed(Fused))

    def absorb(self, outcome: "Outcome") -> None:
        written = outcome.written
        self.spaces.write(written.spaces)
        self.counts.write(written.counts)
        self.zones.write(written.zones)
        self.devices.write(written.devices)
        self.beliefs.write(written.beliefs)


class Written(NamedTuple):
    """What a batch changes as it is written, one part for each hash of the shard."""

    spaces: Data
    counts: Data
    zones: Data
    devices: Data
    beliefs: Data


@dataclass(slots=True, frozen=True, kw_only=True)
class Outcome:
    """What a batch changes; None marks what is removed."""

    spaces: dict[str, SpaceState | None]
    counts: dict[str, ZoneCounts | None]
    zones: dict[str, ZoneEntry | None]
    devices: dict[str, DeviceWindow]
    beliefs: dict[str, Fused | None]
    sooner: dict[str, SpaceState | None]
    """Of the spaces those that may fall silent earlier than was known before."""
    written: Written
    batch: ChangeBatch


def apply_entries(shard: ShardState, entries: Sequence[tuple[str, Evidence]], at: int) -> Outcome:
    """Apply stream entries in order; `at` is the engine's clock in microseconds, the time of every change made."""
    batch = _Batch(shard, at)
    read: list[tuple[str, list[str]]] = []
    for entry_id, evidence in entries:
        letters: list[str] = []
        if isinstance(evidence, ZoneEntry):
            batch.define(evidence)
        elif isinstance(evidence, RetoldEntry):
            batch.correct(evidence)
        elif isinstance(evidence, MendEntry):
            batch.mend(evidence)
        elif evidence is not None:
            letters = batch.observe(evidence)
        read.append((entry_id, letters))
    return batch.outcome(read)


def apply_silence(shard: ShardState, space_ids: Iterable[str], at: int) -> Outcome:
    """Make those of the spaces unknown whose device has been silent for too long at `at`."""
    batch = _Batch(shard, at)
    for space_id in space_ids:
        batch.silence(space_id)
    return batch.outcome([])


def apply_closures(shard: ShardState, zone_ids: Iterable[str], at: int) -> Outcome:
    """Open and close the spaces of the zones as their windows say for `at`."""
    batch = _Batch(shard, at)
    for zone_id in zone_ids:
        batch.close(zone_id)
    return batch.outcome([])


class _Batch:
    """An overlay over the shard: looks up what the batch has already changed before what the shard holds."""

    def __init__(self, shard: ShardState, at: int) -> None:
        self._shard = shard
        self._at = at
        self._spaces: dict[str, SpaceState | None] = {}
        self._zones: dict[str, ZoneEntry | None] = {}
        self._devices: dict[str, DeviceWindow] = {}
        self._tallies: dict[str, Tally] = {}
        self._sooner: set[str] = set()
        self._removed: set[str] = set()
        self._changes: list[SpaceChange] = []
        self._joint = Joint(shard.beliefs.find)
        self._open: list[tuple[list[str], int]] = []
        """Where the letters of what waits to be weighed belong."""

    def observe(self, observations: list[Observation]) -> list[str]:
        """One disposition letter per observation; where it waits to be weighed, the outcome has it."""
        joint = self._joint
        has_joint = len(self._shard.beliefs) > 0 or not joint.is_empty
        spaces, known_space = self._spaces, self._shard.spaces.find
        devices, known_window = self._devices, self._shard.devices.find
        sooner = self._sooner
        letters: list[str] = []
        for item in observations:
            device_id, space_id = item.device_id, item.space_id
            window = devices.get(device_id) or known_window(device_id) or NEW_DEVICE
            state = spaces[space_id] if space_id in spaces else known_space(space_id)
            if item.replayed and state is not None and not joint.is_waiting(space_id):
                state = self._until(item.received_at, space_id, state)
            if state is not None and (item.source != state.source or (has_joint and joint.watches(space_id))):
                taken = joint.take(space_id, state, window, item, len(self._open), partial(self._settled, space_id))
                if isinstance(taken, Taken):
                    has_joint = True
                    self._await(item, taken, letters)
                    continue
                state = taken
            new_window, moved, letter = straight(window, state, item) or observe(window, state, item)
            letters.append(letter)
            if letter == "d":
                continue
            devices[device_id] = new_window
            if state is None or moved is None or moved is state:
                continue
            spaces[space_id] = moved
            # A message moves the end of its device's silence back; what is waited for already comes before it.
            if state.belief == "unknown" or state.heard_at is None or moved.silence_s < state.silence_s:
                sooner.add(space_id)
            if letter not in _COUNTED:
                continue
            if is_told(state, moved, item):
                self._publish(space_id, state, moved, previous_s=item.previous_s)
            else:
                self._tally(state.zone_id).heard(item.observed_at)
        return letters

    def _await(self, item: Observation, taken: Taken, letters: list[str]) -> None:
        """Of what is weighed: remember the device, and where the letter belongs when it is not known yet."""
        if taken.window is not None:
            self._devices[item.device_id] = taken.window
        if taken.letter is None:
            self._open.append((letters, len(letters)))
        elif taken.window is not None and not self._joint.is_waiting(item.space_id):
            self._write(item.space_id, taken.state)
        letters.append(taken.letter or "")

    def _settle(self) -> None:
        """Weigh what waits, before anything else touches its spaces."""
        for one in self._joint.settle():
            self._write(one.space_id, one.after)
            if one.letter is not None:
                letters, index = self._open[one.place]
                letters[index] = one.letter
            if one.is_told:
                previous_s = one.item.previous_s if one.letter is not None else None
                self._publish(one.space_id, one.before, one.after, previous_s=previous_s)
            elif one.letter in _COUNTED:
                self._tally(one.after.zone_id).heard(one.item.observed_at)

    def _settled(self, space_id: str) -> SpaceState:
        self._settle()
        return self._spaces.get(space_id) or self._shard.spaces[space_id]

    def _until(self, received_at: int, space_id: str, state: SpaceState) -> SpaceState:
        """What silence had made of a space before a message that came then and is taken in again."""
        ended_at = silence_ends_at(state)
        if ended_at is None or ended_at > received_at:
            return state
        moved = silenced(state, ended_at)
        self._spaces[space_id] = moved
        self._publish(space_id, state, moved)
        return moved

    def correct(self, entry: RetoldEntry) -> None:
        """Put right what frames out of order had left wrong, where the state still rests on what history was told from."""
        self._settle()
        state = self._space(entry.space_id)
        moved = None if state is None else corrected(state, entry)
        if state is None or moved is None:
            return
        if state.heard_at == entry.heard_at:
            self._rebelieve(entry)
        if moved == state:
            return
        self._write(entry.space_id, moved)
        self._publish(entry.space_id, state, moved, evidence="history")

    def mend(self, entry: MendEntry) -> None:
        """Put right what a check has found: count zones anew, and tell spaces once more, or let those go that no zone has."""
        self._settle()
        for space_id in entry.spaces:
            state = self._space(space_id)
            owner = None if state is None else self._zone(state.zone_id)
            if state is None:
                continue
            if owner is None or all(space_id != named for named, _ in owner.spaces):
                self._remove(space_id, state.zone_id)
            else:
                self._publish(space_id, state, state, evidence="history")
        for zone_id in entry.zones:
            if self._zone(zone_id) is None:
                self._tallies.pop(zone_id, None)
                self._removed.add(zone_id)
        wanted = [zone_id for zone_id in entry.zones if zone_id not in self._removed]
        inside: dict[str, list[SpaceState]] = {zone_id: [] for zone_id in wanted}
        for space_id in {**self._shard.spaces.data, **self._spaces} if wanted else ():
            state = self._space(space_id)
            if state is not None and state.zone_id in inside:
                inside[state.zone_id].append(state)
        for zone_id, states in inside.items():
            known = self._tally(zone_id)
            anew = Tally(count_anew(zone_id, states, revision=known.revision))
            anew.heard(known.observed_at)
            self._tallies[zone_id] = anew

    def _rebelieve(self, entry: RetoldEntry) -> None:
        own = self._joint.find(entry.space_id)
        told = rebelieved(own, entry)
        if told is not None:
            self._joint.changed[entry.space_id] = told
        elif own is not None:
            self._joint.part(entry.space_id)

    def silence(self, space_id: str) -> None:
        state = self._space(space_id)
        ended_at = None if state is None else silence_ends_at(state)
        if state is None or ended_at is None or ended_at > self._at:
            return
        moved = silenced(state, ended_at)
        self._spaces[space_id] = moved
        self._publish(space_id, state, moved)

    def define(self, entry: ZoneEntry) -> None:
        """Take over a zone's definition: an older revision than the known one changes nothing."""
        self._settle()
        known = self._zone(entry.zone_id)
        if known is not None and entry.revision < known.revision:
            return
        closed = closed_at(entry, self._at)
        for space_id, in_service in entry.spaces:
            self._place(space_id, entry, in_service=in_service, closed=closed.get(space_id, OPEN))
        wanted = {space_id for space_id, _ in entry.spaces}
        for space_id, _ in () if known is None else known.spaces:
            if space_id not in wanted:
                self._remove(space_id, entry.zone_id)
        if entry.spaces:
            self._zones[entry.zone_id] = entry
            self._tally(entry.zone_id).revision = entry.revision
            self._removed.discard(entry.zone_id)
        elif known is not None:
            self._zones[entry.zone_id] = None
            self._tallies.pop(entry.zone_id, None)
            self._removed.add(entry.zone_id)

    def close(self, zone_id: str) -> None:
        """Let the windows of a zone's present definition hold as of now; a space that has moved away is not its own."""
        entry = self._zone(zone_id)
        if entry is None:
            return
        closed = closed_at(entry, self._at)
        for space_id, in_service in entry.spaces:
            state = self._space(space_id)
            if state is not None and state.zone_id == zone_id:
                self._place(space_id, entry, in_service=in_service, closed=closed.get(space_id, OPEN))

    def outcome(self, read: Sequence[tuple[str, list[str]]]) -> Outcome:
        self._settle()
        beliefs = self._joint.changed
        fresh = {zone_id: tally.counts(zone_id) for zone_id, tally in self._tallies.items()}
        counts: dict[str, ZoneCounts | None] = dict.fromkeys(self._removed)
        counts.update(fresh)
        return Outcome(
            spaces=self._spaces,
            counts=counts,
            zones=self._zones,
            devices=self._devices,
            beliefs=beliefs,
            sooner={space_id: self._spaces[space_id] for space_id in self._sooner},
            written=Written(
                encoded(self._spaces), encoded(counts), encoded(self._zones), encoded(self._devices), encoded(beliefs)
            ),
            batch=ChangeBatch(
                self._at,
                self._changes,
                list(fresh.values()),
                [(entry_id, "".join(letters).encode()) for entry_id, letters in read],
                sorted(self._removed),
            ),
        )

    def _place(self, space_id: str, entry: ZoneEntry, *, in_service: bool, closed: Closed) -> None:
        state = self._space(space_id)
        until, reason = closed
        evidence = "inventory"
        if state is None:
            moved = SpaceState(
                entry.zone_id, since=self._at, in_service=in_service, closed_until=until, closed_for=reason
            )
        elif state.zone_id == entry.zone_id and state.in_service == in_service:
            if closed == (state.closed_until, state.closed_for):
                return
            evidence = "restriction"
            moved = msgspec.structs.replace(state, closed_until=until, closed_for=reason)
        else:
            owner = self._zone(state.zone_id)
            if state.zone_id != entry.zone_id and owner is not None and owner.revision > entry.revision:
                return
            moved = msgspec.structs.replace(
                state, zone_id=entry.zone_id, in_service=in_service, closed_until=until, closed_for=reason
            )
        self._write(space_id, moved)
        self._publish(space_id, state, moved, evidence=evidence)

    def _remove(self, space_id: str, zone_id: str) -> None:
        state = self._space(space_id)
        if state is None or state.zone_id != zone_id:
            return
        self._spaces[space_id] = None
        self._joint.forget(space_id)
        self._tally(zone_id).drop(state)
        self._changes.append(removal_of(space_id, zone_id, state.status, self._at))

    def _publish(
        self,
        space_id: str,
        before: SpaceState | None,
        after: SpaceState,
        *,
        evidence: str | None = None,
        previous_s: tuple[int, int] | None = None,
    ) -> None:
        """Count the move of one space and say it; `evidence` where it was no reading that moved it."""
        tally = self._tally(after.zone_id)
        if before is not None:
            (tally if before.zone_id == after.zone_id else self._tally(before.zone_id)).drop(before)
        tally.add(after)
        tally.heard(after.observed_at)
        self._changes.append(change_of(space_id, before, after, self._at, evidence=evidence, previous_s=previous_s))

    def _write(self, space_id: str, state: SpaceState) -> None:
        self._spaces[space_id] = state
        self._sooner.add(space_id)

    def _space(self, space_id: str) -> SpaceState | None:
        return self._spaces[space_id] if space_id in self._spaces else self._shard.spaces.find(space_id)

    def _zone(self, zone_id: str) -> ZoneEntry | None:
        return self._zones[zone_id] if zone_id in self._zones else self._shard.zones.find(zone_id)

    def _tally(self, zone_id: str) -> Tally:
        tally = self._tallies.get(zone_id)
        if tally is None:
            tally = Tally(None if zone_id in self._removed else self._shard.counts.find(zone_id))
            self._tallies[zone_id] = tally
        return tally


def closed_at(entry: ZoneEntry, at: int) -> dict[str, Closed]:
    """Until when and why the spaces of a zone are closed at an instant; those that are open are left out."""
    return {space_id: (end, reason) for space_id, start, end, reason in entry.closures if start <= at < end}
