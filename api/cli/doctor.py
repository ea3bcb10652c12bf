"""`parking doctor`: what is wrong, and what to do about it."""

import asyncio
import sys

import click

from api.settings import find_settings


@click.command(epilog="Example: PARKING_DATA=my-city parking doctor")
def command() -> None:
    """Check every dependency and setting, one line each; exits with 1 when something fails."""
    from api.doctor.addresses import check_addresses  # noqa: PLC0415 - heavy, and not for --help
    from api.doctor.finding import Grade  # noqa: PLC0415 - as above
    from api.doctor.machine import check_machine  # noqa: PLC0415 - as above
    from api.doctor.plates import check_plate_key  # noqa: PLC0415 - as above
    from api.doctor.secrets import check_secret_key  # noqa: PLC0415 - as above

    settings = find_settings()
    secrets = [check_secret_key(settings), check_plate_key(settings)]
    findings = [*check_machine(settings), *secrets, *asyncio.run(check_addresses(settings))]
    for finding in findings:
        print(finding.line())
    if any(finding.grade is Grade.FAIL for finding in findings):
        sys.exit(1)
