"""Which device watches which space: a mix of makes and networks, decided per space and repeatable.

The choice hangs on the seed and the space's own id only, so a fleet fitted to a growing inventory keeps every device
that it had, and two processes that know the same spaces agree on the fleet without talking to each other.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from parking.places.model import AreaClass, SpaceUse

Channel = Literal["things_stack_http", "chirpstack_mqtt", "json_http", "json_mqtt"]
Health = Literal["sound", "dying", "dead"]
"""`dying`: speaks for a while and then falls silent for ever. `dead`: registered, and never heard of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A space as drivers and installers see it."""

    space_id: str
    zone_id: str
    area_class: AreaClass
    use: SpaceUse


@dataclass(frozen=True, kw_only=True, slots=True)
class Make:
    """One row of the purchase list; `share` is its part of all spaces, in percent."""

    vendor: str
    model: str
    version: str
    channel: Channel
    share: int
    heartbeats_s: tuple[int, ...]


# Real devices report once in hours; a demonstration shows the rule of silence within minutes.
MAKES: Final = (
    Make(
        vendor="Bosch",
        model="TPS110",
        version="0.29",
        channel="things_stack_http",
        share=40,
        heartbeats_s=(60, 120, 300),
    ),
    Make(
        vendor="PNI",
        model="PlacePod",
        version="1",
        channel="chirpstack_mqtt",
        share=25,
        heartbeats_s=(60, 120, 300),
    ),
    Make(vendor="Generic", model="JSON", version="1", channel="json_http", share=20, heartbeats_s=(30, 60)),
    Make(vendor="Generic", model="JSON", version="1", channel="json_mqtt", share=11, heartbeats_s=(30, 60)),
)
"""What the shares leave over has no device at all, and its spaces stay visibly unknown."""

DEAD_PER_THOUSAND: Final = 10
DYING_PER_THOUSAND: Final = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """One fitted device."""

    device_id: str
    space_id: str
    zone_id: str
    make: Make
    heartbeat_s: int
    health: Health


def fit(sites: Iterable[Site], *, seed: int) -> list[Device]:
    """Fit devices to spaces; spaces that get none are left out. Order as given."""
    return [device for site in sites if (device := _fit_one(site, seed)) is not None]


def _fit_one(site: Site, seed: int) -> Device | None:
    lot = hashlib.blake2b(f"{seed}:{site.space_id}".encode(), digest_size=16).digest()
    make = _make(int.from_bytes(lot[0:4], "big") % 100)
    if make is None:
        return None
    return Device(
        device_id=_device_id(make, site.space_id),
        space_id=site.space_id,
        zone_id=site.zone_id,
        make=make,
        heartbeat_s=make.heartbeats_s[lot[4] % len(make.heartbeats_s)],
        health=_health(int.from_bytes(lot[5:9], "big") % 1000),
    )


def _make(ticket: int) -> Make | None:
    for make in MAKES:
        if ticket < make.share:
            return make
        ticket -= make.share
    return None


def _health(ticket: int) -> Health:
    if ticket < DEAD_PER_THOUSAND:
        return "dead"
    return "dying" if ticket < DEAD_PER_THOUSAND + DYING_PER_THOUSAND else "sound"


def _device_id(make: Make, space_id: str) -> str:
    """LoRaWAN devices are named by their DevEUI (16 lower-case hex digits), the others by a serial number."""
    serial = hashlib.blake2b(space_id.encode(), digest_size=8).digest()
    if make.channel in ("things_stack_http", "chirpstack_mqtt"):
        # Bit 1 of the first byte marks an EUI as given locally (IEEE 802), so that none belongs to a real device.
        return (bytes([serial[0] & 0xFC | 0x02]) + serial[1:]).hex()
    return f"node-{serial[:6].hex()}"
