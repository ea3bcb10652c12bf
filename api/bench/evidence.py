"""Evidence of a whole city, made beforehand as entries of the streams, and what every space must be in the end.

As on a street: most readings confirm, one in ten is a change, some come twice, and some come late, after the next one
of their device. An entry is a batch of 100 from one part of the city, as a network server or a platform sends it.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from api.bench.readings import Watcher
from parking.occupancy.evidence import Observation, SensedStatus, encode_observations
from parking.occupancy.shards import SHARDS, Shard, shard_of

BATCH: Final = 100
CHANGES: Final = 0.1
DUPLICATES: Final = 0.01
LATE: Final = 0.005
HEARTBEAT_S: Final = 3600
STEP_US: Final = 1_000_000
"""Device time between two readings of one device."""
SEED: Final = 20260302

Entry = tuple[Shard, dict[bytes, bytes]]


@dataclass
class _Sensor:
    """A device, its space, and what it has said."""

    watcher: Watcher
    visits: int = 0
    is_occupied: bool = False
    held: Observation | None = None
    """A reading that is late: it comes after the next one."""


@dataclass
class CityEvidence:
    """Goes on for as long as it is asked: `entries` begins where the last call ended."""

    watchers: Sequence[Watcher]
    start_us: int
    session: str = "bench"
    appended: int = 0
    """How many readings were made so far."""
    duplicates: int = 0
    """How many of them were copies."""
    _random: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - a load, no secret

    def __post_init__(self) -> None:
        by_shard: dict[Shard, list[_Sensor]] = {shard: [] for shard in SHARDS}
        for watcher in self.watchers:
            by_shard[shard_of(watcher.zone_id)].append(_Sensor(watcher))
        self._sensors = {shard: sensors for shard, sensors in by_shard.items() if sensors}
        self._streams = {shard: self._readings(sensors) for shard, sensors in self._sensors.items()}

    def entries(self, readings: int) -> list[Entry]:
        """At least so many readings, the shards in turn as often as they have devices."""
        made: list[Entry] = []
        debts = dict.fromkeys(self._sensors, 0.0)
        share = {shard: len(sensors) / len(self.watchers) for shard, sensors in self._sensors.items()}
        while len(made) * BATCH < readings:
            for shard, stream in self._streams.items():
                debts[shard] += share[shard]
                if debts[shard] > 0:
                    debts[shard] -= 1
                    batch = [next(stream) for _ in range(BATCH)]
                    made.append((shard, encode_observations(batch)))
        self.appended += len(made) * BATCH
        return made

    def believed(self) -> dict[str, SensedStatus]:
        """What each space is after all that was made; a space of which nothing was said is missing."""
        return {
            sensor.watcher.space_id: "occupied" if sensor.is_occupied else "free"
            for sensors in self._sensors.values()
            for sensor in sensors
            if sensor.visits
        }

    def _readings(self, sensors: list[_Sensor]) -> Iterator[Observation]:
        chance = self._random.random
        while True:
            for sensor in sensors:
                reading = self._reading(sensor)
                # The first reading of a device is never late: nothing would be known of its space in the end.
                if sensor.held is None and sensor.visits > 1 and reading.kind == "restate" and chance() < LATE:
                    sensor.held = reading
                    continue
                yield reading
                if chance() < DUPLICATES:
                    self.duplicates += 1
                    yield reading
                if sensor.held is not None:
                    late, sensor.held = sensor.held, None
                    yield late

    def _reading(self, sensor: _Sensor) -> Observation:
        is_change = sensor.visits == 0 or self._random.random() < CHANGES
        if is_change:
            sensor.is_occupied = not sensor.is_occupied
        at = self.start_us + sensor.visits * STEP_US
        sensor.visits += 1
        watcher = sensor.watcher
        return Observation(
            watcher.device_id,
            watcher.space_id,
            watcher.zone_id,
            "change" if is_change else "restate",
            "occupied" if sensor.is_occupied else "free",
            at,
            at,
            3 * HEARTBEAT_S,
            self.session,
            sensor.visits,
            source="geomagnetic",
        )
