"""`parking rates simulate`: a draft tariff over recorded stays, as a page, as JSON, or as a line on the terminal."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from api.settings import find_settings
from parking.domain.errors import InvalidInputError
from parking.domain.time_span import TimeSpan
from pricing.rates.policy_file import read_policy
from pricing.reports.counted import counted

if TYPE_CHECKING:
    from pricing.rates.model import RateTable
    from pricing.simulation.model import RecordedStays, SimulationResult


@click.command(
    epilog="Example: parking rates simulate draft.toml --against linzi.toml --stays stays.csv --out report.html"
)
@click.argument("draft", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--against", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The present tariff as a file."
)
@click.option("--stays", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Recorded stays as CSV.")
@click.option("--recorded", is_flag=True, help="The stays that this installation has recorded.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First local day of --recorded.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last local day of --recorded, included.")
@click.option("--zone", "zones", multiple=True, help="Of --recorded: only this zone; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The report, one HTML file.")
@click.option("--elasticity", type=float, help="Of parked time to its price, -5 to 0; a stated prior unless given.")
@click.option("--json", "to_json", is_flag=True, help="Write the numbers as JSON to standard output.")
def simulate(
    *,
    draft: Path,
    against: Path | None,
    stays: Path | None,
    recorded: bool,
    first: datetime | None,
    last: datetime | None,
    zones: tuple[str, ...],
    out: Path | None,
    elasticity: float | None,
    to_json: bool,
) -> None:
    """Say what a DRAFT would have charged for recorded stays: revenue, who pays more or less, and a stated response.

    With --stays the draft is compared with --against. With --recorded it is compared with what was in force when each stay
    began, or with --against. The columns of the CSV are in docs/tariffs.md.
    """
    if recorded == (stays is not None):
        raise InvalidInputError("give either --stays FILE or --recorded", code="setting_missing")
    table = read_policy(draft)
    other = None if against is None else read_policy(against)
    if stays is not None:
        result = from_file(stays, table, other, elasticity)
    else:
        span = _span(first, last, ZoneInfo(table.timezone))
        result = asyncio.run(_from_database(table, other, span, zones or None, elasticity))
    tell(result, table, out, to_json=to_json)


def tell(result: "SimulationResult", draft: "RateTable", out: Path | None, *, to_json: bool) -> None:
    """The page where one is wanted, and the numbers to standard output."""
    from pricing.simulation.report.as_json import as_json  # noqa: PLC0415 - heavy, and not for --help
    from pricing.simulation.report.page import page  # noqa: PLC0415 - as above

    if out is not None:
        out.write_text(page(result, timezone=draft.timezone), encoding="utf-8")
    click.echo(as_json(result) if to_json else _summary(result, out))


def from_file(
    stays: Path, draft: "RateTable", against: "RateTable | None", elasticity: float | None
) -> "SimulationResult":
    from pricing.simulation.service import simulate_tables  # noqa: PLC0415 - heavy, and not for --help

    if against is None:
        raise InvalidInputError("--stays needs the tariff to compare with: --against FILE", code="setting_missing")
    return simulate_tables(_read(stays), draft, against, elasticity)


def _read(stays: Path) -> "RecordedStays":
    from pricing.simulation.recorded_csv import read_recorded_csv  # noqa: PLC0415 - heavy, and not for --help

    with click.progressbar(length=max(stays.stat().st_size, 1), label="stays", file=sys.stderr) as bar:
        return read_recorded_csv(stays, bar.update)


def _span(first: datetime | None, last: datetime | None, zone: ZoneInfo) -> TimeSpan:
    if first is None or last is None or last < first:
        raise InvalidInputError("--recorded needs --from and --to, two days in order", code="setting_missing")
    return TimeSpan(first.replace(tzinfo=zone), (last + timedelta(days=1)).replace(tzinfo=zone))


async def _from_database(
    draft: "RateTable",
    against: "RateTable | None",
    span: TimeSpan,
    zones: tuple[str, ...] | None,
    elasticity: float | None,
) -> "SimulationResult":
    from parking.db.engine import open_engine  # noqa: PLC0415 - heavy, and not for --help
    from parking.db.unit_of_work import Database  # noqa: PLC0415 - as above
    from pricing.simulation.service import simulate_draft  # noqa: PLC0415 - as above

    database = Database(open_engine(find_settings().required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            return await simulate_draft(session, draft, zones, span, elasticity, against=against)
    finally:
        await database.close()


def _summary(result: "SimulationResult", out: Path | None) -> str:
    from pricing.simulation.report.words import money, percent  # noqa: PLC0415 - heavy, and not for --help

    total, currency = result.total, result.currency
    change = percent(total.revenue_after - total.revenue_before, total.revenue_before)
    revenues = f"{money(total.revenue_before, currency)} now, {money(total.revenue_after, currency)} under the draft"
    payers = f"{percent(total.pay_more, total.stays)} pay more, {percent(total.pay_less, total.stays)} pay less"
    free = (
        f"free {percent(total.free_before, total.stays)} now, {percent(total.free_after, total.stays)} under the draft"
    )
    lines = [f"{counted(total.stays, 'stay', 'stays')}: {revenues} ({change})", f"{payers}; {free}"]
    if result.revenue_after_response is not None:
        lines.append(
            f"{money(result.revenue_after_response, currency)} if parked time follows an assumed elasticity of "
            f"{result.assumptions.elasticity:g}"
        )
    lines += [
        f"{counted(each.stays, 'stay', 'stays')} refused by the {each.tariff} tariff: {each.code}"
        for each in result.unpriced
    ]
    return "\n".join(lines if out is None else [*lines, f"report: {out}"])
