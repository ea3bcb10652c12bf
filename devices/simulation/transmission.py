"""One frame on its way, with all that its device measured when it sent it."""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from devices.simulation.faults import Faults
from devices.simulation.fleet import Device
from parking.occupancy.evidence import SelfReport

Word = Literal["startup", "change", "heartbeat"]

FULL_V: Final = 3.6
EMPTY_V: Final = 2.5
LOW_SHARE: Final = 0.6
"""A device calls its battery low when so much of it is gone."""
DEAD_SHARE: Final = 0.8
"""And then it has no more to call."""
VEHICLE: Final = (300, -120, 240)
"""What a vehicle adds to the field along three axes, in the device's unit."""
NOISE: Final = 6.0
HOUR_S: Final = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Transmission:
    """`observed_at` is when the device sent it, in microseconds since 1970 UTC."""

    device: Device
    word: Word
    occupied: bool
    observed_at: int
    boot: str
    """Names the counting session: 32 hex digits, new at every start of the device."""
    sequence: int
    temperature_c: int
    battery_v: float
    complaint: SelfReport | None = None
    before_s: float = 0.0
    """How long the state before a change lasted."""
    field: tuple[int, int, int] = (0, 0, 0)
    device_at: int = 0
    """What the device's own clock said, in seconds since 1970."""
    joins: bool = False
    """The device joined the network before it."""
    is_garbled: bool = False
    is_late: bool = False
    """The network held it back."""

    @property
    def battery_pct(self) -> int:
        return round(100 * min(max((self.battery_v - EMPTY_V) / (FULL_V - EMPTY_V), 0.0), 1.0))


def measured(
    device: Device,
    word: Word,
    at: float,
    random: np.random.Generator,
    faults: Faults,
    *,
    since: float,
    fading: float,
    occupied: bool,
    boot: str,
    sequence: int,
    before_s: float,
    joins: bool,
) -> Transmission:
    """`since` is when the faults came into force, `fading` how much of their time has passed, 0 to 1."""
    gone = fading if faults.is_fading else 0.0
    drift = faults.drift_per_h * (at - since) / HOUR_S
    clock = 0 if faults.has_no_clock else int(at + faults.clock_off_s)
    garbles = faults.garbled > 0.0 and float(random.random()) < faults.garbled
    return Transmission(
        device=device,
        word=word,
        occupied=occupied,
        observed_at=int(at * 1_000_000),
        boot=boot,
        sequence=sequence,
        temperature_c=int(random.integers(-2, 31)),
        battery_v=round(FULL_V - float(random.uniform(0.0, 0.05)) - gone * (FULL_V - EMPTY_V - 0.05), 2),
        complaint="battery_low" if gone > LOW_SHARE else faults.complaint,
        before_s=before_s,
        field=_field(device, random, float(occupied) + drift),
        device_at=clock,
        joins=joins,
        is_garbled=garbles,
    )


def _field(device: Device, random: np.random.Generator, vehicles: float) -> tuple[int, int, int]:
    """The field of the place, which is each device's own, and what vehicles and drift do to it."""
    place = hashlib.blake2b(device.device_id.encode(), digest_size=3).digest()
    noise = random.normal(0.0, NOISE, 3)
    x, y, z = (
        round(byte - 128 + vehicles * share + float(n)) for byte, share, n in zip(place, VEHICLE, noise, strict=True)
    )
    return x, y, z
