"""`parking price`: the next tariffs from files with no services running, and what a price document allows."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.cli.price_backtest import backtest, convert_files
from api.cli.price_estimate import estimate as estimate_response
from api.settings import find_settings
from pricing.demand.estimate import read_estimate
from pricing.demand.waves import read_waves, write_waves
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.page import page
from pricing.history.periods import read_history
from pricing.optimizer.believed import responding
from pricing.optimizer.files import cells_of, read_pricing_policy, read_zones, write_proposals
from pricing.optimizer.propose import Method
from pricing.optimizer.stagger import Wave, stagger, waited_of
from pricing.rates.limit_file import read_limits
from pricing.reports.counted import counted

if TYPE_CHECKING:
    from pricing.rates.price_limits import PriceLimit


_HELP: Final = """Propose tariffs from recorded occupancy, within the limits of a policy.

\b
History, a row per cell (zone, day type, band) and review period; prices in minor units an hour, shares 0 to 1:
  zone_id,day_type,band,period_start,hours,spaces,price,occupancy,full_share
  A,workday,08:00-12:00,2026-03-02,80,40,300,0.92,0.55

\b
Zones, with positions where they are known:
  zone_id,kind,area_class,spaces,lat,lon
  A,kerb,I,40,36.8123,118.0456

\b
Policy, the least that it says (the others are in docs/pricing.md):
  target_low = 0.6
  target_high = 0.8
  floor = 100
  cap = 1500
  tick = 50
  step_up = 50
  step_down = 50

Example: parking price propose --history h.csv --zones z.csv --policy p.toml --out next.csv --method rule
"""


@click.group(help=_HELP)
def command() -> None:
    """Hold the commands of files together, and of what price documents allow."""


command.add_command(estimate_response)
command.add_command(backtest)
command.add_command(convert_files)


@command.command()
@click.option("--history", type=click.Path(path_type=Path), required=True, help="CSV, a row per cell and period.")
@click.option("--zones", type=click.Path(path_type=Path), required=True, help="CSV, a row per zone.")
@click.option("--policy", type=click.Path(path_type=Path), required=True, help="TOML: limits and bands.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV to write.")
@click.option("--method", type=click.Choice(["rule", "optimizer"]), default="rule", show_default=True)
@click.option(
    "--report", "page_out", type=click.Path(path_type=Path), help="One HTML file for people, to write as well."
)
@click.option("--currency", default="CNY", show_default=True, help="Whose minor units the prices are.")
@click.option(
    "--estimate", type=click.Path(path_type=Path), help="JSON of `price estimate`; without it the prior stands."
)
@click.option(
    "--experiment", type=click.Path(path_type=Path), help="CSV of lotteries, which grows, where the policy staggers."
)
def propose(
    *,
    history: Path,
    zones: Path,
    policy: Path,
    out: Path,
    method: Method,
    page_out: Path | None,
    currency: str,
    estimate: Path | None,
    experiment: Path | None,
) -> None:
    """Write one proposal per zone, day type and band; nothing is written when the limits contradict each other.

    The rule moves prices by bands of occupancy; the optimizer takes those of the least expected distance to the target band. With `stagger` in the
    policy a lottery has some zones wait one period, and --experiment keeps who waited, so that `price estimate` can tell what prices do.

    The report says in Chinese and English what changes, where, what it costs drivers, what is expected and what is not known.

    Example: parking price propose --history h.csv --zones z.csv --policy p.toml --out next.csv --report next.html
    """
    limits = read_pricing_policy(policy)
    if (limits.stagger == "none") != (experiment is None):
        raise click.UsageError("--experiment and stagger in the policy go together")
    recorded = read_history(history)
    cells = cells_of(recorded)
    places = read_zones(zones, cells)
    found = None if estimate is None else read_estimate(estimate)
    if found is not None:
        cells = responding(cells, places, found)
    earlier = read_waves(experiment) if experiment is not None and experiment.exists() else ()
    after = max(row.start for row in recorded.rows)
    wave = stagger(limits, cells, places, method, after=after, waited=waited_of(earlier, after))
    proposed = wave.proposed
    if experiment is not None:
        write_waves(experiment, [*(lot for lot in earlier if lot.after < after), *wave.lots])
    with out.open("w", newline="", encoding="utf-8") as file:
        write_proposals(file, proposed.proposals)
    if page_out is not None:
        told = Report(
            title=history.name,
            currency=currency,
            policy=limits,
            zones=places,
            proposals=proposed.proposals,
            comparison=proposed.comparison,
            period=after.isoformat(),
            estimate=found,
            cleaning=recorded.cleaning,
        )
        page_out.write_text(page(told), encoding="utf-8")
    for line in recorded.cleaning.sentences(history.name):
        click.echo(line, err=True)
    moved = sum(proposal.price_proposed != proposal.cell.price for proposal in proposed.proposals)
    near = f"; within {proposed.gap:.2%} of the best" if proposed.gap > 0.0 else ""
    counts = f"{counted(len(proposed.proposals), 'cell', 'cells')}, {counted(moved, 'price moves', 'prices move')}"
    click.echo(f"{counts}{_told(wave)}{near}; written to {out}")


def _told(wave: Wave) -> str:
    if wave.is_called_off:
        return ", no lottery held as the limits leave no zone time to wait"
    return f", {counted(len(wave.waiting), 'zone waits', 'zones wait')} one period" if wave.lots else ""


@command.command()
@click.option("--document", required=True, help="Id of the price document in the inventory.")
@click.option("--by", required=True, help="Who writes it down, for the record.")
@click.argument("file", type=click.Path(path_type=Path))
def limits(*, document: str, by: str, file: Path) -> None:
    """Write down what a price document allows: TOML, one [[limit]] for each price. Once; other limits are another document.

    A [[limit]] has area_class, kind, vehicle, mode (per_unit, per_use, steps, tiers or entry), unit_minutes or period, step,
    tick, and lowest and highest, or a price with down_percent and up_percent; idle = true is for standing idle on a charging space.

    Example: parking price limits --document PD-LINZI --by "Li Wei" limits.toml
    """
    allowed = read_limits(file)
    asyncio.run(_write_limits(document, allowed, by, find_settings().required_database_url))
    click.echo(f"{document}: {counted(len(allowed), 'limit stands', 'limits stand')}")


async def _write_limits(document: str, allowed: "tuple[PriceLimit, ...]", by: str, database_url: str) -> None:
    from parking.db.engine import open_engine  # noqa: PLC0415 - heavy, and `propose` needs none of it
    from parking.db.unit_of_work import Database  # noqa: PLC0415 - as above
    from parking.domain.clock import utc_now  # noqa: PLC0415 - as above
    from pricing.rates.limit_store import write_limits  # noqa: PLC0415 - as above

    database = Database(open_engine(database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            await write_limits(session, document, allowed, by=by, at=utc_now())
    finally:
        await database.close()
