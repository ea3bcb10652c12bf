"""Which device watches which space: a mix of makes and networks, decided per space and repeatable.

The choice hangs on the seed and the space's own id only, so a fleet fitted to a growing inventory keeps every device
that it had, and two processes that know the same spaces agree on the fleet without talking to each other.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from parking.places.model import AreaClass, PlaceKind, SpaceUse

Channel = Literal[
    "things_stack_http",
    "chirpstack_mqtt",
    "thingpark_http",
    "ctwing_http",
    "onenet_http",
    "json_http",
    "json_mqtt",
]
NB_IOT: Final[frozenset[Channel]] = frozenset({"ctwing_http", "onenet_http"})
"""Here a device is named by its IMEI."""
Health = Literal["sound", "dying", "dead"]
"""`dying`: speaks for a while and then falls silent for ever. `dead`: registered, and never heard of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A space as drivers and installers see it."""

    space_id: str
    zone_id: str
    area_class: AreaClass
    use: SpaceUse
    kind: PlaceKind = "kerb"


@dataclass(frozen=True, kw_only=True, slots=True)
class Make:
    """One row of the purchase list; `share` is its part of all spaces, in percent."""

    vendor: str
    model: str
    version: str
    channel: Channel
    share: int
    heartbeats_s: tuple[int, ...]


def _make(vendor: str, model: str, version: str, channel: Channel, share: int, heartbeats_s: tuple[int, ...]) -> Make:
    return Make(vendor=vendor, model=model, version=version, channel=channel, share=share, heartbeats_s=heartbeats_s)


# Real devices report once in hours; a demonstration shows the rule of silence within minutes.
_RADIO: Final = (60, 120, 300)
_WIRED: Final = (30, 60)
MAKES: Final = (
    _make("Bosch", "TPS110", "0.29", "things_stack_http", 22, _RADIO),
    _make("Nwave", "NPS-4.05", "2", "things_stack_http", 8, _RADIO),
    _make("PNI", "PlacePod", "1", "chirpstack_mqtt", 16, _RADIO),
    _make("Libelium", "SmartParking", "2", "chirpstack_mqtt", 5, _RADIO),
    _make("Tekzitel", "TEKZIPARK", "1", "chirpstack_mqtt", 4, _RADIO),
    _make("MOKO", "LW009-SM", "1", "thingpark_http", 8, _RADIO),
    _make("Netvox", "R719A", "1", "thingpark_http", 4, _RADIO),
    _make("Cicicom", "S-LG-I3", "1", "thingpark_http", 3, _RADIO),
    _make("Dingtek", "DO201", "1", "ctwing_http", 8, _RADIO),
    _make("Generic", "Fields", "1", "onenet_http", 4, _RADIO),
    _make("Generic", "JSON", "1", "json_http", 8, _WIRED),
    _make("Generic", "JSON", "1", "json_mqtt", 6, _WIRED),
)
"""What the shares leave over has no device at all, and its spaces stay visibly unknown."""

UNWATCHED: Final = frozenset({"ZD-10"})
"""Zones of the demonstration city in which nobody has fitted any device yet: only payments tell of them."""

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
    wire_id: str | None = None
    """What the network calls it, where that is another name."""


def fit(sites: Iterable[Site], *, seed: int) -> list[Device]:
    """Fit devices to spaces; spaces that get none are left out. Order as given."""
    return [device for site in sites if (device := _fit_one(site, seed)) is not None]


def _fit_one(site: Site, seed: int) -> Device | None:
    lot = hashlib.blake2b(f"{seed}:{site.space_id}".encode(), digest_size=16).digest()
    make = None if site.zone_id in UNWATCHED else _drawn(int.from_bytes(lot[0:4], "big") % 100)
    if make is None:
        return None
    return Device(
        device_id=_device_id(make, site.space_id),
        wire_id=_imei(site.space_id) if make.channel in NB_IOT else None,
        space_id=site.space_id,
        zone_id=site.zone_id,
        make=make,
        heartbeat_s=make.heartbeats_s[lot[4] % len(make.heartbeats_s)],
        health=_health(int.from_bytes(lot[5:9], "big") % 1000),
    )


def _drawn(ticket: int) -> Make | None:
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
    if make.channel in ("things_stack_http", "chirpstack_mqtt", "thingpark_http"):
        # Bit 1 of the first byte marks an EUI as given locally (IEEE 802), so that none belongs to a real device.
        return (bytes([serial[0] & 0xFC | 0x02]) + serial[1:]).hex()
    return f"node-{serial[:6].hex()}"


def _imei(space_id: str) -> str:
    """Fifteen digits that begin with 00, which no real device has: those are given to test equipment."""
    number = int.from_bytes(hashlib.blake2b(space_id.encode(), digest_size=8).digest(), "big")
    return f"00{number % 10**13:013d}"
