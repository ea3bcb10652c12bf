"""`parking devices`: the registry of sensors, and which space each one watches."""

import csv
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.service import create_key
from api.cli import device_life, device_tests, device_unknown
from api.cli.device_desk import DeviceDesk, at_desk
from api.cli.device_follow import follow
from api.cli.devices_health import health
from api.cli.events import instant_of
from devices.inventory.model import Device
from devices.inventory.service import RegistrationReport
from devices.inventory.wishes import NewDevice, RowError, read_csv
from parking.domain.clock import utc_now
from parking.domain.errors import ConflictError

_commission = click.option(
    "--commission", is_flag=True, help="Nothing that a new one says counts until it is tested and accepted."
)


@click.group(help="Register devices and bind them to the spaces that they watch.")
def command() -> None:
    """Hold the commands together; each one documents itself."""


@command.command(
    help="Register a device, or change what is registered of it.",
    epilog="Example: parking devices add --vendor Bosch --model TPS110 --version 0.29 --space zd-001 0004a30b001c0530",
)
@click.option("--vendor", required=True, help="As listed by 'parking profiles'.")
@click.option("--model", required=True, help="As listed by 'parking profiles'.")
@click.option("--version", help="Firmware of the device; the newest when left out.")
@click.option("--heartbeat", type=int, metavar="SECONDS", help="Longest time between two messages; the profile's.")
@click.option("--space", help="The space that it watches from now on.")
@click.option("--wire-id", metavar="ID", help="Under what it speaks, where that is another id: its DevEUI or IMEI.")
@_commission
@click.argument("device")
def add(
    vendor: str,
    model: str,
    version: str | None,
    heartbeat: int | None,
    space: str | None,
    wire_id: str | None,
    device: str,
    *,
    commission: bool,
) -> None:
    wish = NewDevice(
        device_id=device,
        vendor=vendor,
        model=model,
        version=version,
        heartbeat_s=heartbeat,
        space_id=space,
        wire_id=wire_id,
    )
    registered = at_desk(lambda desk: desk.devices.register(desk.session, wish, to_commission=commission))
    _print(registered, space)


@command.command(
    name="list",
    help="List the devices, one JSON object a line.",
    epilog="Example: parking devices list",
)
def list_() -> None:
    for device, binding in at_desk(lambda desk: desk.devices.devices(desk.session)):
        _print(device, None if binding is None else binding.space_id)


@command.command(
    name="import",
    help="Register the devices of a CSV file with the columns device, vendor, model and, where wanted, version, "
    "heartbeat_s, space, wire_id, join_eui, app_key, nwk_key, supplier, batch, serial, installed_at. Refused rows are "
    "printed one a line; the others are in.",
    epilog="Example: parking devices import --commission sensors.csv",
)
@_commission
@click.option(
    "--issue-keys",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Make a key of its own for each device that is in, and write them, this once, to a new file.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path, issue_keys: Path | None, *, commission: bool) -> None:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(read_csv(lines))
    wishes = [(index, row) for index, row in enumerate(rows) if isinstance(row, NewDevice)]

    async def work(desk: DeviceDesk) -> RegistrationReport:
        done = await desk.devices.register_many(desk.session, [wish for _, wish in wishes], to_commission=commission)
        if issue_keys is not None:
            # Before the transaction ends: a key that could not be written down opens nothing.
            _write_keys(issue_keys, await _own_keys(desk.session, done.device_ids))
        return done

    report = at_desk(work)
    refused = [row for row in rows if isinstance(row, RowError)]
    refused += [replace(error, index=wishes[error.index][0]) for error in report.errors]
    for error in sorted(refused, key=lambda error: error.index):
        click.echo(f"row {error.index + 1}: {error.detail} [{error.code}]", err=True)
    click.echo(f"{report.registered} registered, {report.bound} bound, {len(refused)} refused")
    if refused:
        raise SystemExit(1)


@command.command(
    help="Let a device watch a space from now on, or from an instant of the last day.",
    epilog="Example: parking devices bind 0004a30b001c0530 zd-001",
)
@click.option(
    "--since", metavar="INSTANT", help="An instant (RFC 3339) or an age (2h): from when what it said is of this space."
)
@click.argument("device")
@click.argument("space")
def bind(device: str, space: str, since: str | None) -> None:
    start = None if since is None else instant_of(since)
    binding = at_desk(lambda desk: desk.devices.bind(desk.session, device, space, since=start))
    click.echo(f"{binding.device_id} watches {binding.space_id}")


@command.command(
    help="End the watch of a device.",
    epilog="Example: parking devices unbind 0004a30b001c0530",
)
@click.argument("device")
def unbind(device: str) -> None:
    binding = at_desk(lambda desk: desk.devices.unbind(desk.session, device))
    click.echo(f"{binding.device_id} no longer watches {binding.space_id}")


@command.command(
    help="Take a device out of the registry; its watch ends.",
    epilog="Example: parking devices remove 0004a30b001c0530",
)
@click.argument("device")
def remove(device: str) -> None:
    at_desk(lambda desk: desk.devices.remove(desk.session, device))
    click.echo(f"{device} removed")


async def _own_keys(session: AsyncSession, device_ids: Sequence[str]) -> list[tuple[str, str]]:
    made = []
    for device_id in device_ids:
        name = f"device {device_id}"
        _, text = await create_key(session, utc_now, role="sensor", name=name, device_ids=[device_id])
        made.append((device_id, text))
    return made


def _write_keys(file: Path, keys: Sequence[tuple[str, str]]) -> None:
    """To a file that did not exist and that only its owner reads."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConflictError(f"{file} cannot be made: {error.strerror}", code="file_not_written") from error
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([("device", "key"), *keys])


def _print(device: Device, space_id: str | None) -> None:
    line = {
        "device": device.device_id,
        "vendor": device.vendor,
        "model": device.model,
        "version": device.version,
        "heartbeat_s": device.heartbeat_s,
        "space": space_id,
        "stage": device.stage,
    }
    click.echo(msgspec.json.encode(line))


for _other in (
    device_life.life,
    device_life.replace,
    device_life.accept,
    device_life.withdraw,
    device_life.keys,
    device_unknown.unknown,
    device_unknown.confirm,
    device_unknown.reject,
    device_tests.test,
    follow,
    health,
):
    command.add_command(_other)
