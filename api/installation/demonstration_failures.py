"""The demonstration's day of failures: which device fails how and when, told before it happens.

What the health page names can be held against it, row by row.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from api.embedded.folder import write_private
from devices.simulation.day import day_of_failures
from devices.simulation.failures import COURSES, DAY, Failing
from devices.simulation.fleet import Device, fit
from devices.simulation.sites import sites_of
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import format_instant
from parking.places.repository import load_catalogue

KEPT: Final = "failures.json"
MICROS: Final = 1_000_000


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One failure of one device."""

    device: str
    space: str
    profile: str
    failure: str
    zh: str
    en: str
    begins: str
    ends: str
    told_as: tuple[str, ...]
    """The faults as which the health of the device must name it; empty for what is no fault."""


def day_begins(before: float | None, now: float) -> float:
    """When the day began: the one that is under way goes on through restarts, after it a new one begins."""
    return now if before is None or now - before > DAY else before


async def rows_of_day(database_url: str, *, seed: int, start: float) -> list[Row]:
    """The day as the simulation will play it, from the same inventory and seed."""
    database = Database(open_engine(database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            devices = fit(sites_of(await load_catalogue(session)), seed=seed)
    finally:
        await database.close()
    return rows_from(devices, day_of_failures(devices, start=start))


def rows_from(devices: Sequence[Device], script: Sequence[Failing]) -> list[Row]:
    known = {device.device_id: device for device in devices}
    return [_row(known[failing.device_id], failing) for failing in script]


def _row(device: Device, failing: Failing) -> Row:
    course = COURSES[failing.failure]
    return Row(
        device=device.device_id,
        space=device.space_id,
        profile=f"{device.make.vendor}/{device.make.model}",
        failure=failing.failure,
        zh=course.zh,
        en=course.en,
        begins=_instant(failing.begins),
        ends=_instant(failing.ends),
        told_as=tuple(course.told_as),
    )


def _instant(seconds: float) -> str:
    return format_instant(int(seconds) * MICROS)


def write_rows(folder: Path, rows: Sequence[Row]) -> None:
    """For whoever compares by machine."""
    write_private(folder / KEPT, msgspec.json.format(msgspec.json.encode(list(rows))).decode())


def told(rows: Sequence[Row], folder: Path) -> list[str]:
    """The day as lines for a terminal: one for each failure, and how many more devices have the same."""
    lines = ["", f"    故障日 Day of failures  {folder / KEPT}"]
    first: dict[str, Row] = {}
    more: dict[str, int] = {}
    for row in rows:
        if row.failure in first:
            more[row.failure] = more.get(row.failure, 0) + 1
        else:
            first[row.failure] = row
    for row in first.values():
        times = f"{row.begins[11:16]}-{row.ends[11:16]}Z"
        others = f" +{more[row.failure]}" if row.failure in more else ""
        names = ", ".join(row.told_as) or "-"
        lines.append(f"      {times}  {row.device:<17}{others:<5} {row.en}  {row.zh}  [{names}]")
    return lines
