"""`parking occupancy check`: the live store held against PostgreSQL."""

from typing import TYPE_CHECKING

import click
import msgspec

from api.cli.live_store import with_live_store
from api.logs import configure_logging
from api.settings import log_format

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from parking.db.unit_of_work import Database
    from parking.occupancy.audit import Finding


@click.command(epilog="Example: parking occupancy check --repair")
@click.option("--repair", is_flag=True, help="Send what puts it right to the engines, and look again.")
def check(*, repair: bool) -> None:
    """Hold the live store against inventory, history and itself: one JSON object a line for what is wrong, a summary at the end.

    What is found is looked at again after 20 seconds, as everything moves meanwhile. The exit status is 1 when something
    is wrong (with --repair: when it still is). docs/rebuild.md says what each finding means.
    """
    from parking.occupancy.checking import FOR_A_PERSON, Checker, in_words  # noqa: PLC0415 - heavy, and not for --help
    from parking.occupancy.reading_stream import RedisReadingStream  # noqa: PLC0415 - as above

    async def work(redis: "Redis", database: "Database") -> "list[Finding]":
        checker = Checker(redis, database, RedisReadingStream(redis))
        found = await checker.check()
        if repair and found:
            _tell(found)
            await checker.repair(found)
            found = await checker.check()
        return found

    configure_logging("occupancy", log_format())
    found = with_live_store(work)
    _tell(found)
    click.echo(f"found: {in_words(found)}", err=True)
    if any(finding.what not in FOR_A_PERSON for finding in found):
        raise SystemExit(1)


def _tell(found: "list[Finding]") -> None:
    for finding in found:
        click.echo(msgspec.json.encode(finding._asdict()))
