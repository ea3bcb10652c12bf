"""What the fitted devices say: start-up frames, changes and heartbeats, with the faults of real ones.

Pure: no clock and no network. Time comes in as seconds since 1970 UTC, randomness from the seed; draws happen in the
order of simulated time.
"""

import hashlib
import heapq
import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from devices.simulation.failures import COURSES, Failing
from devices.simulation.faults import Faults
from devices.simulation.fleet import Device
from devices.simulation.network import Network
from devices.simulation.transmission import DEAD_SHARE, Transmission, Word, measured

DYING_S: Final = (60.0, 600.0)
"""How long after power-on a dying device falls silent."""
FLAP_S: Final = (15.0, 45.0)
AGAIN_S: Final = 1.0

Waking = Literal["beat", "flap", "back", "lose"]
Arrivals = list[tuple[float, Transmission]]


class _Sensor:
    """Mutable inside of one device."""

    __slots__ = ("boot", "changed_at", "detected", "device", "is_flapping", "is_frozen", "sequence", "silent_from")

    def __init__(self, device: Device, silent_from: float) -> None:
        self.device = device
        self.silent_from = silent_from
        self.detected = False
        self.changed_at = 0.0
        self.boot: str | None = None
        self.sequence = 0
        self.is_flapping = False
        self.is_frozen = False
        """Did not look at its space, and must look when it can again."""


class Sensors:
    """All devices of a city, powered on one after the other over `spread_s` seconds from `start`."""

    def __init__(
        self,
        devices: Sequence[Device],
        *,
        seed: int,
        start: float,
        faults: Faults,
        script: Sequence[Failing] = (),
        spread_s: float = 8.0,
    ) -> None:
        self._random = np.random.default_rng([seed, 2])
        self._seed = seed
        self._faults = faults
        self._network = Network(self._random)
        self._sensors = [_Sensor(device, self._silent_from(device, start)) for device in devices]
        self._script = [[row for row in script if row.device_id == device.device_id] for device in devices]
        self._due: list[tuple[float, int, Waking]] = [
            (start + spread_s * (place + 1) / len(devices), int(index), "beat")
            for place, index in enumerate(self._random.permutation(len(devices)))
        ]
        heapq.heapify(self._due)

    def __len__(self) -> int:
        return len(self._sensors)

    @property
    def next_at(self) -> float:
        """When a device wakes up next by itself."""
        return self._due[0][0] if self._due else math.inf

    def wake(self, truth: Sequence[bool]) -> Arrivals:
        """Let the next device do what it does by itself; `truth` by index of the devices. Returns arrivals and instants."""
        at, index, what = heapq.heappop(self._due)
        sensor = self._sensors[index]
        if at >= sensor.silent_from:
            return []
        faults, failing = self._in_force(index, at)
        if what == "beat":
            self._wake_again(index, at + sensor.device.heartbeat_s * float(self._random.uniform(0.8, 1.0)), "beat")
        if _is_mute(faults, failing, at):
            sensor.is_frozen = True
            return []
        if what == "beat":
            return self._beat(index, at, faults, failing, occupied=truth[index])
        if what == "flap":
            return self._flap(index, at, faults, failing, occupied=truth[index])
        if what == "lose" and truth[index] and sensor.detected:
            self._wake_again(index, at + self._between(faults.blind_s), "back")
            return self._change(sensor, at, faults, failing, occupied=False)
        # A vehicle that was to be lost and has left meanwhile has been told of; to look finds nothing new.
        return self._look(sensor, at, faults, failing, occupied=truth[index])

    def sense(self, index: int, *, at: float, occupied: bool) -> Arrivals:
        """A vehicle came or went at the device at `index`."""
        sensor = self._sensors[index]
        faults, failing = self._in_force(index, at)
        if sensor.boot is None or at >= sensor.silent_from:
            return []
        if _is_mute(faults, failing, at) or faults.is_stuck or (faults.has_metal and not occupied):
            sensor.is_frozen = True
            return []
        if self._happens(faults.missed) or sensor.detected == occupied:
            return []
        arrivals = self._change(sensor, at, faults, failing, occupied=occupied)
        if self._happens(faults.doubled):
            arrivals += self._send(sensor, "change", at + AGAIN_S, faults, failing)
        if occupied and self._happens(faults.blind):
            self._wake_again(index, at + self._between(faults.blind_s), "lose")
        return arrivals

    def _beat(self, index: int, at: float, faults: Faults, failing: Failing | None, *, occupied: bool) -> Arrivals:
        sensor = self._sensors[index]
        if sensor.boot is None or self._happens(faults.reboot):
            knows = sensor.boot is None or not faults.resets_state
            sensor.boot, sensor.sequence, sensor.changed_at = self._new_boot(sensor.device, at), 0, at
            sensor.detected = occupied and knows
            return self._send(sensor, "startup", at, faults, failing)
        if faults.is_flapping and not sensor.is_flapping:
            sensor.is_flapping = True
            self._wake_again(index, at + self._between(FLAP_S), "flap")
        if sensor.is_frozen and not (faults.is_stuck or faults.has_metal):
            sensor.is_frozen = False
            if sensor.detected != occupied:
                return self._change(sensor, at, faults, failing, occupied=occupied)
        if self._happens(faults.phantom):
            self._wake_again(index, at + self._between(faults.phantom_s), "back")
            return self._change(sensor, at, faults, failing, occupied=not sensor.detected)
        joins = self._happens(faults.rejoin)
        if joins:
            sensor.boot, sensor.sequence = self._new_boot(sensor.device, at), 0
        return self._send(sensor, "heartbeat", at, faults, failing, joins=joins)

    def _flap(self, index: int, at: float, faults: Faults, failing: Failing | None, *, occupied: bool) -> Arrivals:
        sensor = self._sensors[index]
        if not faults.is_flapping:
            sensor.is_flapping = False
            return self._look(sensor, at, faults, failing, occupied=occupied)
        self._wake_again(index, at + self._between(FLAP_S), "flap")
        return self._change(sensor, at, faults, failing, occupied=not sensor.detected)

    def _look(self, sensor: _Sensor, at: float, faults: Faults, failing: Failing | None, *, occupied: bool) -> Arrivals:
        """See what is there after a mistake, and tell it if it was one."""
        if sensor.detected == occupied:
            return []
        return self._change(sensor, at, faults, failing, occupied=occupied)

    def _change(
        self, sensor: _Sensor, at: float, faults: Faults, failing: Failing | None, *, occupied: bool
    ) -> Arrivals:
        before_s = at - sensor.changed_at
        sensor.detected, sensor.changed_at = occupied, at
        return self._send(sensor, "change", at, faults, failing, before_s=before_s)

    def _send(
        self,
        sensor: _Sensor,
        word: Word,
        at: float,
        faults: Faults,
        failing: Failing | None,
        *,
        before_s: float = 0.0,
        joins: bool = False,
    ) -> Arrivals:
        frame = measured(
            sensor.device,
            word,
            at,
            self._random,
            faults,
            since=at if failing is None else failing.begins,
            fading=0.0 if failing is None else failing.share(at),
            occupied=sensor.detected,
            boot=sensor.boot or "",
            sequence=sensor.sequence % (1 << faults.counter_bits),
            before_s=before_s,
            joins=joins,
        )
        sensor.sequence += 1
        return self._network.carry(frame, at, faults, failing)

    def _in_force(self, index: int, at: float) -> tuple[Faults, Failing | None]:
        for row in self._script[index]:
            if row.begins <= at < row.ends:
                return COURSES[row.failure].faults, row
        return self._faults, None

    def _wake_again(self, index: int, at: float, what: Waking) -> None:
        heapq.heappush(self._due, (at, index, what))

    def _happens(self, probability: float) -> bool:
        return probability > 0.0 and float(self._random.random()) < probability

    def _between(self, bounds: tuple[float, float]) -> float:
        return float(self._random.uniform(*bounds))

    def _silent_from(self, device: Device, start: float) -> float:
        if device.health == "sound":
            return math.inf
        return start if device.health == "dead" else start + float(self._random.uniform(*DYING_S))

    def _new_boot(self, device: Device, at: float) -> str:
        text = f"{self._seed}:{device.device_id}:{at!r}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _is_mute(faults: Faults, failing: Failing | None, at: float) -> bool:
    """Broken, or its battery empty."""
    return faults.is_silent or (faults.is_fading and failing is not None and failing.share(at) >= DEAD_SHARE)
