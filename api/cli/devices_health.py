"""`parking devices health`: how the sensors are, one JSON object a line."""

from functools import partial
from typing import Final

import click
from redis.asyncio import Redis

from api.cli.database import with_database
from api.cli.live_store import with_live_store
from api.operator.device_errors import errors_of
from api.operator.device_health_schemas import FaultOut, health_out, whole_out
from devices.health import listing, repository
from devices.registry import empty_voltage
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import NotFoundError
from parking.occupancy.live_reader import LiveReader

PAGE: Final = 500
HISTORY: Final = 50


@click.command(
    help="How the devices are: last heard, battery, lost messages, open faults.",
    epilog="Example: parking devices health --faulty",
)
@click.option(
    "--device",
    metavar="ID",
    help="This one alone, with its battery over time, its faults so far and what was learnt of its errors.",
)
@click.option("--faulty", is_flag=True, help="Only those with an open fault.")
def health(device: str | None, *, faulty: bool) -> None:
    if device is None:
        with_database(partial(_print_all, faulty=faulty))
    else:
        with_live_store(partial(_print_one, device))


async def _print_all(database: Database, *, faulty: bool) -> None:
    after, more = "", True
    while more:
        async with database.reading() as session:
            found = await listing.devices(session, at=utc_now(), only_faulty=faulty, after=after, limit=PAGE)
        for one in found:
            click.echo(health_out(one, utc_now(), empty_v=empty_voltage(one.vendor, one.model)).model_dump_json())
        after, more = found[-1].device_id if found else "", len(found) == PAGE


async def _print_one(device_id: str, redis: Redis, database: Database) -> None:
    async with database.reading() as session:
        found = await listing.devices(session, at=utc_now(), device_id=device_id, limit=1)
        rows = await repository.listed(session, device_id=device_id, limit=HISTORY)
    if not found:
        raise NotFoundError(f"no device {device_id[:64]!r}", code="unknown_device")
    one, history = found[0], [FaultOut.of(row) for row in rows]
    errors = await errors_of(LiveReader(redis), one)
    whole = whole_out(one, history, errors, utc_now(), empty_v=empty_voltage(one.vendor, one.model))
    click.echo(whole.model_dump_json())
