"""`parking devices unknown|confirm|reject`: devices that speak and that nobody has registered."""

import click
import msgspec

from api.cli.device_desk import DeviceDesk, at_desk
from api.cli.profile_argument import read_profile
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.raw import unknown as held
from parking.raw.unknown import UnknownDevice


@click.command(epilog="Example: parking devices unknown --source chirpstack-v4")
@click.option("--source", help="Only those that this platform forwards.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True, help="At most so many.")
def unknown(source: str | None, limit: int) -> None:
    """List those that wait to be confirmed, one JSON object a line."""

    async def work(desk: DeviceDesk) -> list[UnknownDevice]:
        return await held.unknown_devices(desk.session, source=source, limit=limit)

    for one in at_desk(work):
        line = {
            "wire_id": one.wire_id,
            "source": one.source,
            "first_seen": one.first_seen,
            "last_seen": one.last_seen,
            "frames": one.frames,
        }
        click.echo(msgspec.json.encode(line))


@click.command(epilog="Example: parking devices confirm 0004a30b001c0530 --profile PNI/PlacePod --space zd-001")
@click.argument("wire_id")
@click.option("--profile", required=True, metavar="VENDOR/MODEL[@VERSION]", help="As listed by 'parking profiles'.")
@click.option("--id", "device_id", help="Our name of it; the one under which it speaks when left out.")
@click.option("--space", help="The space that it watches since its first word, for a day at most.")
@click.option("--commission", is_flag=True, help="Nothing that it says counts until it is tested and accepted.")
def confirm(wire_id: str, profile: str, device_id: str | None, space: str | None, *, commission: bool) -> None:
    """Register a device that was held as unknown."""
    asked = read_profile(profile, installed())
    wish = NewDevice(
        device_id=device_id or wire_id,
        vendor=asked.vendor,
        model=asked.model,
        version=asked.version,
        wire_id=None if device_id is None else wire_id,
    )
    device = at_desk(
        lambda desk: desk.commissioning.confirm(desk.session, wish, space_id=space, to_commission=commission)
    )
    click.echo(f"{device.device_id} is {device.stage}")


@click.command(epilog="Example: parking devices reject 0004a30b001c0530")
@click.argument("wire_id")
def reject(wire_id: str) -> None:
    """Say that a device is none of ours; it stays quiet."""
    at_desk(lambda desk: desk.commissioning.reject(desk.session, wire_id))
    click.echo(f"{wire_id} rejected")
