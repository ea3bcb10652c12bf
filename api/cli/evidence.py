"""`parking evidence verify`: whether a package that an authority was given is whole, without any service running."""

from pathlib import Path

import click

from parking.handovers.package import Verified, verified
from parking.handovers.signing import VerifyingKey


@click.group(help="Look at packages of evidence.")
def command() -> None:
    """Hold the subcommands together."""


@command.command(
    help="Verify a package: the signature, the hash of every file, every chain of custody. "
    "Exits with 1 and says why when something was altered, with 2 when the file is no package.",
    epilog="Example: parking evidence verify evidence-01KJ.zip --key installation.pem",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The installation's public key (PEM, from /v1/evidence-keys); without it, the key that the package names.",
)
def verify(file: Path, key: Path | None) -> None:
    trusted = None if key is None else VerifyingKey.from_pem(key.read_bytes())
    found = verified(file.read_bytes(), trusted)
    for line in _lines(found):
        click.echo(line)
    if found.complaints:
        for complaint in found.complaints:
            click.echo(complaint, err=True)
        raise click.ClickException(f"{file.name} is not whole")
    click.echo("whole: signature, files and chains of custody agree")
    if trusted is None:
        click.echo(f"compare the key {found.key.key_id} with /v1/evidence-keys of the installation, or give --key")


def _lines(found: Verified) -> list[str]:
    manifest = found.manifest
    authority = manifest.get("authority")
    name = authority.get("name") if isinstance(authority, dict) else None
    pieces = [path for path, entry in manifest["files"].items() if "evidence" in entry]
    return [
        f"hand-over {manifest.get('handover')} to {name}, case {manifest.get('case_number')}",
        f"prepared by {manifest.get('prepared_by')}, made by {manifest.get('made_by')} at {manifest.get('made_at')}",
        f"{len(pieces)} pieces of evidence, signed by the key {found.key.key_id}",
    ]
