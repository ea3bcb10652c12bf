"""The frames of a Netvox R719A in the maker's words, byte for byte, and its commands.

Source: TheThingsNetwork/lorawan-devices `vendor/netvox/payload/r719a.js` and `r719a-codec.yaml` @62c8acdd, and the
maker's LoRaWAN Application Command (head, device types, fixed length of eleven bytes).
"""

from typing import Final

REPORT_PORT: Final = 6
COMMAND_PORT: Final = 7
LENGTH: Final = 11
REPORT_VERSION: Final = 0x01
DEVICE: Final = "R719A"
DEVICE_TYPE: Final = 0x59

VERSION_REPORT: Final = 0x00
STATUS_REPORT: Final = 0x01
BATTERY_LOW: Final = 0x80
CAR: Final = {0: False, 1: True}

SET: Final = 0x01
READ: Final = 0x02
SET_ANSWER: Final = 0x81
READ_ANSWER: Final = 0x82
SET_COMMAND: Final = "ConfigReportReq"
READ_COMMAND: Final = "ReadConfigReportReq"

LARGEST_SECONDS: Final = 65_535
LARGEST_CHANGE_DV: Final = 255
"""Tenths of a volt."""


def set_payload(min_time: int, max_time: int, change_dv: int) -> bytes:
    body = bytes((SET, DEVICE_TYPE)) + min_time.to_bytes(2, "big") + max_time.to_bytes(2, "big") + bytes((change_dv,))
    return body.ljust(LENGTH, b"\x00")


def read_payload() -> bytes:
    return bytes((READ, DEVICE_TYPE)).ljust(LENGTH, b"\x00")
