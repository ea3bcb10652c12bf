"""Follows the streams of readings and of raw messages, and stores what they tell of the devices' health.

States, faults, their events and the positions in the streams are written in one transaction. Whatever goes wrong ends the
following, and the next one begins from what is stored: it hears the same messages again and comes to the same states,
so no fault opens twice.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from devices.health import repository, service
from devices.health.clock_offset import learnt
from devices.health.fleet import OWN, SETTLES, Fleet
from devices.health.model import Fault, Place
from devices.health.policy import SECOND, USUAL, Policy
from devices.health.repository import Position, State
from devices.inventory.directory import DeviceDirectory
from devices.inventory.model import DeviceEntry
from parking.bus.cancellation import still_wanted
from parking.db.leader import lead
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, from_micros, to_micros
from parking.domain.errors import ConflictError
from parking.occupancy.evidence import Observation
from parking.occupancy.follower import JudgedReadings, ReadingFollower, resumed
from parking.occupancy.ports import ReadingStream
from parking.occupancy.shards import Shard, shard_of
from parking.occupancy.streams import id_order
from parking.raw.follower import RawFollower
from parking.raw.model import Outcome

LEADER_LOCK: Final = 0x6865_616C7468
RAW: Final = "raw"
READ_COUNT: Final = 4
"""Of each shard; behind a backlog a batch holds thousands of readings."""
RAW_COUNT: Final = 64
BLOCK_MS: Final = 1000
LINGER_S: Final = 0.2
"""Least time between two reads: what arrives in between is heard together."""
STORE_EVERY_S: Final = 5.0
"""How much is heard again after a crash; a fault is stored at once."""
MISS_EVERY_S: Final = 5.0
CLOCK_TOLD: Final = 10 * SECOND
"""A learnt offset that moves by less is not told anew."""
CLOCKS_TOLD_EVERY: Final = 60 * SECOND
"""Every directory reads the whole registry for it."""
VOID_LAPSE: Final = 3 * SECOND
"""Until then a door may still take the device for trusted; therefore the engine is told twice that its word is void."""


class HealthMovedError(ConflictError):
    """Another follower has moved the position: what this one prepared is already stored."""

    code = "health_moved"


class HealthFollower:
    """Run one per worker process; one of all works at a time."""

    def __init__(
        self,
        database: Database,
        directory: DeviceDirectory,
        readings: ReadingFollower,
        raw: RawFollower,
        stream: ReadingStream,
        clock: Clock,
        *,
        empty_v: Callable[[DeviceEntry], float | None],
        policy: Policy = USUAL,
    ) -> None:
        self._database = database
        self._directory = directory
        self._readings = readings
        self._raw = raw
        self._stream = stream
        self._clock = clock
        self._empty_v = empty_v
        self._policy = policy
        self._fleet = Fleet(policy)
        self._places: dict[Shard, str] = {}
        self._raw_place = ""
        self._stored: dict[str, Position] = {}
        self._since: dict[Shard, int] = {}
        self._offsets: dict[str, int | None] = {}
        self._consumed: dict[Shard, str] = {}
        self._surveyed: Mapping[str, DeviceEntry] | None = None
        self._clocks_wait = False
        self._clocks_told_at = 0
        self._voiding: dict[str, int] = {}
        """Faults of which the engine was told once, and when."""

    async def run(self) -> None:
        """Until cancelled or until something fails; raises what the servers raise, and `HealthMovedError`."""
        await lead(self._database, LEADER_LOCK, self.follow)

    async def follow(self) -> None:
        while not self._directory.is_loaded:  # noqa: ASYNC110 - it is read by another part, once
            await asyncio.sleep(LINGER_S)
        await self.load()
        stored_at = missed_at = asyncio.get_running_loop().time()
        while True:
            still_wanted()
            if not await self.step(block_ms=BLOCK_MS):
                await asyncio.sleep(LINGER_S)
            now = asyncio.get_running_loop().time()
            if now - missed_at >= MISS_EVERY_S:
                missed_at = now
                await self.miss()
            if self._fleet.turns or now - stored_at >= STORE_EVERY_S:
                stored_at = now
                await self.store()

    async def load(self) -> None:
        """Begin from what is stored; what was never followed is followed from now on."""
        now = self._now()
        ends, raw_end = await self._readings.ends(), await self._raw.end()
        async with self._database.transaction() as session:
            self._stored = await repository.positions(session)
            self._fleet = Fleet(self._policy, devices=await repository.states(session))
            self._offsets = dict(await repository.clock_offsets(session))
            for fault in await repository.open_faults(session):
                self._fleet.faults.setdefault(fault.device_id, {})[fault.fault] = fault
        known = {shard: self._stored[str(shard)] for shard in ends if str(shard) in self._stored}
        self._places = resumed({shard: position.entry_id for shard, position in known.items()}, ends)
        self._since = {shard: known[shard].listened_since if shard in known else now for shard in ends}
        self._raw_place = self._stored[RAW].entry_id if RAW in self._stored else raw_end
        for position in known.values():
            for zone_id, changes in position.turnover.items():
                self._fleet.zones[zone_id].changes = changes
        self._surveyed = None
        await self._survey(now)

    async def step(self, *, block_ms: int) -> bool:
        """Hear what has come; True when more may be waiting."""
        await self._survey(self._now())
        judged = await self._readings.read(self._places, count=READ_COUNT, block_ms=block_ms)
        for batch in judged:
            self._hear(batch)
            await asyncio.sleep(0)
        bodies = await self._raw.read(self._raw_place, count=RAW_COUNT)
        for entry_id, messages in bodies:
            self._raw_place = entry_id
            for message in messages:
                for outcome in message.outcomes:
                    self._hear_outcome(outcome, message.received_at)
        return len(bodies) == RAW_COUNT or len(judged) >= READ_COUNT

    async def miss(self) -> None:
        """Find who is silent, as of the moment up to which all evidence is in and heard."""
        beats = await self._readings.heard_until()
        ends = await self._readings.ends()
        until = [
            beat if self._places[shard] == ends[shard] else min(beat, id_order(self._places[shard])[0] * 1000)
            for shard, beat in beats.items()
            if beat is not None
        ]
        # In a thread, as `survey`: a city of a million takes long enough to hold up whatever shares the process.
        await asyncio.to_thread(self._fleet.miss, self._listened_since, min(until, default=0))

    async def store(self) -> None:
        """Write what has changed since the last time, and tell the engine whose word is void."""
        moved = self._positions()
        async with self._database.transaction() as session:
            if await repository.positions(session, lock=True) != self._stored:
                raise HealthMovedError("another follower has moved the positions of device health")
            await self._hear_people(session)
            changed, told = await asyncio.to_thread(self._changed)
            await repository.write_states(session, changed)
            await service.write_turns(session, self._fleet.turns)
            await repository.move_positions(session, moved)
            self._clocks_wait |= bool(told)
            if any(turn.fault.distrusted for turn in self._fleet.turns) or self._clocks_due():
                await repository.notify(session)
        self._stored = moved
        self._fleet.settled()
        self._offsets.update(told)
        await self._readings.hold(self._consumed)
        await self._void()

    def _hear(self, batch: JudgedReadings) -> None:
        if batch.is_gap:
            self._since[batch.shard] = batch.at
            self._fleet.interrupt(lambda zone_id: shard_of(zone_id) == batch.shard, batch.at)
        self._fleet.hear(batch.readings, batch.at)
        self._places[batch.shard] = batch.change_id
        if batch.last_reading_id is not None:
            self._consumed[batch.shard] = batch.last_reading_id

    def _hear_outcome(self, outcome: Outcome, received_at: int) -> None:
        entry = self._directory.wired.get(outcome.device_id or "")
        if entry is not None:
            self._fleet.hear_outcome(entry.device.device_id, outcome, received_at)

    async def _survey(self, now: int) -> None:
        entries = self._directory.entries
        if entries is not self._surveyed:
            self._surveyed = entries
            await asyncio.to_thread(self._fleet.survey, entries, now, self._empty_v)

    def _listened_since(self, place: Place) -> int:
        """From when on messages of a place were heard; the latest of all for a device that watches no space."""
        if place.zone_id is None:
            return max(self._since.values())
        return self._since[shard_of(place.zone_id)]

    async def _hear_people(self, session: AsyncSession) -> None:
        until = self._clock() - timedelta(microseconds=SETTLES)
        for space_id, at, occupied in await repository.take_witnesses(session, until):
            self._fleet.hear_person(space_id, to_micros(at), occupied=occupied, now=self._now())
        for device_id, fault in await repository.dismissed(session):
            self._fleet.dismiss(device_id, fault, self._now())

    def _changed(self) -> tuple[list[State], dict[str, int | None]]:
        """The states to write, and the clock offsets that are news to the directories."""
        changed: list[State] = []
        told: dict[str, int | None] = {}
        for device_id in self._fleet.touched:
            state = self._fleet.devices[device_id]
            before, offset = self._offsets.get(device_id), learnt(state.clock, self._policy)
            if (before is None) != (offset is None) or abs((before or 0) - (offset or 0)) >= CLOCK_TOLD:
                told[device_id] = offset
            else:
                offset = before
            changed.append(State(device_id, state, offset))
        return changed, told

    def _clocks_due(self) -> bool:
        now = self._now()
        due = self._clocks_wait and now - self._clocks_told_at >= CLOCKS_TOLD_EVERY
        if due:
            self._clocks_wait, self._clocks_told_at = False, now
        return due

    def _positions(self) -> dict[str, Position]:
        turnover: dict[Shard, dict[str, float]] = {shard: {} for shard in self._places}
        for zone_id, zone in self._fleet.zones.items():
            turnover[shard_of(zone_id)][zone_id] = zone.changes
        moved = {
            str(shard): Position(entry_id, self._since[shard], turnover[shard])
            for shard, entry_id in self._places.items()
        }
        return {**moved, RAW: Position(self._raw_place, min(self._since.values()), {})}

    async def _void(self) -> None:
        """Append to the readings that a device's word is void, and after the lapse once more."""
        async with self._database.transaction() as session:
            waiting = await repository.unvoided(session)
        if not waiting:
            return
        now = self._now()
        over = {f.fault_id for f in waiting if now - self._voiding.setdefault(f.fault_id, now) >= VOID_LAPSE}
        words = [self._void_word(fault, now, again=fault.fault_id in over) for fault in waiting]
        await self._stream.append([word for word in words if word is not None])
        if over:
            async with self._database.transaction() as session:
                await repository.mark_voided(session, over, from_micros(now))
            for fault_id in over:
                del self._voiding[fault_id]

    def _void_word(self, fault: Fault, now: int, *, again: bool) -> Observation | None:
        entry = self._directory.entries.get(fault.device_id)
        watch = None if entry is None else entry.watch_at(now)
        if entry is None or watch is None:
            return None
        return Observation(
            fault.device_id,
            watch.space_id,
            watch.zone_id,
            "fault",
            None,
            now,
            now,
            entry.silence_s,
            event_id=f"{OWN}{fault.fault_id}{'/again' if again else ''}",
            trusted=False,
            source=entry.source,
        )

    def _now(self) -> int:
        return to_micros(self._clock())
