"""The frames of Nwave sensors in the maker's words, byte for byte.

Source of the layouts: TheThingsNetwork/lorawan-devices, `vendor/nwave` (`nps310sm.js`, `nps405.js`, `ncc405.js`), and the
maker's page "Nwave LoRaWAN Parking Sensor - Getting Started". The state of an NPS-4.05 stands in bit 7 of the first byte at
commit 0a254aaa and in bit 0 at commit 62c8acdd, so that 0x95 is "occupied after 21" in one and "occupied after 74" in the
other: nothing in the bytes tells which, only the registered version does.
"""

from dataclasses import dataclass
from typing import Final

STATUS_PORT: Final = 1
HEARTBEAT_PORT: Final = 2
STARTUP_PORT: Final = 3
DEBUG_PORT: Final = 6
REGISTRATION_PORT: Final = 10

STATE_IN_BIT_7: Final = "1"
"""The version of an NPS-4.05 whose state is the highest bit; in every later one it is the lowest."""

LONG_REGISTRATION: Final = 6
"""Bytes of a registration with the tag's battery; without it there is one less."""

HEALTH_MASK: Final = 0x7F
HEALTH_BESIDE_STATE: Final = 0x7E
"""The published decoder takes seven bits of health from a byte whose bit 0 is the state: an occupied space would read as
a broken sensor. Without that bit the mask says what it means."""

RESET_CAUSES_310: Final = {1: "watchdog", 2: "power_on", 3: "user_request", 4: "brownout", 5: "other"}
RESET_CAUSES_405: Final = {
    0: "rejoining_lorawan_network",
    1: "watchdog",
    2: "power_on",
    3: "user_request",
    6: "brownout",
    7: "other",
}

FIVE_MINUTES_FROM: Final = 90
HOURS_FROM: Final = 120
HOURS_FROM_MINUTES: Final = 240
OVERFLOW: Final = 127
OVERFLOW_MINUTES: Final = 660

COLD: Final = -5


@dataclass(frozen=True, slots=True)
class Duration:
    """How long the state before lasted, in minutes: at least `minutes`, and less than one minute more than `error` says."""

    minutes: int
    error: int | None
    """None where it was longer than the device counts."""

    @property
    def seconds(self) -> tuple[int, int] | None:
        """At least and below; None where the device stopped counting, which bounds nothing."""
        if self.error is None:
            return None
        return self.minutes * 60, (self.minutes + self.error + 1) * 60


def _duration(compressed: int) -> Duration:
    """Exact below 90 minutes, then in steps of five minutes, then of an hour."""
    if compressed < FIVE_MINUTES_FROM:
        return Duration(compressed, 0)
    if compressed < HOURS_FROM:
        return Duration(FIVE_MINUTES_FROM + (compressed - FIVE_MINUTES_FROM) * 5, 4)
    if compressed < OVERFLOW:
        return Duration(HOURS_FROM_MINUTES + (compressed - HOURS_FROM) * 60, 59)
    return Duration(OVERFLOW_MINUTES, None)


DURATIONS: Final = tuple(_duration(compressed) for compressed in range(128))


def state_and_duration(byte: int, version: str) -> tuple[bool, Duration]:
    if version == STATE_IN_BIT_7:
        return byte & 0x80 != 0, DURATIONS[byte & 0x7F]
    return byte & 1 == 1, DURATIONS[byte >> 1]


def battery_v(byte: int) -> float:
    return (2500 + 4 * byte) / 1000


def battery_health(volts: float, celsius: float) -> str:
    """Cold batteries give less; the limits are the published decoder's."""
    critical, low = (2.9, 3.0) if celsius >= COLD else (2.8, 2.9)
    if volts >= low:
        return "normal"
    return "low" if volts >= critical else "critical"


def firmware(payload: bytes) -> str:
    return f"{payload[0]}.{payload[1]}.{payload[2]}"
