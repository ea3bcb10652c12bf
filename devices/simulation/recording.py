"""Plays recorded states of real bays into the running platform, as devices of our own JSON would report them.

A recording says what each bay was at one moment. Its own time lies years back, so the readings say `now`; they are
`restate`, because a snapshot tells what the state is and not that it changed.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import httpx
import msgspec

from devices.inventory.wishes import NewDevice
from devices.simulation.parcels import READINGS_PATH
from devices.transport.ports import Poster
from parking.domain.clock import format_instant
from parking.domain.errors import InvalidInputError, UnavailableError
from parking.occupancy.evidence import SensedStatus

BATCH: Final = 200
HEARTBEAT_S: Final = 86_400
"""A snapshot has no successor that could be missed; its word holds for three days."""
KNOWN_WITHIN_S: Final = 30.0
LIVE_WITHIN_S: Final = 60.0
ASK_EVERY_S: Final = 0.1
PAGE: Final = 1000
NOT_YET: Final = frozenset({"unknown_device", "device_not_bound"})
"""The door's memory of the registry follows the database within a moment."""


@dataclass(frozen=True, kw_only=True)
class Bay:
    """What one bay was."""

    space_id: str
    zone_id: str
    status: SensedStatus


class Rejected(msgspec.Struct):
    """As the door says it."""

    code: str
    detail: str


class _Answer(msgspec.Struct):
    rejected: list[Rejected]


class ZoneState(msgspec.Struct):
    """As much of a zone's public document as matters here."""

    id: str
    capacity: int
    vacant: int
    occupied: int
    unknown: int
    restricted: int
    observed_at: str | None


class _Zones(msgspec.Struct):
    zones: list[ZoneState]
    next: str | None


def device_of(space_id: str) -> NewDevice:
    """The device that stands for one recorded bay."""
    return NewDevice(
        device_id=f"rec-{space_id}", vendor="Generic", model="JSON", heartbeat_s=HEARTBEAT_S, space_id=space_id
    )


async def send_bays(poster: Poster, bays: Sequence[Bay], *, at_us: int, progress: Callable[[int], None]) -> int:
    """Send one snapshot, each bay a microsecond after the one before, and return the instant of the last.

    Raises `InvalidInputError` for what the platform rejects for good, `UnavailableError` when it does not answer.
    """
    for start in range(0, len(bays), BATCH):
        batch = bays[start : start + BATCH]
        await _send(poster, _body(batch, at_us + start))
        progress(len(batch))
    return at_us + len(bays) - 1


def newest_by_zone(bays: Sequence[Bay], at_us: int) -> dict[str, str]:
    """The instant of the newest reading of each zone, as a zone's document will show it."""
    return {bay.zone_id: format_instant(at_us + place) for place, bay in enumerate(bays)}


async def zone_states(client: httpx.AsyncClient) -> dict[str, ZoneState]:
    """Every zone by id; raises `UnavailableError` when the platform does not answer."""
    found: dict[str, ZoneState] = {}
    cursor: dict[str, str] = {}
    while True:
        try:
            response = await client.get("/v1/zones", params={"limit": str(PAGE), **cursor})
            page = msgspec.json.decode(response.raise_for_status().content, type=_Zones)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise UnavailableError(f"no zones from {client.base_url}: {error}", code="server_unavailable") from error
        found |= {zone.id: zone for zone in page.zones}
        if page.next is None:
            return found
        cursor = {"cursor": page.next}


async def until_known(client: httpx.AsyncClient, zones: Counter[str]) -> None:
    """Wait until the platform counts the zones' spaces (number by zone), in its public answers and in its engine."""

    async def known() -> bool:
        states = await zone_states(client)
        listed = all(zone in states and states[zone].capacity >= number for zone, number in zones.items())
        return listed and (await client.get("/readyz")).status_code == HTTPStatus.OK

    await _until(known, KNOWN_WITHIN_S, "the zones do not appear in the public answers")


async def until_live(client: httpx.AsyncClient, newest: dict[str, str]) -> None:
    """Wait until each zone shows its newest reading."""

    async def live() -> bool:
        states = await zone_states(client)
        return all((states[zone].observed_at or "") >= instant for zone, instant in newest.items())

    await _until(live, LIVE_WITHIN_S, "the readings do not become visible")


async def _until(condition: Callable[[], Awaitable[bool]], within_s: float, complaint: str) -> None:
    try:
        async with asyncio.timeout(within_s):
            while True:
                if await condition():
                    return
                await asyncio.sleep(ASK_EVERY_S)
    except TimeoutError as error:
        raise UnavailableError(f"{complaint} within {within_s:.0f} s", code="server_unavailable") from error


async def _send(poster: Poster, body: bytes) -> None:
    """Send until the door knows the devices; what it has taken already it counts as duplicate."""
    try:
        async with asyncio.timeout(KNOWN_WITHIN_S):
            while rejected := await _post(poster, body):
                refusal = next((one for one in rejected if one.code not in NOT_YET), None)
                if refusal is not None:
                    raise InvalidInputError(refusal.detail, code=refusal.code)
                await asyncio.sleep(ASK_EVERY_S)
    except TimeoutError as error:
        raise UnavailableError("the door does not learn of the devices", code="server_unavailable") from error


async def _post(poster: Poster, body: bytes) -> list[Rejected]:
    answer = await poster.post(READINGS_PATH, body, subject="recording")
    if answer.status != HTTPStatus.ACCEPTED:
        raise UnavailableError(f"{READINGS_PATH} answered {answer.status}", code="server_unavailable")
    return msgspec.json.decode(answer.body, type=_Answer).rejected


def _body(bays: Sequence[Bay], at_us: int) -> bytes:
    return msgspec.json.encode({"readings": list(_readings(bays, at_us))})


def _readings(bays: Sequence[Bay], at_us: int) -> Iterator[dict[str, object]]:
    for place, bay in enumerate(bays):
        yield {
            "device": device_of(bay.space_id).device_id,
            "observed_at": format_instant(at_us + place),
            "status": bay.status,
            "kind": "restate",
        }
