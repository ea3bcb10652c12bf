"""`parking encode`: the bytes of one command for a device, without any service running."""

import click
import msgspec

from api.cli.profile_argument import read_profile
from devices.registry import installed
from parking.domain.errors import InvalidInputError

_decoder = msgspec.json.Decoder(dict[str, object])


@click.command(
    help="Encode one command for a device, which is a JSON object in its maker's words: port and bytes of the downlink. "
    "Exits with 2 for a command that the device does not take.",
    epilog="Example: parking encode --profile Dingtek/DO200 '{\"uploadInterval\": 4}'",
)
@click.option("--profile", required=True, metavar="VENDOR/MODEL[@VERSION]", help="As listed by 'parking profiles'.")
@click.argument("data", metavar="JSON")
def command(profile: str, data: str) -> None:
    registry = installed()
    named = read_profile(profile, registry)
    downlink = registry.encoder_for(*named).encode(_object(data), version=named.version)
    click.echo(msgspec.json.encode({"port": downlink.port, "hex": downlink.payload.hex()}))


def _object(text: str) -> dict[str, object]:
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidInputError(f"the command is not a JSON object: {str(error)[:200]}", code="json_invalid") from error
