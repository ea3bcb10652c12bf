"""From one frame to its observations: which clock dates it, which counter orders it, which key tells it from a copy.

Pure. Rules: `../shared/reference/devices.md` 5.3.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from devices.ingest.admission import is_plausible
from devices.inventory.model import DeviceEntry, Watch
from devices.ports import Message, Uplink
from parking.domain.clock import to_micros
from parking.occupancy.evidence import Observation

_DIGEST_BYTES: Final = 8


class Clocks(msgspec.Struct, frozen=True, gc=False):
    """When gateway, server and we had the frame, in microseconds; read once, because each reading of it is."""

    gateway_at: int | None
    server_at: int | None
    now: int
    observed_at: int
    """By the clock nearest to the device among those that can be right, but its own; a frame that was held back on its way is
    dated by the gateway that heard it as well."""


def clocks_of(uplink: Uplink, now: int) -> Clocks:
    gateway_at = None if uplink.gateway_at is None else to_micros(uplink.gateway_at)
    server_at = None if uplink.server_at is None else to_micros(uplink.server_at)
    observed_at: int
    if gateway_at is not None and is_plausible(gateway_at, now):
        observed_at = gateway_at
    elif server_at is not None and is_plausible(server_at, now):
        observed_at = server_at
    else:
        observed_at = now
    return Clocks(gateway_at, server_at, now, observed_at)


def observations_of(
    entry: DeviceEntry, watch: Watch, uplink: Uplink, messages: Sequence[Message], *, observed_at: int, clocks: Clocks
) -> list[Observation]:
    """`watch` is the space at `observed_at`, the time of the frame; a message with a clock of its own may be older."""
    device_id, silence_s, trusted = entry.device.device_id, entry.silence_s, entry.trusted
    gateway_at, server_at, now = clocks.gateway_at, clocks.server_at, clocks.now
    session, counter = uplink.session, uplink.sequence
    frame = frame_id(uplink)
    observations: list[Observation] = []
    for number, message in enumerate(messages):
        at, place = observed_at, watch
        device_at = None
        if message.device_at is not None:
            device_at = to_micros(message.device_at)
            at, place = _by_device_clock(entry, device_at, now) or (at, place)
        observations.append(
            Observation(
                device_id,
                place.space_id,
                place.zone_id,
                message.kind,
                message.status,
                at,
                now,
                silence_s,
                session,
                message.sequence if counter is None else counter,
                frame if number == 0 else message_id(uplink, frame, message, number),
                message.confidence,
                message.battery_v,
                uplink.battery_pct if message.battery_pct is None else message.battery_pct,
                message.temperature_c,
                device_at,
                gateway_at,
                server_at,
                message.previous_s,
                message.fault,
                message.magnetic,
                trusted,
                source=entry.source,
            )
        )
    return observations


def frame_id(uplink: Uplink) -> str | None:
    """The platform's id of the frame; None where counter or arrival tell it from others.

    A frame with neither id nor counter is known by what it says and the second in which a gateway or server dated it:
    a platform that sends it again sends that date again. Without a date every arrival counts, because a heartbeat may
    say the same for months.
    """
    if uplink.event_id is not None or uplink.sequence is not None:
        return uplink.event_id
    dated = uplink.server_at if uplink.gateway_at is None else uplink.gateway_at
    if dated is None:
        return None
    digest = blake2b(uplink.payload, digest_size=_DIGEST_BYTES).hexdigest()
    return f"{dated:%Y%m%dT%H%M%S}/{uplink.port}/{digest}"


def message_id(uplink: Uplink, frame: str | None, message: Message, number: int) -> str | None:
    """Tell the further messages of one frame apart: they share its counter."""
    if frame is None and uplink.sequence is None:
        return None if message.sequence is None else f"{message.sequence}/{number}"
    return f"{frame or uplink.session}/{uplink.sequence}/{number}"


def _by_device_clock(entry: DeviceEntry, device_at: int, now: int) -> tuple[int, Watch] | None:
    """The device's own time where the error of its clock is known, and the space that it watched then."""
    if entry.clock_offset_us is None:
        return None
    at = device_at - entry.clock_offset_us
    watch = entry.watch_at(at) if is_plausible(at, now) else None
    return None if watch is None else (at, watch)
