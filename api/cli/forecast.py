"""`parking forecast`: forecasts of occupancy held against recorded history, with no services running."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec

from parking.calendar.official import OFFICIAL
from parking.domain.errors import InvalidInputError
from pricing.history.cleaning import Cleaning
from pricing.history.counts import read_counts

if TYPE_CHECKING:
    from pricing.forecast.evaluation import HorizonScore

LONGEST_MINUTES: Final = 4 * 7 * 24 * 60


@click.group(help="Forecast how full facilities will be.")
def command() -> None:
    """Hold the commands together; each one documents itself."""


@command.command()
@click.option("--history", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="CSV.")
@click.option(
    "--format",
    "layout",
    type=click.Choice(["csv", "birmingham"]),
    default="csv",
    show_default=True,
    help="Its columns.",
)
@click.option(
    "--timezone", metavar="ZONE", help="Whose days they are, such as Europe/London: clock changes are then told."
)
@click.option("--test-from", required=True, metavar="DATE", help="First day of the test window.")
@click.option("--test-to", required=True, metavar="DATE", help="First day after it.")
@click.option("--horizons", default="30,60,120,240,10080", show_default=True, metavar="MINUTES", help="By commas.")
@click.option("--country", metavar="CC", help="ISO 3166-1: its holidays and moved working days count as such.")
@click.option(
    "--events",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV date,event of announced events: such days resemble earlier days of the same event.",
)
def evaluate(
    *,
    history: Path,
    layout: str,
    timezone: str | None,
    test_from: str,
    test_to: str,
    horizons: str,
    country: str | None,
    events: Path | None,
) -> None:
    """Forecast every half hour of a window with what was known a horizon before it, and print the errors as JSON.

    Errors are mean absolute errors of occupied over capacity, averaged per facility, then over facilities; coverage is that of
    the 80 % interval. Beside the forecast stand two baselines on the same slots: the same time last week, and the present count
    moved by the weekday profile. A forecast that did not beat them before the window gives way to the better one (`used`).
    `chance_of_room` holds the chance that less than 95 % is taken against how often that came true.
    csv has the columns facility_id, timestamp, capacity, occupied; what was dropped or clipped is told by rule (`history`).

    Example: parking forecast evaluate --history counts.csv --test-from 2026-03-02 --test-to 2026-03-09 --horizons 30,60
    """
    from pricing.forecast.days import days_of  # noqa: PLC0415 - as below
    from pricing.forecast.evaluation import evaluate as score  # noqa: PLC0415 - numpy is heavy, and not for --help
    from pricing.forecast.history import History  # noqa: PLC0415 - as above

    start, end, minutes = _day(test_from), _day(test_to), _horizons(horizons)
    cleaning = Cleaning()
    clock = None if timezone is None else _clock(timezone)
    counts = History.of(read_counts(history, "birmingham" if layout == "birmingham" else "csv", cleaning, clock))
    cleaning.note("gap", times=counts.gaps)
    kind_of = None if country is None else OFFICIAL(country).kind_of
    announced = {} if events is None else _events(events)
    days = days_of(counts.first_day, counts.days, kind_of, announced)
    with click.progressbar(minutes, label="horizons", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        scores = [one for horizon in bar for one in score(counts, start, end, [horizon], days)]
    click.echo(msgspec.json.format(msgspec.json.encode(_document(cleaning, start, end, scores)), indent=2))


@command.command("correct-payments")
@click.option(
    "--survey",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="CSV zone_id,timestamp,paid,observed of hours in which both were seen; .gz is read.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["csv", "seattle"]),
    default="csv",
    show_default=True,
    help="Its columns.",
)
@click.option(
    "--payments",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV zone_id,timestamp,paid to be corrected.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="CSV of the estimates; with --payments.")
def correct_payments(*, survey: Path, layout: str, payments: Path | None, out: Path | None) -> None:
    """Learn how many spaces are occupied where so many are paid for, and print how well that does as JSON.

    Shares of the spaces, 0 to 1 (more may be paid for). The figures are of hours that were held out: whole zones, for zones
    that nobody ever counted, and whole days, for zones that were counted on others. Every estimate carries its 80 % interval.

    Example: parking forecast correct-payments --survey survey.csv --payments paid.csv --out occupied.csv
    """
    from pricing.forecast.payments import learn, read_payments, read_survey  # noqa: PLC0415 - as above

    if (payments is None) != (out is None):
        raise InvalidInputError("give --payments and --out together", code="out_missing")
    seen = read_survey(survey, "seattle" if layout == "seattle" else "csv")
    correction, figures = learn(seen)
    unreadable = 0
    if payments is not None and out is not None:
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["zone_id", "timestamp", "paid", "estimated", "low", "high", "surveyed"])
            for zone_id, at, paid in read_payments(payments):
                if paid is None:
                    unreadable += 1
                    continue
                found = correction.of(zone_id, paid)
                shares = (f"{share:.4f}" for share in (found.occupied, found.low, found.high))
                writer.writerow([zone_id, at, paid, *shares, str(found.surveyed).lower()])
    document = {
        "zones": len(correction.own),
        "hours": len(seen.paid),
        "rows_dropped": seen.dropped,
        "payments_dropped": unreadable,
        "held_out": {name: asdict(one) for name, one in figures.items()},
    }
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))


def _document(cleaning: Cleaning, start: date, end: date, scores: Sequence["HorizonScore"]) -> dict[str, object]:
    return {
        "history": cleaning.document(),
        "test_from": start,
        "test_to": end,
        "horizons": [
            {
                "horizon_minutes": score.horizon_minutes,
                "used": score.used,
                **asdict(score.forecast),
                "chance_of_room": asdict(score.chances),
                "baselines": {
                    "same_time_last_week": asdict(score.last_week),
                    "persistence_with_weekday_profile": asdict(score.persistence),
                },
                "facilities": score.facilities,
                "slots": score.slots,
            }
            for score in scores
        ],
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"{text[:32]!r} is no date such as 2026-03-02", code="date_invalid") from error


def _events(path: Path) -> dict[date, str]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return {date.fromisoformat(day): event.strip() for day, event in csv.reader(file) if day != "date"}
    except (OSError, ValueError, csv.Error) as error:
        raise InvalidInputError(f"{path}: a row is date,event: {error}", code="events_invalid") from error


def _clock(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInputError(
            f"{name[:32]!r} is no time zone such as Asia/Shanghai", code="timezone_invalid"
        ) from error


def _horizons(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) <= LONGEST_MINUTES for part in parts):
        raise InvalidInputError(
            f"{text[:64]!r} is no list of minutes up to {LONGEST_MINUTES}, such as 30,60", code="horizons_invalid"
        )
    return [int(part) for part in parts]
