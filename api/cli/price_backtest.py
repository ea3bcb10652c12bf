"""`parking price backtest` and `convert`: a candidate policy or tariff against recorded history, with no services running."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click
import msgspec

from api.cli.rates_simulate import from_file, tell
from parking.domain.errors import InvalidInputError
from pricing.history.public_files import Layout, convert, write
from pricing.optimizer.propose import Method
from pricing.rates.policy_file import read_policy
from pricing.reports.counted import counted

if TYPE_CHECKING:
    from pricing.demand.waves import Lot
    from pricing.evaluation.backtest import Backtest, Known, Stretch
    from pricing.history.periods import PricingHistory
    from pricing.optimizer.model import PricingPolicy, PricingZone

FILE: Final = click.Path(path_type=Path, dir_okay=False)
OUT_COLUMNS: Final = (
    "period_start", "zone_id", "day_type", "band", "price_then", "price_proposed", "rule_price", "price_done",
    "occupancy", "expected_occupancy", "expected_low", "expected_high", "binding", "reason",
)  # fmt: skip


class _Files(NamedTuple):
    history: Path
    zones: Path
    policy: Path
    estimate: Path | None
    experiment: Path | None


@click.command()
@click.option("--history", type=FILE, help="CSV, a row per cell and period.")
@click.option("--zones", type=FILE, help="CSV, a row per zone.")
@click.option("--policy", type=FILE, help="TOML: the candidate policy, limits and bands.")
@click.option("--method", type=click.Choice(["rule", "optimizer"]), default="rule", show_default=True)
@click.option("--out", type=FILE, help="CSV to write: every decision of every review.")
@click.option(
    "--experiment",
    type=FILE,
    help="CSV of the lotteries held in this history: each review estimates from those before it.",
)
@click.option("--estimate", type=FILE, help="JSON of `price estimate`, known at reviews after its last period.")
@click.option("--stays", type=FILE, help="Instead of --history: recorded stays as CSV.")
@click.option("--tariff", type=FILE, help="Of --stays: the candidate tariff.")
@click.option("--against", type=FILE, help="Of --stays: the tariff to compare with.")
@click.option("--elasticity", type=float, help="Of --stays: of parked time to its price; a stated prior unless given.")
@click.option("--report", "page_out", type=FILE, help="One HTML file for people, Chinese and English.")
@click.option("--currency", default="CNY", show_default=True, help="Whose minor units the prices of --history are.")
@click.option("--json", "to_json", is_flag=True, help="Write the numbers as JSON to standard output.")
def backtest(
    *,
    history: Path | None,
    zones: Path | None,
    policy: Path | None,
    method: Method,
    out: Path | None,
    experiment: Path | None,
    estimate: Path | None,
    stays: Path | None,
    tariff: Path | None,
    against: Path | None,
    elasticity: float | None,
    page_out: Path | None,
    currency: str,
    to_json: bool,
) -> None:
    """Hold a candidate against what was recorded.

    With --history, --zones and --policy: at every review of the past, what the policy would have decided from what was known then, beside what
    was done; and the policy's own course, worked out with the stated response and its interval, which is no measurement. Where the policy staggers, so does
    its course. What a review believes of the response is a prior, or an estimate of what was measured before it whose placebo and pre-trend tests passed.

    With --stays, --tariff and --against: every recorded stay charged under both tariffs, as `parking rates simulate` does.

    Example: parking price backtest --history h.csv --zones z.csv --policy p.toml --report backtest.html

    Example: parking price backtest --stays stays.csv --tariff draft.toml --against linzi.toml --report backtest.html
    """
    if (stays is None) == (history is None):
        raise InvalidInputError("give either --history or --stays", code="setting_missing")
    if stays is not None:
        _stays(stays, tariff, against, elasticity, page_out, to_json=to_json)
        return
    if history is None or zones is None or policy is None:
        raise InvalidInputError("--history needs --zones and --policy", code="setting_missing")
    _history(_Files(history, zones, policy, estimate, experiment), method, out, page_out, currency, to_json=to_json)


def _stays(
    stays: Path,
    tariff: Path | None,
    against: Path | None,
    elasticity: float | None,
    page_out: Path | None,
    *,
    to_json: bool,
) -> None:
    if tariff is None:
        raise InvalidInputError("--stays needs the candidate: --tariff FILE", code="setting_missing")
    table = read_policy(tariff)
    result = from_file(stays, table, None if against is None else read_policy(against), elasticity)
    tell(result, table, page_out, to_json=to_json)


def _history(
    files: _Files,
    method: Method,
    out: Path | None,
    page_out: Path | None,
    currency: str,
    *,
    to_json: bool,
) -> None:
    from pricing.demand.waves import read_waves  # noqa: PLC0415 - as above
    from pricing.evaluation.backtest import backtest as tested  # noqa: PLC0415 - heavy, and not for --help
    from pricing.evaluation.report.model import Report  # noqa: PLC0415 - as above
    from pricing.evaluation.report.past import past_page  # noqa: PLC0415 - as above
    from pricing.history.periods import read_history  # noqa: PLC0415 - as above
    from pricing.optimizer.files import cells_of, read_pricing_policy, read_zones  # noqa: PLC0415 - as above

    limits, recorded = read_pricing_policy(files.policy), read_history(files.history)
    places = read_zones(files.zones, cells_of(recorded))
    lots = read_waves(files.experiment) if files.experiment is not None else ()
    known = _known(files, limits, recorded, lots, places)
    length = 2 * len({row.start for row in recorded.rows})
    with click.progressbar(length=length, label="reviews", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        found = tested(limits, recorded, places, method, known=known, lots=lots, told=bar.update)
    for line in recorded.cleaning.sentences(files.history.name):
        click.echo(line, err=True)
    if out is not None:
        _write(out, found)
    latest = next((one for one in reversed(found.reviews) if one.proposed is not None), None)
    if page_out is not None:
        if latest is None or latest.proposed is None:
            raise InvalidInputError(f"no review can be shown: {found.reviews[-1].refusal}", code="policy_infeasible")
        told = Report(
            title=f"{files.history.name} · {files.policy.name}",
            currency=currency,
            policy=limits,
            zones=places,
            proposals=latest.proposed.proposals,
            comparison=latest.proposed.comparison,
            estimate=latest.estimate,
            cleaning=recorded.cleaning,
        )
        page_out.write_text(past_page(told, found), encoding="utf-8")
    if to_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_document(found)), indent=2))
    else:
        click.echo("\n".join(_lines(found)))


def _known(
    files: _Files,
    limits: "PricingPolicy",
    recorded: "PricingHistory",
    lots: "tuple[Lot, ...]",
    places: "dict[str, PricingZone]",
) -> "Known":
    """An estimate given is known once its last period is over; of lotteries given each review makes its own, from what was measured by then."""
    from pricing.demand.estimate import read_estimate  # noqa: PLC0415 - heavy, and not for --help
    from pricing.evaluation.backtest import learning  # noqa: PLC0415 - as above

    if files.estimate is not None:
        given = read_estimate(files.estimate)
        return lambda start: given if given.last <= start else None
    return learning(limits, recorded, lots, places) if lots else lambda _: None


def _write(out: Path, found: "Backtest") -> None:
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(OUT_COLUMNS)
        for review in found.reviews:
            for one in review.decisions:
                cell, proposal = one.proposal.cell, one.proposal
                shares = (proposal.expected_occupancy, proposal.expected_low, proposal.expected_high)
                writer.writerow([
                    review.start, cell.zone_id, cell.day_type, cell.band, cell.price, proposal.price_proposed,
                    proposal.rule_price, "" if one.done is None else one.done, f"{cell.occupancy:.4f}",
                    *(f"{share:.4f}" for share in shares), "+".join(proposal.binding), proposal.reason,
                ])  # fmt: skip


def _document(found: "Backtest") -> dict[str, object]:
    return {
        "method": found.method,
        "reviews": [
            {
                "period_start": one.start,
                "prices": len(one.decisions),
                "decisions_known": len(one.known),
                "same": one.same,
                "same_as_rule": one.rule_same,
                "other_way": one.against,
                "response": "prior" if one.estimate is None else one.estimate.source,
                "why": None if one.estimate is None else one.estimate.why,
                "refusal": one.refusal or None,
            }
            for one in found.reviews
        ],
        "worked_out_not_measured": [_stretch(one) for one in found.course],
        "foretold": found.foretold,
    }


def _stretch(one: "Stretch") -> dict[str, object]:
    return {
        "start": one.start,
        "price_done": one.price_done,
        "price_policy": one.price_policy,
        "in_band_done": one.in_band_done,
        "in_band_policy": one.in_band_policy,
        "revenue_done": one.revenue_done,
        "revenue_policy": one.revenue_policy,
        "zones_wait_after_it": 0 if one.decided is None else len(one.decided.waiting),
    }


def _lines(found: "Backtest") -> list[str]:
    lines = []
    for one in found.reviews:
        told = f"{counted(len(one.known), 'decision', 'decisions')} known, {one.same} the same, {one.rule_same} as the rule, {one.against} the other way"
        believed = "" if one.estimate is None else f"; {one.estimate.said_en} / {one.estimate.said_zh}"
        lines.append(f"{one.start}: {counted(len(one.decisions), 'price', 'prices')}, {one.refusal or told}{believed}")
    if len(found.course) > 1:
        last = found.course[-1]
        lines.append(
            f"{last.start}: {last.in_band_done:.1%} within the target as recorded; {last.in_band_policy.mean:.1%} "
            f"({last.in_band_policy.low:.1%} to {last.in_band_policy.high:.1%}) worked out for the policy with what is believed of the response, not measured"
        )
    if found.foretold is not None:
        lines.append(
            f"{counted(found.foretold.moves, 'move', 'moves')} made: the occupancy expected was off by {found.foretold.error:.1%}, "
            f"taking it to stay by {found.foretold.error_as_before:.1%}"
        )
    return lines


@click.command("convert")
@click.argument("file", type=FILE)
@click.option("--format", "layout", type=click.Choice(["sfpark", "seattle"]), required=True, help="Whose file it is.")
@click.option(
    "--positions", type=FILE, help="Of seattle: paystations.csv, for the map and the limit between neighbours."
)
@click.option("--history", type=FILE, required=True, help="CSV to write.")
@click.option("--zones", type=FILE, required=True, help="CSV to write.")
def convert_files(*, file: Path, layout: Layout, positions: Path | None, history: Path, zones: Path) -> None:
    """Turn a published FILE into history and zones for `propose` and `backtest`.

    sfpark: the table of a rate adjustment; it names no spaces and no hours, so 10 and 100 stand for all. seattle: the weekly panel, .gz or not, eight weeks
    to a review period.

    Example: parking price convert sfpark_adjustments_2011_07.csv --format sfpark --history h.csv --zones z.csv
    """
    converted = convert(file, layout, positions)
    with history.open("w", newline="", encoding="utf-8") as one, zones.open("w", newline="", encoding="utf-8") as other:
        write(converted, one, other)
    for line in converted.cleaning.sentences(file.name):
        click.echo(line, err=True)
    click.echo(
        f"{counted(len(converted.history), 'row', 'rows')} of {counted(len(converted.zones), 'zone', 'zones')}; written to {history} and {zones}"
    )
