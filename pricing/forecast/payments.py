"""From paid to occupied: who pays is not who stands there, so a zone that sees payments only needs a correction.

    occupied = a + b · paid + c · √paid + what was seen of the zone beyond that

learnt in absolute error from hours in which both were seen. Where somebody counted the zone on other days, its own deviation is
most of what there is to know; where nobody did, the correction takes the bias away and little else, and its interval says so.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np

from parking.domain.errors import InvalidInputError
from pricing.forecast import robust
from pricing.forecast.history import Bools, Floats
from pricing.forecast.intervals import TWENTIETHS

SurveyFormat = Literal["csv", "seattle"]
OWN_HOURS: Final = 6.0
"""Hours of its own after which half of a zone's deviation is believed."""
LEAST_ZONES: Final = 3
LEAST_DAYS: Final = 2
_LOW, _HIGH = 1, 17
"""Places of the tenth and ninetieth of a hundred in `TWENTIETHS`."""
_PRIOR: Final = np.array([0.0, 1.0, 0.0])
"""What nothing was learnt about is as it was paid."""


class SurveyUnusableError(InvalidInputError):
    """The file is no survey, or of too little to learn from and to test by."""

    code = "survey_unusable"


class Seen(NamedTuple):
    """One hour of one zone: shares of its spaces; more may be paid for than there are spaces."""

    zone_id: str
    at: datetime
    paid: float
    observed: float


class Estimate(NamedTuple):
    """Share occupied with the ends of the 80 % interval; `surveyed` says whether the zone itself was ever counted."""

    occupied: float
    low: float
    high: float
    surveyed: bool


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of hours that were not learnt from: estimate less observed."""

    mae: float
    bias: float
    coverage: float | None
    """Of the 80 % interval; None of what has none."""


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What was learnt, and the errors (observed less estimated) that it made where it had not learnt, as quantiles of `TWENTIETHS`."""

    coefficients: Floats
    own: Mapping[str, float]
    errors: Floats
    """Of zones that were counted on other days."""
    errors_unsurveyed: Floats | None = None
    """Of zones that were never counted; None where it was learnt for counted ones only."""

    def expected(self, zone_id: str, paid: Floats) -> Floats:
        found: Floats = np.clip(_columns(paid) @ self.coefficients + self.own.get(zone_id, 0.0), 0.0, 1.0)
        return found

    def of(self, zone_id: str, paid: float) -> Estimate:
        """Nothing is known of how full a zone is where neither it nor others like it were ever counted: from empty to full."""
        surveyed = zone_id in self.own
        occupied = float(self.expected(zone_id, np.array([paid]))[0])
        errors = self.errors if surveyed else self.errors_unsurveyed
        low, high = (-1.0, 1.0) if errors is None else (float(errors[_LOW]), float(errors[_HIGH]))
        return Estimate(occupied, max(occupied + low, 0.0), min(occupied + high, 1.0), surveyed)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Hours in which both were seen."""

    zones: np.typing.NDArray[np.str_]
    days: np.typing.NDArray[np.intp]
    paid: Floats
    observed: Floats
    dropped: int
    """Rows that could not be read."""


def learn(survey: Survey) -> tuple[Correction, dict[str, Figures]]:
    """The correction, and how it and plain payments did in hours that were held out.

    Raises `SurveyUnusableError` for too few zones or days.
    """
    zones = [(survey.zones == zone) for zone in np.unique(survey.zones)]
    if len(zones) < LEAST_ZONES:
        raise SurveyUnusableError(f"a survey needs {LEAST_ZONES} zones and {LEAST_DAYS} days")
    correction, figures = learn_counted(survey)
    unsurveyed = _held_out(survey, zones)
    figures["corrected_zone_unsurveyed"] = _figures(unsurveyed, survey.observed, zones)
    return replace(correction, errors_unsurveyed=_tails(survey.observed - unsurveyed)), figures


def learn_counted(survey: Survey) -> tuple[Correction, dict[str, Figures]]:
    """The same for zones that are counted themselves, of which one is enough: whole days are held out.

    Raises `SurveyUnusableError` for too few days.
    """
    days = [(survey.days == day) for day in np.unique(survey.days)]
    if len(days) < LEAST_DAYS:
        raise SurveyUnusableError(f"a survey needs {LEAST_DAYS} days")
    coefficients, own = _learnt(survey, np.ones(len(survey.paid), dtype=np.bool_))
    surveyed = _held_out(survey, days)
    figures = {
        "paid_as_it_is": _figures(survey.paid, survey.observed),
        "paid_at_most_all": _figures(np.clip(survey.paid, 0.0, 1.0), survey.observed),
        "corrected_zone_surveyed_on_other_days": _figures(surveyed, survey.observed, days),
    }
    return Correction(coefficients=coefficients, own=own, errors=_tails(survey.observed - surveyed)), figures


def read_survey(path: Path, layout: SurveyFormat) -> Survey:
    """Averaged into hours. Raises `SurveyUnusableError`; rows that cannot be read are counted."""
    sums: defaultdict[tuple[str, datetime], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    dropped = 0
    for row in _rows(path):
        try:
            seen = _seattle(row) if layout == "seattle" else _plain(row)
        except (KeyError, TypeError, ValueError):
            dropped += 1
            continue
        total = sums[seen.zone_id, seen.at.replace(minute=0, second=0, microsecond=0)]
        for place, value in enumerate((seen.paid, seen.observed, 1.0)):
            total[place] += value
    if not sums:
        raise SurveyUnusableError(f"{path}: no row has a zone, a time and both shares")
    return Survey(
        zones=np.array([zone for zone, _ in sums]),
        days=np.array([at.toordinal() for _, at in sums], dtype=np.intp),
        paid=np.array([paid / number for paid, _, number in sums.values()]),
        observed=np.clip([observed / number for _, observed, number in sums.values()], 0.0, 1.0),
        dropped=dropped,
    )


def read_payments(path: Path) -> Iterator[tuple[str, str, float | None]]:
    """Zone, time as written, and paid share; None where that is no share."""
    for row in _rows(path):
        try:
            yield row["zone_id"], row["timestamp"], _share(row["paid"])
        except KeyError as error:
            raise SurveyUnusableError(f"{path}: the columns are zone_id, timestamp, paid") from error
        except (TypeError, ValueError):
            yield row["zone_id"], row["timestamp"], None


def _columns(paid: Floats) -> Floats:
    share = np.clip(paid, 0.0, 1.0)
    return np.stack([np.ones_like(share), share, np.sqrt(share)], axis=1)


def _learnt(survey: Survey, known: Bools) -> tuple[Floats, dict[str, float]]:
    columns, observed = _columns(survey.paid[known]), survey.observed[known]
    found = robust.fit(columns, observed, np.ones(len(observed)), _PRIOR, 0.001)
    off, zones = observed - columns @ found, survey.zones[known]
    own = {
        str(zone): float(off[zones == zone].sum() / ((zones == zone).sum() + OWN_HOURS)) for zone in np.unique(zones)
    }
    return found, own


def _held_out(survey: Survey, folds: list[Bools]) -> Floats:
    """Each fold estimated by what is learnt from the others."""
    estimate = np.empty_like(survey.paid)
    for fold in folds:
        found, own = _learnt(survey, ~fold)
        own_of = np.array([own.get(str(zone), 0.0) for zone in survey.zones[fold]])
        estimate[fold] = np.clip(_columns(survey.paid[fold]) @ found + own_of, 0.0, 1.0)
    return estimate


def _figures(estimate: Floats, observed: Floats, folds: list[Bools] | None = None) -> Figures:
    """The interval of each fold is made of the errors of the others."""
    error = estimate - observed
    inside = [
        (tails[_LOW] <= -error[fold]) & (-error[fold] <= tails[_HIGH])
        for fold in folds or ()
        for tails in [_tails(-error[~fold])]
    ]
    coverage = float(np.concatenate(inside).mean()) if inside else None
    return Figures(mae=float(np.abs(error).mean()), bias=float(error.mean()), coverage=coverage)


def _tails(errors: Floats) -> Floats:
    found: Floats = np.quantile(errors, TWENTIETHS)
    return found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise SurveyUnusableError(f"{path}: {error}") from error


def _plain(row: Mapping[str, str]) -> Seen:
    at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=None)
    return Seen(row["zone_id"], at, _share(row["paid"]), _share(row["observed"]))


def _seattle(row: Mapping[str, str]) -> Seen:
    day = date.fromisoformat(row["date"].replace("/", "-"))
    hour, minute = divmod(int(float(row["hhmm"])), 100)
    at = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour, minutes=minute)
    return Seen(row["block"], at, _share(row["paid_occupancy"]), _share(row["true_occupancy"]))


def _share(text: str) -> float:
    share = float(text)
    if not 0.0 <= share < np.inf:
        raise ValueError(f"{text!r} is no share")
    return share
