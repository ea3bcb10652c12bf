"""`parking profiles`: which devices can be understood."""

import click
import msgspec

from devices.registry import installed


@click.command(
    help="List the device profiles, one JSON object a line.",
    epilog="Example: parking profiles",
)
def command() -> None:
    for profile in installed().profiles():
        line = {
            "vendor": profile.vendor,
            "model": profile.model,
            "versions": profile.versions,
            "transport": profile.transport,
            "kinds": profile.kinds,
        }
        click.echo(msgspec.json.encode(line))
