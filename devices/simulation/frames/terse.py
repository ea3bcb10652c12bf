"""Sensors that say little: Nwave NPS-4.05 of the newer generation, Netvox R719A, Cicicom S-LG-I3, Tekzitel TEKZIPARK."""

import struct
from typing import Final

from devices.simulation.transmission import Transmission

NWAVE_PORTS: Final = {"change": 1, "heartbeat": 2, "startup": 3}
MINUTE_S: Final = 60
EXACT_BELOW: Final = 90
FIVES_BELOW: Final = 240
HOURS_BELOW: Final = 660
CICICOM_PORT: Final = 1
TEKZIPARK_FLAGS: Final = {"change": 0x00, "heartbeat": 0x01, "startup": 0x02}


def nwave_frame(sent: Transmission) -> tuple[int, bytes]:
    """The state is bit 0; a change tells in the other seven how long the state before lasted."""
    port, state = NWAVE_PORTS[sent.word], int(sent.occupied)
    if sent.word == "change":
        return port, bytes([compressed(sent.before_s) << 1 | state])
    if sent.word == "startup":
        return port, bytes([2, 4, 9, 2, state])
    volts = min(max(round((sent.battery_v * 1000 - 2500) / 4), 0), 255)
    return port, struct.pack(">BBb", state, volts, (sent.temperature_c - 10) * 2)


def compressed(seconds: float) -> int:
    """Minutes, then steps of five minutes, then of an hour, then no more."""
    minutes = int(seconds // MINUTE_S)
    if minutes < EXACT_BELOW:
        return minutes
    if minutes < FIVES_BELOW:
        return 90 + (minutes - EXACT_BELOW) // 5
    return 120 + (minutes - FIVES_BELOW) // 60 if minutes < HOURS_BELOW else 127


def netvox_frame(sent: Transmission) -> tuple[int, bytes]:
    """After a start it tells its versions and not the state; every other report is alike."""
    if sent.word == "startup":
        return 6, bytes.fromhex("015900640b202004240000")
    volts = round(sent.battery_v * 10) | (0x80 if sent.complaint == "battery_low" else 0)
    return 6, bytes([0x01, 0x59, 0x01, volts, int(sent.occupied)]).ljust(11, b"\x00")


def cicicom_frame(sent: Transmission) -> tuple[int, bytes]:
    """Text, but for the three bytes of a malfunction."""
    if sent.complaint == "sensor_failed":
        return CICICOM_PORT, f"E{sent.battery_v:.2f}".encode() + b"\x11\x22\x33"
    measured = f"{sent.battery_v:.2f}{sent.temperature_c:+.1f}"
    text = {"change": "C{0}", "heartbeat": "K{0}{1}", "startup": "R{0}{1}V1.4.0"}[sent.word]
    return CICICOM_PORT, text.format(int(sent.occupied), measured).encode()


def tekzipark_frame(sent: Transmission) -> tuple[int, bytes]:
    """Flags, temperature and the maker's own number of the space."""
    flags = TEKZIPARK_FLAGS[sent.word] | 0x04 | (0x80 if sent.occupied else 0x08)
    flags |= 0 if sent.complaint == "battery_low" else 0x20
    flags |= 0x10 if sent.complaint == "obstructed" else 0
    return 1, struct.pack(">BbB", flags, sent.temperature_c, 7)
