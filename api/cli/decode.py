"""`parking decode`: what one frame of a device says, without any service running."""

import click
import msgspec

from api.cli.profile_argument import read_profile
from devices.ports import Message
from devices.registry import installed
from parking.domain.errors import InvalidInputError


@click.command(
    help="Decode one device message: a JSON object a line for each reading in it. "
    "Exits with 2 for bytes that the profile does not allow.",
    epilog="Example: parking decode --profile Bosch/TPS110@0.29 --port 2 01ff",
)
@click.option("--profile", required=True, metavar="VENDOR/MODEL[@VERSION]", help="As listed by 'parking profiles'.")
@click.option("--port", required=True, type=click.IntRange(0, 255), help="LoRaWAN port of the frame.")
@click.argument("payload", metavar="HEX")
def command(profile: str, port: int, payload: str) -> None:
    registry = installed()
    named = read_profile(profile, registry)
    codec = registry.codec_for(*named)
    for message in codec.decode(_bytes(payload), port=port, version=named.version):
        click.echo(msgspec.json.encode(_line(message)))


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise InvalidInputError("the payload is not hexadecimal", code="hex_invalid") from error


def _line(message: Message) -> dict[str, object]:
    return {
        "status": message.status,
        "kind": message.kind,
        "confidence": message.confidence,
        "battery_v": message.battery_v,
        "battery_pct": message.battery_pct,
        "temperature_c": message.temperature_c,
        "device_at": message.device_at,
        "sequence": message.sequence,
        "previous_s": message.previous_s,
        "fault": message.fault,
        "magnetic": message.magnetic,
        "fields": message.fields,
    }
