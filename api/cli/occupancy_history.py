"""`parking occupancy as-of` and `parking occupancy export`: what history says, as JSON and as CSV."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, get_args

import click
import msgspec

from api.cli.database import in_transaction
from api.cli.events import instant_of
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError
from parking.occupancy.history_export import Sink, What, export_csv

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from parking.occupancy.as_of import SpaceThen


@click.command(name="as-of", epilog="Example: parking occupancy as-of 2026-11-22T08:00:00Z --zone Z1")
@click.argument("at", metavar="INSTANT")
@click.option("--zone", help="Only this zone.")
@click.option("--district", help="Only this district.")
@click.option(
    "--best-known",
    is_flag=True,
    help="As all evidence that has come by now says, rather than as it was published then.",
)
@click.option("--spaces", is_flag=True, help="Every space, one JSON object a line, rather than the counts of zones.")
def as_of(at: str, zone: str | None, district: str | None, *, best_known: bool, spaces: bool) -> None:
    """Show the counts of zones as they were at INSTANT (RFC 3339, or an age such as 2h), one JSON object a line.

    Best known takes a read of a space's frames each: ask for a zone.
    """
    from parking.occupancy import as_of as history  # noqa: PLC0415 - heavy, and not for --help

    then = _past(at)

    async def work(session: "AsyncSession") -> "list[SpaceThen]":
        found = await history.published(session, then, zone_id=zone, district_id=district)
        return await history.best_known(session, then, found, now=utc_now()) if best_known else found

    found = in_transaction(work)
    if spaces:
        for space in found:
            click.echo(msgspec.json.encode(asdict(space)))
        return
    for zone_id in sorted({space.zone_id for space in found}):
        mine = [space for space in found if space.zone_id == zone_id]
        counted = history.Counted()
        for space in mine:
            counted.add(space)
        line = {"zone": zone_id, "at": then, **asdict(counted), "unknown_because": history.unknown_because(mine)}
        click.echo(msgspec.json.encode(line))


@click.command(
    epilog="Example: parking occupancy export --what hours --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --out hours.csv"
)
@click.option("--what", type=click.Choice(get_args(What)), required=True, help="Which history.")
@click.option("--from", "since", required=True, metavar="INSTANT", help="RFC 3339, or an age such as 30d.")
@click.option("--to", "until", default="0s", show_default=True, metavar="INSTANT", help="As --from; before it.")
@click.option("--zone", help="Only this zone.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV to write.")
def export(what: What, since: str, until: str, zone: str | None, out: Path) -> None:
    """Write history as CSV, in the order of its instants: published changes, accepted readings, hours, or moments.

    Moments are the counts at the hour and half past of each kind of place in each zone, as 'parking forecast evaluate' reads them.
    Rows go from the database to the file as they come, however many they are. What could not be written whole leaves no
    file.
    """
    start, end = _past(since), instant_of(until)
    if end <= start:
        raise InvalidInputError("--to is after --from", code="range_invalid")
    draft = out.with_name(f"{out.name}.part")
    try:
        with draft.open("wb") as file:
            count = in_transaction(lambda session: export_csv(session, what, start, end, _into(file), zone_id=zone))
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    click.echo(f"{count} rows written to {out}", err=True)


def _into(file: BinaryIO) -> Sink:
    async def write(data: bytes) -> None:
        file.write(data)

    return write


def _past(text: str) -> datetime:
    instant = instant_of(text)
    if instant > utc_now():
        raise InvalidInputError(f"{text} is in the future", code="instant_in_future")
    return instant
