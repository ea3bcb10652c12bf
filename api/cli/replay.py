"""`parking replay`: a public data set through the running system, with the file's counts beside the platform's.

Counts of whole facilities go into history with their own times; states of single bays go through sensors' own door.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.settings import Settings, find_settings
from parking.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from parking.places.melbourne import BayRow, Snapshot

COUNTS_AT_ONCE: Final = 2_000


@click.command(epilog="Example: parking replay bay_status_snapshots_2018-09.csv.gz --format melbourne --snapshot 1")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format", "layout", type=click.Choice(["melbourne", "birmingham"]), required=True, help="How to read the file."
)
@click.option("--snapshot", type=click.IntRange(min=1), help="Only this moment of the file; all in turn unless set.")
@click.option("--api", help="Address of the HTTP process; that of the running installation unless set.")
def command(file: Path, layout: str, snapshot: int | None, api: str | None) -> None:
    """Play recorded states of real bays, or counts of real car parks, into the running system.

    birmingham: counts per facility with their real time stamps go into history, where forecasts read them; the live
    state is not touched, and playing a file again adds nothing.

    melbourne: imports the bays and registers a device for each where they are missing, sends every state as a reading, waits until
    the platform shows it, and prints the counts of the file beside those of the platform. Exit 1 when they differ.
    """
    settings = find_settings()
    if layout == "birmingham":
        if snapshot is not None or api is not None:
            raise click.UsageError("--snapshot and --api belong to melbourne")
        asyncio.run(_keep_counts(file, settings))
        return
    if not asyncio.run(_replay(file, snapshot, api or settings.api_url, settings)):
        raise SystemExit(1)


async def _keep_counts(file: Path, settings: Settings) -> None:
    from parking.db.engine import open_engine  # noqa: PLC0415 - heavy, and not for --help
    from parking.db.unit_of_work import Database  # noqa: PLC0415 - as above
    from parking.occupancy.birmingham import CountReport, read_counts  # noqa: PLC0415 - as above
    from parking.occupancy.facility_counts import keep_counts  # noqa: PLC0415 - as above

    report = CountReport()
    counts = await asyncio.to_thread(lambda: list(read_counts(file, report)))
    database = Database(open_engine(settings.required_database_url, pool_size=1))
    added = 0
    try:
        with click.progressbar(length=len(counts), label=file.name) as bar:
            for start in range(0, len(counts), COUNTS_AT_ONCE):
                batch = counts[start : start + COUNTS_AT_ONCE]
                async with database.transaction() as session:
                    added += (await keep_counts(session, batch)).added
                bar.update(len(batch))
    finally:
        await database.close()
    facilities = len({count.facility_id for count in counts})
    print(f"{report.rows} rows of {facilities} facilities: {added} added, {len(counts) - added} were in history")
    print(
        f"dropped {report.duplicates} copies and {report.contradictions} contradictions; clipped"
        f" {report.above_capacity} above capacity and {report.below_zero} below zero; refused {report.refused_count}"
    )
    for refusal in report.refused:
        print(f"  line {refusal}")


async def _replay(file: Path, number: int | None, api_url: str, settings: Settings) -> bool:
    from parking.places.melbourne import read_rows, snapshots  # noqa: PLC0415 - heavy, and not for --help

    rows = await asyncio.to_thread(read_rows, file)
    moments = snapshots(rows)
    if number is not None and number > len(moments):
        raise InvalidInputError(f"{file} has {len(moments)} snapshots", code="snapshot_unknown")
    key_id, key, zones = await _prepare(rows, settings)
    try:
        chosen = moments if number is None else [moments[number - 1]]
        return await _play(chosen, zones, api_url, key)
    finally:
        await _revoke(key_id, settings)


async def _prepare(rows: "Sequence[BayRow]", settings: Settings) -> tuple[str, str, dict[str, str]]:
    """Import bays and devices; return a key for this run, by id and text, and the zone of each bay."""
    from api.auth.service import create_key  # noqa: PLC0415 - heavy, and not for --help
    from devices.inventory.service import DeviceService  # noqa: PLC0415 - as above
    from devices.registry import installed  # noqa: PLC0415 - as above
    from devices.simulation.recording import device_of  # noqa: PLC0415 - as above
    from parking.db.engine import open_engine  # noqa: PLC0415 - as above
    from parking.db.unit_of_work import Database  # noqa: PLC0415 - as above
    from parking.domain.clock import utc_now  # noqa: PLC0415 - as above
    from parking.places.melbourne import melbourne_city  # noqa: PLC0415 - as above
    from parking.places.repository import load_catalogue  # noqa: PLC0415 - as above
    from parking.places.service import import_collection  # noqa: PLC0415 - as above

    bays = {row.space_id for row in rows}
    database = Database(open_engine(settings.required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            await import_collection(session, melbourne_city(rows), at=utc_now())
            wishes = [device_of(bay) for bay in sorted(bays)]
            await DeviceService(installed(), utc_now).register_many(session, wishes)
            created, key = await create_key(session, utc_now, role="sensor", name="parking replay")
        async with database.transaction() as session:
            spaces = (await load_catalogue(session)).spaces
        return created.key_id, key, {bay: spaces[bay].zone_id for bay in bays}
    finally:
        await database.close()


async def _revoke(key_id: str, settings: Settings) -> None:
    from api.auth.service import revoke_key  # noqa: PLC0415 - heavy, and not for --help
    from parking.db.engine import open_engine  # noqa: PLC0415 - as above
    from parking.db.unit_of_work import Database  # noqa: PLC0415 - as above
    from parking.domain.clock import utc_now  # noqa: PLC0415 - as above

    database = Database(open_engine(settings.required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            await revoke_key(session, utc_now, key_id)
    finally:
        await database.close()


async def _play(moments: "Sequence[Snapshot]", zones: dict[str, str], api_url: str, key: str) -> bool:
    import httpx  # noqa: PLC0415 - heavy, and not for --help

    from devices.simulation.recording import (  # noqa: PLC0415 - as above
        Bay,
        newest_by_zone,
        send_bays,
        until_known,
        until_live,
        zone_states,
    )
    from devices.transport.http import HttpPoster  # noqa: PLC0415 - as above
    from parking.domain.clock import to_micros, utc_now  # noqa: PLC0415 - as above

    same = True
    async with (
        HttpPoster(api_url, key=key) as poster,
        httpx.AsyncClient(base_url=api_url, trust_env=False) as client,
    ):
        await until_known(client, Counter(zones.values()))
        for moment in moments:
            bays = [Bay(space_id=bay, zone_id=zones[bay], status=status) for bay, status in moment.statuses]
            at_us = to_micros(utc_now())
            with click.progressbar(length=len(bays), label=moment.name) as bar:
                await send_bays(poster, bays, at_us=at_us, progress=bar.update)
            await until_live(client, newest_by_zone(bays, at_us))
            states = await zone_states(client)
            shown = [states[zone] for zone in set(zones.values())]
            same &= _compare(moment, sum(z.occupied for z in shown), sum(z.vacant for z in shown))
    return same


def _compare(moment: "Snapshot", occupied: int, free: int) -> bool:
    expected = moment.count("occupied"), moment.count("free")
    print(f"{moment.name}: occupied {expected[0]} in the file, {occupied} shown; free {expected[1]}, {free} shown")
    return expected == (occupied, free)
