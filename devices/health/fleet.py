"""All devices of the city as their messages come in: who is heard, what is judged when, and which faults come and go.

Everything is in memory and nothing waits; `follower.py` feeds it from the streams and stores what it changed.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from devices.health import agreement, motion
from devices.health.detectors import DETECTORS, SILENT, Look, silent_at
from devices.health.device import DeviceHealth, forget, hear, hear_outcome, interrupt
from devices.health.judgement import CLEAR, Finding
from devices.health.model import NOWHERE, Fault, Place, Turn
from devices.health.policy import MINUTE, SECOND, USUAL, Policy
from devices.inventory.life import Stage
from devices.inventory.model import DeviceEntry
from parking.events.device import DeviceFault
from parking.occupancy.evidence import STATE_KINDS, Observation
from parking.raw.model import Outcome

OWN: Final = "health/"
"""Begins the event ids of what we put into the streams ourselves: no device said it."""
LOOK_EVERY: Final = 10 * MINUTE
"""A device that is heard and gives no cause is judged so often."""
EXPECTED: Final[frozenset[Stage]] = frozenset({"installed", "testing", "accepted"})
"""Stages in which a device that is bound to a space is expected to be heard."""
SETTLES: Final = 5 * MINUTE
"""How long a person may be ahead of the sensor: who pays from the car has not yet left it."""


def random_id() -> str:
    return uuid.uuid4().hex


@dataclass(slots=True)
class Surroundings:
    """What the registry says of a device: where it is, with whom it shares its space, when it must be heard."""

    place: Place = NOWHERE
    bound_at: int | None = None
    """None for a device that watches no space."""
    silence: int = 0
    empty_v: float | None = None
    peers: tuple[str, ...] = ()


@dataclass(slots=True)
class Fleet:
    """`turns` and `touched` are what has changed since the last `settled`."""

    policy: Policy = USUAL
    new_id: Callable[[], str] = random_id
    devices: dict[str, DeviceHealth] = field(default_factory=dict)
    zones: defaultdict[str, motion.Turnover] = field(default_factory=lambda: defaultdict(motion.Turnover))
    faults: dict[str, dict[DeviceFault, Fault]] = field(default_factory=dict)
    """Those that are open."""
    turns: list[Turn] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    _around: dict[str, Surroundings] = field(default_factory=dict)
    _members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _spaces: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def survey(
        self, entries: Mapping[str, DeviceEntry], now: int, empty_v: Callable[[DeviceEntry], float | None]
    ) -> None:
        """Take the registry over: places, neighbours, heartbeats. A fault of a device that is gone from its place is over."""
        by_space: defaultdict[str, list[str]] = defaultdict(list)
        by_zone: defaultdict[str, list[str]] = defaultdict(list)
        around: dict[str, Surroundings] = {}
        for device_id, entry in entries.items():
            found = around[device_id] = _surroundings(entry, now, empty_v(entry))
            if found.place.space_id is not None and found.place.zone_id is not None:
                by_space[found.place.space_id].append(device_id)
                by_zone[found.place.zone_id].append(device_id)
        for together in by_space.values():
            for device_id in together if len(together) > 1 else ():
                around[device_id].peers = tuple(other for other in together if other != device_id)
        self._around, self._spaces = around, by_space
        self._members = {zone_id: tuple(members) for zone_id, members in by_zone.items()}
        for zone_id, members in self._members.items():
            self.zones[zone_id].devices = len(members)
        self._let_go(now)

    def hear(self, readings: Iterable[tuple[Observation, str]], at: int) -> None:
        """Readings with the letter that the engine gave each; `at` is when it did."""
        for said, letter in readings:
            own = said.event_id is not None and said.event_id.startswith(OWN)
            if letter == "d" or own or said.replayed or said.device_id not in self._around:
                continue
            state = self._touch(said.device_id)
            peers = self._around[said.device_id].peers
            if peers and said.status is not None and said.kind in STATE_KINDS:
                self._compare(said, state, peers)
            urgent = hear(state, said, self.zones[said.zone_id], self.policy)
            if urgent or said.device_id in self.faults or at - state.looked_at >= LOOK_EVERY:
                self._look(said.device_id, state, at)

    def hear_outcome(self, device_id: str, outcome: Outcome, received_at: int) -> None:
        """What else a body brought of a device."""
        if device_id not in self._around:
            return
        state = self._touch(device_id)
        turnover = self.zones[self._around[device_id].place.zone_id or ""]
        urgent = hear_outcome(state, outcome, received_at, turnover, self.policy)
        if urgent or device_id in self.faults or received_at - state.looked_at >= LOOK_EVERY:
            self._look(device_id, state, max(received_at, state.looked_at))

    def hear_person(self, space_id: str, at: int, *, occupied: bool, now: int) -> None:
        """Somebody stood at the space at `at`. A device that has changed its word since is neither right nor wrong."""
        told = "occupied" if occupied else "free"
        for device_id in self._spaces.get(space_id, ()):
            state, around = self.devices.get(device_id), self._around[device_id]
            if (
                state is None
                or state.space_id != space_id
                or state.heard_at <= at
                or state.motion.changed_at > at + SETTLES
            ):
                continue
            confirms = state.motion.status == told
            if state.motion.status is None or (not confirms and state.motion.changed_at > at):
                continue
            self.touched.add(device_id)
            if state.people is None:
                state.people = agreement.People()
            agreement.hear_person(state.people, at, confirms=confirms, policy=self.policy)
            if confirms:
                motion.confirm(state.motion, self.zones[around.place.zone_id or ""], at)
            self._look(device_id, state, max(now, state.looked_at))

    def miss(self, listened: Callable[[Place], int], now: int) -> None:
        """Judge silence: `listened` says from when on messages of a place would have been heard, up to `now`."""
        for device_id, around in self._around.items():
            state = self.devices.get(device_id)
            heard_at = 0 if state is None else state.heard_at
            if around.bound_at is None and not heard_at:
                continue
            if now <= max(heard_at, around.bound_at or 0) + around.silence:
                # Of a city that speaks nearly all: asked before anything is made for the look.
                continue
            known = state or DeviceHealth()
            look = self._look_of(known, around, now, listened(around.place))
            if now > silent_at(look) and SILENT not in self.faults.get(device_id, {}):
                if state is None:
                    self.devices[device_id] = known
                self.touched.add(device_id)
                found = DETECTORS[SILENT](look)
                if isinstance(found, Finding):
                    self._open(device_id, SILENT, found, now)

    def interrupt(self, zones: Callable[[str], bool], at: int) -> None:
        """Messages of these zones went by unheard: what their absence would tell is forgotten."""
        for zone_id, members in self._members.items():
            for device_id in members if zones(zone_id) else ():
                state = self.devices.get(device_id)
                if state is not None:
                    self.touched.add(device_id)
                    interrupt(state, self.zones[zone_id], at)

    def dismiss(self, device_id: str, fault: DeviceFault, at: int) -> None:
        """A person has looked and says that it is in order: the fault closes, and what it rested on begins anew."""
        state, around = self.devices.get(device_id), self._around.get(device_id)
        if state is not None:
            self.touched.add(device_id)
            turnover = self.zones[around.place.zone_id] if around and around.place.zone_id else motion.Turnover()
            forget(state, fault, turnover, at)
        self._close(device_id, fault, at)

    def settled(self) -> None:
        """What has changed so far is stored."""
        self.turns.clear()
        self.touched.clear()

    def _let_go(self, now: int) -> None:
        """Of what no longer is: faults at a place that the device has left, devices that no longer share a space."""
        for fault in [fault for present in self.faults.values() for fault in present.values()]:
            around = self._around.get(fault.device_id)
            if around is None or around.place.space_id != fault.place.space_id:
                self._close(fault.device_id, fault.fault, now)
        for device_id, state in self.devices.items():
            if state.peers and device_id in self._around:
                for other in state.peers.keys() - set(self._around[device_id].peers):
                    del state.peers[other]

    def _touch(self, device_id: str) -> DeviceHealth:
        self.touched.add(device_id)
        state = self.devices.get(device_id)
        if state is None:
            state = self.devices[device_id] = DeviceHealth()
        return state

    def _compare(self, said: Observation, state: DeviceHealth, peers: tuple[str, ...]) -> None:
        """Each pair is kept with both of its devices, as the words stood before this message."""
        for other_id in peers:
            other = self.devices.get(other_id)
            if other is None or state.motion.status is None or other.motion.status is None:
                continue
            if other.heard_at + self._around[other_id].silence < said.received_at:
                continue
            same = state.motion.status == other.motion.status
            for mine, name in ((state, other_id), (other, said.device_id)):
                peer = mine.peers.get(name)
                if peer is None:
                    mine.peers[name] = agreement.Peer(said.received_at)
                else:
                    longest = said.silence_s * SECOND
                    agreement.compare(peer, same=same, at=said.received_at, longest=longest)
            self.touched.add(other_id)

    def _look_of(self, state: DeviceHealth, around: Surroundings, now: int, listened_since: int = 0) -> Look:
        zone_id = around.place.zone_id
        return Look(
            state=state,
            now=now,
            listened_since=max(around.bound_at or 0, listened_since),
            silence=around.silence,
            turnover=self.zones[zone_id] if zone_id is not None else motion.Turnover(),
            moved=lambda: self._moved(state, zone_id),
            empty_v=around.empty_v,
            policy=self.policy,
        )

    def _moved(self, state: DeviceHealth, zone_id: str | None) -> int:
        since = state.motion.calm_since
        known = (self.devices.get(member) for member in self._members.get(zone_id or "", ()))
        return sum(
            other is not None and bool(other.motion.changes) and other.motion.changes[-1] > since for other in known
        )

    def _look(self, device_id: str, state: DeviceHealth, now: int) -> None:
        """Judge a device that was heard just now; nothing closes of one that is silent."""
        state.looked_at = now
        look = self._look_of(state, self._around[device_id], now)
        present = self.faults.get(device_id, {})
        for fault, detector in DETECTORS.items():
            judgement = detector(look)
            known = present.get(fault)
            if isinstance(judgement, Finding):
                if known is None and fault != SILENT:
                    self._open(device_id, fault, judgement, now)
                elif known is not None and judgement.distrusts and not known.distrusted:
                    self._distrust(known, judgement, now)
            elif judgement is CLEAR and known is not None:
                self._close(device_id, fault, now)

    def _open(self, device_id: str, kind: DeviceFault, found: Finding, at: int) -> None:
        fault = Fault(
            fault_id=self.new_id(),
            device_id=device_id,
            place=self._around[device_id].place,
            fault=kind,
            since=min(found.since, at),
            opened_at=at,
            distrusted=found.distrusts,
            zh=found.zh,
            en=found.en,
        )
        self.faults.setdefault(device_id, {})[kind] = fault
        self.turns.append(Turn(what="opened", fault=fault, at=at))

    def _distrust(self, known: Fault, found: Finding, at: int) -> None:
        fault = replace(known, distrusted=True, zh=found.zh, en=found.en)
        self.faults[known.device_id][known.fault] = fault
        self.turns.append(Turn(what="distrusted", fault=fault, at=at))

    def _close(self, device_id: str, kind: DeviceFault, at: int) -> None:
        open_here = self.faults.get(device_id, {})
        known = open_here.pop(kind, None)
        if known is not None:
            self.turns.append(Turn(what="closed", fault=known, at=max(at, known.opened_at)))
        if not open_here:
            self.faults.pop(device_id, None)


def _surroundings(entry: DeviceEntry, now: int, empty_v: float | None) -> Surroundings:
    found = Surroundings(silence=entry.silence_s * SECOND, empty_v=empty_v)
    for watch in entry.watches:
        if watch.start <= now < watch.end and entry.device.stage in EXPECTED:
            found.place = Place(space_id=watch.space_id, zone_id=watch.zone_id, district_id=watch.district_id)
            found.bound_at = watch.start
    return found
