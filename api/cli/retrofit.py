"""`parking retrofit`: how many spaces of each district are retrofitted, week by week, against the plan."""

import csv
import sys
from datetime import date
from pathlib import Path

import click

from api.cli.device_desk import ACTOR, DeviceDesk, at_desk
from parking.domain.clock import utc_now
from parking.retrofit import service
from parking.retrofit.model import DistrictRetrofit, PlannedWeek, PlanRowError, RetrofitWeek, read_plan

_HEADS = ("district", "week", "planned", "planned_in_all", "done", "done_in_all")


@click.group(
    help="The retrofit of the city's spaces against its plan.", epilog="Example: parking retrofit plan report --weeks"
)
def command() -> None:
    """Hold the commands together; each one documents itself."""


@command.group(
    help="Write the plan, and hold the progress against it.", epilog="Example: parking retrofit plan import plan.csv"
)
def plan() -> None:
    """Hold the commands together; each one documents itself."""


@plan.command(name="import", epilog="Example: parking retrofit plan import plan.csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Write the weeks of a CSV file with the columns district, week, spaces; a week is its Monday or an ISO week.

    Refused rows are printed one a line; the others are written. Weeks that the file does not name stay.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(read_plan(lines))
    weeks = [(index, row) for index, row in enumerate(rows) if isinstance(row, PlannedWeek)]

    async def work(desk: DeviceDesk) -> list[PlanRowError]:
        return await service.set_plan(desk.session, [week for _, week in weeks], by=ACTOR, at=utc_now())

    errors = at_desk(work)
    refused = [row for row in rows if isinstance(row, PlanRowError)]
    refused += [PlanRowError(weeks[error.index][0], error.code, error.detail) for error in errors]
    for error in sorted(refused, key=lambda error: error.index):
        click.echo(f"row {error.index + 1}: {error.detail} [{error.code}]", err=True)
    click.echo(f"{len(weeks) - len(errors)} written, {len(refused)} refused")
    if refused:
        raise SystemExit(1)


@plan.command(epilog="Example: parking retrofit plan report --district 370303")
@click.option("--district", help="Only this district.")
@click.option("--weeks", is_flag=True, help="Every week as CSV, rather than where the districts stand now.")
def report(district: str | None, *, weeks: bool) -> None:
    """Show where each district stands, or each of its weeks."""

    async def work(desk: DeviceDesk) -> tuple[list[DistrictRetrofit], list[RetrofitWeek]]:
        now = utc_now()
        return await service.standing(desk.session, now, district), await service.weeks(desk.session, now, district)

    standing, by_week = at_desk(work)
    if weeks:
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(_HEADS)
        rows.writerows(_row(one.district_id, one.week, one) for one in by_week)
        return
    for one in standing:
        share = "-" if one.share is None else f"{one.share:.1%}"
        click.echo(
            f"{one.district_id}\t{one.name}\t{one.retrofitted} of {one.spaces} ({share})\tdue {one.due} of {one.planned}"
        )


def _row(district_id: str, week: date, one: RetrofitWeek) -> list[object]:
    return [district_id, week, one.planned, one.planned_in_all, one.done, one.done_in_all]
