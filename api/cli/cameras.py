"""`parking cameras`: register cameras with their bays, try their addresses, and see what a message of theirs says."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast, get_args

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.service import create_key
from api.cli.database import in_transaction
from api.settings import find_settings
from devices.cameras import repository
from devices.cameras.model import MODES, PASSINGS, Camera, Mode, Passing, bay_device, checked_zone
from devices.cameras.pull.client import CameraAwayError, CameraClient
from devices.cameras.service import CameraService, NewCamera, known
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.ports import Sighting
from devices.registry import installed
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError, UnavailableError
from parking.domain.plates import mask

T = TypeVar("T")
_Work = Callable[[CameraService, AsyncSession], Awaitable[T]]
TRIED_S = 15.0
"""So long `test` waits for a first message of a stream."""


@click.group(help="Register cameras and their bays, and try them.")
def command() -> None:
    """Hold the commands together; each one documents itself."""


@command.command(
    help="Register a camera with the bays that it sees, or change it. A new one that pushes gets a login, printed this once: a "
    "key, or with --digest a password under its own id.",
    epilog="Example: parking cameras add cam-7 --adapter hikvision --bay 12=zd-012 --bay 13=zd-013",
)
@click.argument("camera_id", metavar="CAMERA")
@click.option("--adapter", required=True, help="Its maker's form, as in /v1/cameras/{adapter}.")
@click.option("--mode", type=click.Choice(get_args(Mode)), default="push", show_default=True, help="How it is heard.")
@click.option(
    "--bay", "bays", multiple=True, metavar="NUMBER=SPACE", help="What it calls a bay, and which space that is."
)
@click.option("--address", help="Where it is reached: http://HOST; for frames also rtsp:// or a folder.")
@click.option("--user", help="Our login at the camera; its password is asked for.")
@click.option("--channel", default="1", show_default=True, help="Its channel, where it has several.")
@click.option("--zone", help="What its clock keeps where it says none, such as Asia/Shanghai.")
@click.option("--heartbeat", type=int, metavar="SECONDS", help="Longest time between two messages of a bay.")
@click.option("--every", type=click.IntRange(1), metavar="SECONDS", help="Of one whose frames we look at: how often.")
@click.option("--facility", help="The facility at whose gate it reads plates.")
@click.option("--passing", type=click.Choice(PASSINGS), help="Which way the vehicles at that gate go.")
@click.option("--digest", is_flag=True, help="Make a password for one that answers nothing but digest.")
def add(
    *,
    camera_id: str,
    adapter: str,
    mode: str,
    bays: Sequence[str],
    address: str | None,
    user: str | None,
    channel: str,
    zone: str | None,
    heartbeat: int | None,
    every: int | None,
    facility: str | None,
    passing: str | None,
    digest: bool,
) -> None:
    password = click.prompt("password at the camera", hide_input=True) if user is not None else None
    password = secrets.token_urlsafe(12) if digest else password
    wish = NewCamera(
        camera=Camera(
            camera_id=camera_id,
            adapter=adapter,
            mode=cast("Mode", mode),
            address=address,
            zone=None if zone is None else checked_zone(zone),
            channel=channel,
            username=user,
            facility_id=facility,
            passing=cast("Passing | None", passing or ("entry" if facility else None)),
            interval_s=every,
        ),
        bays=dict(_bay(text) for text in bays),
        password=password,
        heartbeat_s=heartbeat,
    )

    async def work(service: CameraService, session: AsyncSession) -> tuple[Camera, str | None]:
        is_new = await repository.find(session, camera_id) is None
        camera = await service.add(session, wish)
        if mode != "push" or digest or not is_new:
            return camera, None
        _, text = await create_key(session, utc_now, role="sensor", name=f"camera {camera_id}", device_ids=[camera_id])
        return camera, text

    camera, key = _run(work)
    _print(camera, [bay_device(camera_id, bay) for bay in wish.bays])
    if key is not None:
        click.echo(f"key: {key}", err=True)
    if digest:
        click.echo(f"user: {camera_id}  password: {password}", err=True)


@command.command(name="list", help="List the cameras, one JSON object a line.", epilog="Example: parking cameras list")
@click.option("--mode", type=click.Choice(MODES), help="Only those that are heard in this way.")
def list_(mode: str | None) -> None:
    async def work(service: CameraService, session: AsyncSession) -> list[tuple[Camera, list[str]]]:
        del service
        cameras = await repository.listed(session, mode=cast("Mode | None", mode))
        return [(camera, await repository.bays(session, camera.camera_id)) for camera in cameras]

    for camera, bays in _run(work):
        _print(camera, bays)


@command.command(help="Take a camera and its bays out of use.", epilog="Example: parking cameras remove cam-7")
@click.argument("camera_id", metavar="CAMERA")
def remove(camera_id: str) -> None:
    _run(lambda service, session: service.remove(session, camera_id))
    click.echo(f"{camera_id} removed")


@command.command(
    help="Try a camera that is pulled: log in, read it back and wait for its stream. Exits with 2 when it is not reached.",
    epilog="Example: parking cameras test cam-7",
)
@click.argument("camera_id", metavar="CAMERA")
def test(camera_id: str) -> None:
    async def work(service: CameraService, session: AsyncSession) -> tuple[Camera, tuple[str, str] | None]:
        camera = await known(session, camera_id)
        return camera, service.login_of(camera)

    camera, login = _run(work)
    plan = installed().pull_plan(camera.adapter)
    if plan is None or camera.mode != "pull" or camera.address is None:
        raise InvalidInputError(f"{camera_id} is not pulled; it speaks by itself", code="mode_invalid")
    try:
        asyncio.run(_tried(camera, CameraClient(camera.address, login, silence_s=plan.silence_s)))
    except CameraAwayError as error:
        raise UnavailableError(str(error), code=error.code) from error


@command.command(
    help="What a message of a camera says, one JSON object a line, without any service running; FILE - reads standard input. "
    "Exits with 2 for a message that is not of this adapter.",
    epilog="Example: parking cameras decode hikvision alert.xml",
)
@click.argument("adapter")
@click.argument("file", type=click.File("rb"))
@click.option("--media-type", default="", help="The Content-Type under which it came.")
@click.option("--zone", help="What the camera's clock keeps, such as Asia/Shanghai.")
@click.option("--event", default="", help="The topic or path under which it came.")
@click.option("--plates", is_flag=True, help="Show plates in full; otherwise they are masked.")
def decode(adapter: str, file: Any, media_type: str, zone: str | None, event: str, *, plates: bool) -> None:  # noqa: ANN401 - an open file
    camera = Camera(camera_id="-", adapter=adapter, mode="push", zone=None if zone is None else checked_zone(zone))
    reader = installed().camera(adapter)
    for sighting in reader.parse(file.read(), media_type=media_type, zone=camera.time_zone, event=event):
        click.echo(msgspec.json.encode(_line(sighting, in_full=plates)))


async def _tried(camera: Camera, client: CameraClient) -> None:
    plan = installed().pull_plan(camera.adapter)
    if plan is None:
        return
    if plan.read_back:
        body, media_type = await client.read_back(plan.read_back.replace("{channel}", camera.channel))
        _show(camera, body, media_type, "read-back")
    async with client.stream(plan.stream.replace("{channel}", camera.channel)) as messages:
        click.echo("the stream is open", err=True)
        try:
            async with asyncio.timeout(TRIED_S):
                async for body, media_type in messages:
                    _show(camera, body, media_type, "")
                    return
        except TimeoutError:
            click.echo(f"nothing came within {TRIED_S:.0f} s", err=True)


def _show(camera: Camera, body: bytes, media_type: str, event: str) -> None:
    for sighting in (
        installed().camera(camera.adapter).parse(body, media_type=media_type, zone=camera.time_zone, event=event)
    ):
        click.echo(msgspec.json.encode(_line(sighting, in_full=False)))


def _line(sighting: Sighting, *, in_full: bool) -> dict[str, object]:
    plate = sighting.plate
    return {
        "kind": sighting.kind,
        "bay": sighting.bay,
        "lane": sighting.lane,
        "channel": sighting.channel,
        "status": sighting.status,
        "confidence": sighting.confidence,
        "look_back": sighting.look_back,
        "plate": plate if in_full or plate is None else mask(plate),
        "plate_confidence": sighting.plate_confidence,
        "min_char_confidence": min(sighting.char_confidences, default=None),
        "direction": sighting.direction,
        "observed_at": None if sighting.observed_at is None else sighting.observed_at.isoformat(),
        "event_id": sighting.event_id,
        "index": sighting.index,
        "fault": sighting.fault,
        "pictures": [{"role": one.role, "name": one.name, "bytes": len(one.content)} for one in sighting.pictures],
        "fields": sighting.fields,
    }


def _bay(text: str) -> tuple[str, str]:
    number, equals, space = text.partition("=")
    if not equals or not number.strip() or not space:
        raise InvalidInputError(f"a bay is NUMBER=SPACE, not {text[:64]!r}", code="bay_invalid")
    return number, space


def _print(camera: Camera, bays: Sequence[str]) -> None:
    line = {
        "camera": camera.camera_id,
        "adapter": camera.adapter,
        "mode": camera.mode,
        "address": camera.address,
        "zone": camera.zone,
        "facility": camera.facility_id,
        "passing": camera.passing,
        "bays": bays,
    }
    click.echo(msgspec.json.encode(line))


def _run(work: _Work[T]) -> T:
    """Do one use case in one transaction."""

    async def whole(session: AsyncSession) -> T:
        devices = DeviceService(installed(), utc_now, by="cli")
        service = CameraService(installed(), devices, DeviceSafe(find_settings().secret_key), utc_now)
        return await work(service, session)

    return in_transaction(whole)
