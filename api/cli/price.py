"""`parking price`: the next tariffs from files, with no services running."""

from pathlib import Path

import click

from parking.domain.errors import InvalidInputError
from pricing.optimizer.files import read_cells, read_pricing_policy, read_zones, write_proposals
from pricing.optimizer.propose import propose_by_rule


@click.group()
def command() -> None:
    """Propose tariffs from recorded occupancy, within the limits of a policy.

    Example: parking price propose --history h.csv --zones z.csv --policy p.toml --out next.csv --method rule
    """


@command.command()
@click.option("--history", type=click.Path(path_type=Path), required=True, help="CSV, a row per cell and period.")
@click.option("--zones", type=click.Path(path_type=Path), required=True, help="CSV, a row per zone.")
@click.option("--policy", type=click.Path(path_type=Path), required=True, help="TOML: limits and bands.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV to write.")
@click.option("--method", type=click.Choice(["rule", "optimizer"]), default="rule", show_default=True)
def propose(*, history: Path, zones: Path, policy: Path, out: Path, method: str) -> None:
    """Write one proposal per zone, day type and band; nothing is written when the limits contradict each other.

    Example: parking price propose --history h.csv --zones z.csv --policy p.toml --out next.csv
    """
    if method != "rule":
        raise InvalidInputError(
            "this version proposes by the rule only; use --method rule", code="method_not_available"
        )
    limits = read_pricing_policy(policy)
    cells = read_cells(history)
    proposals = propose_by_rule(limits, cells, read_zones(zones, cells))
    with out.open("w", newline="", encoding="utf-8") as file:
        write_proposals(file, proposals)
    moved = sum(proposal.price_proposed != proposal.cell.price for proposal in proposals)
    click.echo(f"{len(proposals)} cells, {moved} prices move; written to {out}")
