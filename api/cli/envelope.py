"""`parking envelope`: what one message of a network server or IoT platform says, without any service running."""

from typing import BinaryIO

import click
import msgspec

from devices.ports import Uplink
from devices.registry import installed

_fields = msgspec.json.Decoder(dict[str, object])


@click.command(
    help="Read one message of a platform as it would be read at the door: a JSON object a line for each uplink in it. "
    "FILE is the body that the platform posts, '-' for standard input. Exits with 2 for a body that is not the platform's.",
    epilog="Example: parking envelope --source thingpark body.json",
)
@click.option("--source", required=True, metavar="PLATFORM", help="As it stands in /v1/uplinks/PLATFORM.")
@click.option("--event", default="", help="Kind of message, where the platform tells it in the address or the topic.")
@click.argument("body", metavar="FILE", type=click.File("rb"))
def command(source: str, event: str, body: BinaryIO) -> None:
    for uplink in installed().platform(source).parse(body.read(), event=event):
        click.echo(msgspec.json.encode(_line(uplink)))


def _line(uplink: Uplink) -> dict[str, object]:
    line = {name: getattr(uplink, name) for name in uplink.__struct_fields__ if name != "payload"}
    return line | {"payload_hex": uplink.payload.hex(), "fields": _named(uplink.payload)}


def _named(payload: bytes) -> dict[str, object] | None:
    """The fields of a product with a profile; None for bytes."""
    try:
        return _fields.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
