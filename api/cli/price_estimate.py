"""`parking price estimate`: what recorded lotteries say of the response to price, or why the prior stands."""

from pathlib import Path

import click

from pricing.demand.estimate import Estimate, write_estimate
from pricing.demand.waves import read_waves
from pricing.history.periods import read_history
from pricing.optimizer.believed import estimate_for
from pricing.optimizer.files import cells_of, read_pricing_policy, read_zones
from pricing.reports.counted import counted


@click.command()
@click.option("--history", type=click.Path(path_type=Path), required=True, help="CSV, a row per cell and period.")
@click.option("--zones", type=click.Path(path_type=Path), required=True, help="CSV, a row per zone.")
@click.option("--policy", type=click.Path(path_type=Path), required=True, help="TOML; neighbour_m says who is near.")
@click.option("--experiment", type=click.Path(path_type=Path), help="CSV of lotteries, as `price propose` keeps it.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSON to write.")
def estimate(*, history: Path, zones: Path, policy: Path, experiment: Path | None, out: Path) -> None:
    """Estimate the response of demand to its own and its neighbours' prices, by area class and band.

    Only changes whose time a lottery decided count (`stagger` in the policy of `price propose`). Without them, or where the placebo or
    the pre-trend test fails, the prior stands and the file says why.

    Example: parking price estimate --history h.csv --zones z.csv --policy p.toml --experiment lots.csv --out estimate.json
    """
    limits = read_pricing_policy(policy)
    recorded = read_history(history)
    places = read_zones(zones, cells_of(recorded))
    found = estimate_for(limits, recorded, read_waves(experiment) if experiment is not None else (), places)
    write_estimate(out, found)
    for line in recorded.cleaning.sentences(history.name):
        click.echo(line, err=True)
    for line in _sentences(found):
        click.echo(line)


def _sentences(found: Estimate) -> list[str]:
    """For a terminal: the verdict first, then what is believed of each group."""
    lines = [f"{found.said_en} / {found.said_zh}"]
    for one in found.groups:
        low, high = one.own.within_80
        lines.append(
            f"{one.area_class} {one.band}: {one.own.mean:.2f} ({low:.2f} to {high:.2f}), {one.own.source},"
            f" {counted(one.own.changes, 'change', 'changes')} in {counted(one.own.zones, 'zone', 'zones')}"
        )
    return lines
