"""`parking occupancy rebuild`: the live store from PostgreSQL."""

from typing import TYPE_CHECKING

import click

from api.cli.live_store import with_live_store
from api.logs import configure_logging
from api.settings import log_format

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from parking.db.unit_of_work import Database
    from parking.occupancy.rebuild import Rebuilt


@click.command(epilog="Example: parking occupancy rebuild")
@click.option("--anew", is_flag=True, help="Throw away what the live store holds first; readings that wait are kept.")
def rebuild(*, anew: bool) -> None:
    """Put the live store back from checkpoints and history, as docs/rebuild.md describes.

    Workers do it by themselves when they find the store empty. Safe beside them. A store that is in use is refused
    (live_store_not_empty) without --anew.
    """

    async def work(redis: "Redis", database: "Database") -> "list[Rebuilt]":
        from parking.occupancy.rebuild_all import rebuild_all  # noqa: PLC0415 - heavy, and not for --help

        return await rebuild_all(redis, database, anew=anew)

    configure_logging("occupancy", log_format())
    done = with_live_store(work)
    click.echo(
        f"{len(done)} shards rebuilt, {sum(one.from_checkpoint for one in done)} of them from a checkpoint: "
        f"{sum(one.spaces for one in done)} spaces, {sum(one.readings for one in done)} readings gone over again, "
        f"{sum(one.changes for one in done)} changes published"
    )
