"""`parking devices follow`: what each stage does with the readings of one device, in the logs."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from api.cli.events import instant_of
from api.cli.live_store import with_live_store
from parking.domain.clock import format_instant, to_micros, utc_now
from parking.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import datetime

    from redis.asyncio import Redis

    from parking.db.unit_of_work import Database

LONGEST: Final = timedelta(days=1)


@click.command(
    help="Have every process say in its log what it does with the readings of DEVICE: door, stream, engine, history, event, stay.",
    epilog="Example: parking devices follow 0004a30b001c0530 --for 10m",
)
@click.option("--for", "lasting", default="10m", show_default=True, help="How long, a day at most; 0s ends it now.")
@click.argument("device")
def follow(lasting: str, device: str) -> None:
    from parking.occupancy import followed  # noqa: PLC0415 - heavy, and not for --help

    now = utc_now()
    span = now - instant_of(lasting, lambda: now)
    if not timedelta(0) <= span <= LONGEST:
        raise InvalidInputError("a device is followed for a day at most", code="instant_invalid")

    async def work(redis: "Redis", _database: "Database") -> "datetime":
        return await followed.follow(redis, device, now, span)

    until = with_live_store(work)
    if span:
        click.echo(f"{device} is followed until {format_instant(to_micros(until))}; the logs of serve and work have it")
    else:
        click.echo(f"{device} is followed no more")
