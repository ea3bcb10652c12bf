"""What the fitted devices say: start-up frames, changes and heartbeats, with the faults of real ones.

Pure: no clock and no network. Time comes in as seconds since 1970 UTC, randomness from the seed; draws happen in the
order of simulated time.
"""

import hashlib
import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from devices.simulation.faults import Faults
from devices.simulation.fleet import Device

Word = Literal["startup", "change", "heartbeat"]

DYING_S: Final = (60.0, 600.0)
"""How long after power-on a dying device falls silent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transmission:
    """One frame on its way; `observed_at` is when the device sent it, in microseconds since 1970 UTC."""

    device: Device
    word: Word
    occupied: bool
    observed_at: int
    boot: str
    """Names the counting session: 32 hex digits, new at every start of the device."""
    sequence: int
    temperature_c: int
    battery_v: float


class _Sensor:
    """Mutable inside of one device."""

    __slots__ = ("boot", "detected", "device", "sequence", "silent_from")

    def __init__(self, device: Device, silent_from: float) -> None:
        self.device = device
        self.silent_from = silent_from
        self.detected = False
        self.boot: str | None = None
        self.sequence = 0


class Sensors:
    """All devices of a city, powered on one after the other over `spread_s` seconds from `start`."""

    def __init__(
        self, devices: Sequence[Device], *, seed: int, start: float, faults: Faults, spread_s: float = 8.0
    ) -> None:
        self._random = np.random.default_rng([seed, 2])
        self._seed = seed
        self._faults = faults
        self._sensors = [_Sensor(device, self._silent_from(device, start)) for device in devices]
        self._due = [
            (start + spread_s * (place + 1) / len(devices), int(index))
            for place, index in enumerate(self._random.permutation(len(devices)))
        ]
        heapq.heapify(self._due)

    def __len__(self) -> int:
        return len(self._sensors)

    @property
    def next_at(self) -> float:
        """When a device wakes up next by itself."""
        return self._due[0][0] if self._due else math.inf

    def wake(self, truth: Sequence[bool]) -> list[tuple[float, Transmission]]:
        """Let the next device start or beat; `truth` by index of the devices. Returns arrivals with their instants."""
        at, index = heapq.heappop(self._due)
        sensor = self._sensors[index]
        if at >= sensor.silent_from:
            return []
        heapq.heappush(self._due, (at + sensor.device.heartbeat_s * float(self._random.uniform(0.8, 1.0)), index))
        if sensor.boot is None or self._happens(self._faults.reboot):
            sensor.boot = self._new_boot(sensor.device, at)
            sensor.sequence = 0
            sensor.detected = truth[index]
            return self._send(sensor, "startup", at)
        return self._send(sensor, "heartbeat", at)

    def sense(self, index: int, *, at: float, occupied: bool) -> list[tuple[float, Transmission]]:
        """A vehicle came or went at the device at `index`."""
        sensor = self._sensors[index]
        if sensor.boot is None or at >= sensor.silent_from or self._happens(self._faults.missed):
            return []
        if sensor.detected == occupied:
            return []
        sensor.detected = occupied
        return self._send(sensor, "change", at)

    def _send(self, sensor: _Sensor, word: Word, at: float) -> list[tuple[float, Transmission]]:
        frame = Transmission(
            device=sensor.device,
            word=word,
            occupied=sensor.detected,
            observed_at=int(at * 1_000_000),
            boot=sensor.boot or "",
            sequence=sensor.sequence,
            temperature_c=int(self._random.integers(-2, 31)),
            battery_v=round(float(self._random.uniform(3.4, 3.65)), 2),
        )
        sensor.sequence += 1
        if self._happens(self._faults.lost):
            return []
        arrival = at + self._delay(self._faults.late_s) if self._happens(self._faults.late) else at
        arrivals = [(arrival, frame)]
        if self._happens(self._faults.duplicate):
            arrivals.append((arrival + self._delay(self._faults.duplicate_s), frame))
        return arrivals

    def _happens(self, probability: float) -> bool:
        return probability > 0.0 and float(self._random.random()) < probability

    def _delay(self, bounds: tuple[float, float]) -> float:
        return float(self._random.uniform(*bounds))

    def _silent_from(self, device: Device, start: float) -> float:
        if device.health == "sound":
            return math.inf
        return start if device.health == "dead" else start + float(self._random.uniform(*DYING_S))

    def _new_boot(self, device: Device, at: float) -> str:
        text = f"{self._seed}:{device.device_id}:{at!r}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
