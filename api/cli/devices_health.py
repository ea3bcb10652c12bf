"""`parking devices health`: how the sensors are, one JSON object a line."""

import asyncio
from typing import Final

import click

from api.operator.device_health_schemas import FaultOut, health_out, whole_out
from api.settings import find_settings
from devices.health import listing, repository
from devices.registry import empty_voltage
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES
from parking.domain.clock import utc_now
from parking.domain.errors import NotFoundError, UnavailableError

PAGE: Final = 500
HISTORY: Final = 50


@click.command(
    help="How the devices are: last heard, battery, lost messages, open faults.",
    epilog="Example: parking devices health --faulty",
)
@click.option("--device", metavar="ID", help="This one alone, with its battery over time and its faults so far.")
@click.option("--faulty", is_flag=True, help="Only those with an open fault.")
def health(device: str | None, *, faulty: bool) -> None:
    try:
        asyncio.run(_print_all(faulty=faulty) if device is None else _print_one(device))
    except OUTAGES as error:
        raise UnavailableError(
            f"the database does not answer, see 'parking doctor': {error}".splitlines()[0], code="database_unavailable"
        ) from error


async def _print_all(*, faulty: bool) -> None:
    database = _open()
    try:
        after, more = "", True
        while more:
            async with database.reading() as session:
                found = await listing.devices(session, at=utc_now(), only_faulty=faulty, after=after, limit=PAGE)
            for one in found:
                click.echo(health_out(one, utc_now(), empty_v=empty_voltage(one.vendor, one.model)).model_dump_json())
            after, more = found[-1].device_id if found else "", len(found) == PAGE
    finally:
        await database.close()


async def _print_one(device_id: str) -> None:
    database = _open()
    try:
        async with database.reading() as session:
            found = await listing.devices(session, at=utc_now(), device_id=device_id, limit=1)
            rows = await repository.listed(session, device_id=device_id, limit=HISTORY)
        if not found:
            raise NotFoundError(f"no device {device_id[:64]!r}", code="unknown_device")
        history = [FaultOut.of(row) for row in rows]
        whole = whole_out(found[0], history, utc_now(), empty_v=empty_voltage(found[0].vendor, found[0].model))
        click.echo(whole.model_dump_json())
    finally:
        await database.close()


def _open() -> Database:
    return Database(open_engine(find_settings().required_database_url, pool_size=1))
