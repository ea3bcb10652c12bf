"""`parking devices …`: who a device was, what takes its place, whether its word counts, and its sealed keys."""

import click
import msgspec

from api.cli.device_desk import ACTOR, DeviceDesk, at_desk
from devices.inventory import repository
from devices.inventory.service import canonical_id
from parking.domain.clock import utc_now
from parking.domain.errors import NotFoundError

_reason = click.option("--reason", required=True, help="Why; it stands in the life of the device.")


@click.command(epilog="Example: parking devices life 0004a30b001c0530")
@click.argument("device")
def life(device: str) -> None:
    """Show what was done with a device, one JSON object a line; also of one that was removed."""

    async def work(desk: DeviceDesk) -> list[dict[str, object]]:
        steps = await repository.steps(desk.session, canonical_id(device))
        names = ("at", "actor", "deed", "stage", "reason", "details")
        return [{name: getattr(step, name) for name in names} for step in steps]

    steps = at_desk(work)
    if not steps:
        raise NotFoundError(f"no device {device[:64]!r}", code="unknown_device")
    for step in steps:
        click.echo(msgspec.json.encode(step))


@click.command(epilog="Example: parking devices replace zd-001-a zd-001-b --reason 'cover broken'")
@click.argument("old")
@click.argument("new")
@_reason
@click.option("--accept", is_flag=True, help="Let the word of the new one count at once, without a test.")
def replace(old: str, new: str, reason: str, *, accept: bool) -> None:
    """Put a registered device in the place of another: the same space, the same moment."""
    done = at_desk(lambda desk: desk.commissioning.replace(desk.session, old, new, reason=reason, accept=accept))
    click.echo(
        f"{done.new.device_id} watches {done.binding.space_id} instead of {done.old.device_id}: {done.new.stage}"
    )


@click.command(epilog="Example: parking devices accept zd-001-a --reason 'tested by its maker on 3 June'")
@click.argument("device")
@_reason
def accept(device: str, reason: str) -> None:
    """Let the word of a device count without a test."""
    done = at_desk(lambda desk: desk.commissioning.accept(desk.session, device, reason=reason))
    click.echo(f"{done.device_id} is {done.stage}")


@click.command(epilog="Example: parking devices withdraw zd-001-a --reason 'the kerb was moved'")
@click.argument("device")
@_reason
def withdraw(device: str, reason: str) -> None:
    """Take an acceptance back: the device is heard and does not count until it is tested or accepted anew."""
    done = at_desk(lambda desk: desk.commissioning.withdraw(desk.session, device, reason=reason))
    click.echo(f"{done.device_id} is {done.stage}")


@click.command(epilog="Example: parking devices keys 0004a30b001c0530 --purpose 'move to the new network server'")
@click.argument("devices", nargs=-1, required=True)
@click.option("--purpose", required=True, help="What they are needed for; the look is written down with it.")
def keys(devices: tuple[str, ...], purpose: str) -> None:
    """Show the sealed keys of devices' radios, one JSON object a line. Each look is written down."""

    async def work(desk: DeviceDesk) -> list[dict[str, str]]:
        names = [(await desk.devices.known(desk.session, device)).device_id for device in devices]
        sealed = await repository.secrets(desk.session, names)
        lines: dict[str, dict[str, str]] = {name: {"device": name} for name in names}
        for one in sealed:
            lines[one.device_id][one.name] = desk.safe.open(one.device_id, one.name, one.key_id, one.sealed)
        await repository.write_looks(desk.session, names, actor=ACTOR, purpose=purpose, at=utc_now())
        return list(lines.values())

    for line in at_desk(work):
        click.echo(msgspec.json.encode(line))
