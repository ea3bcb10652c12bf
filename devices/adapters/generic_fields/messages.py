"""The names under which a product's profile (物模型) may tell what a parking sensor knows.

The first name of each row is ours, for whoever defines the product on the platform; the others are spellings of the same
word and the LwM2M resources that mean it (OMA object registry: 3302 presence, 3303 temperature, 3 device).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "parking_state": ("parkingState", "park_status", "parkStatus", "occupied", "3302/0/5500"),
        "report_kind": ("reportKind", "report_type", "reportType"),
        "sequence": ("seq", "frame_count", "frameCount"),
        "device_time": ("deviceTime", "event_time", "eventTime", "3302/0/5518"),
        "confidence": (),
        "battery_level": ("batteryLevel", "Battery_Level", "3/0/9"),
        "battery_voltage": ("batteryVoltage",),
        "battery_mv": ("batteryMv", "3/0/7"),
        "temperature": ("temperature_c", "3303/0/5700"),
        "fault": (),
    }
)
"""`parking_state`: 1 or true occupied, 0 or false free, null when the sensor does not know. `report_kind`: a kind of
evidence, `heartbeat` or `change`; a state without it is a change. `device_time`: milliseconds since 1970, or seconds.
`battery_level` in percent, `battery_voltage` in volts, `temperature` in °C. `fault`: what the sensor says is wrong with it."""
