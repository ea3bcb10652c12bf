"""`parking migrate`: the schema of the database."""

import asyncio

import click

from api.settings import find_settings


@click.command(epilog="Example: PARKING_DATABASE_URL=postgresql://parking:secret@db/parking parking migrate")
def command() -> None:
    """Bring the database schema to the present version; running it again changes nothing."""
    from api import schema  # noqa: PLC0415 - heavy, and not for --help

    changed = asyncio.run(schema.upgrade(find_settings().required_database_url))
    print(f"the schema {'was brought to' if changed else 'is at'} revision {schema.newest_revision()}")
