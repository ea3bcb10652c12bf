"""Forecasts against what came, beside the baselines on the same slots.

Each slot t of the test window is forecast with what was known at t − h; what is learnt is learnt before the window. A slot is
scored where it was counted and all three forecasts say something. Errors are averaged per facility, then over facilities.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from parking.domain.errors import InvalidInputError
from pricing.forecast import baselines
from pricing.forecast.chances import Chances, held_against
from pricing.forecast.days import Days, days_of
from pricing.forecast.history import DAY, WEEK, Bools, Floats, History
from pricing.forecast.intervals import TWENTIETHS, interval, quantiles
from pricing.forecast.model import point_forecast

REMEMBERED: Final = 40 * WEEK
"""What lies further back teaches nothing of now."""
CHANCE: Final = 0.02
"""A baseline that is better by less may only have been lucky."""


class EvaluationImpossibleError(InvalidInputError):
    """The window or a horizon does not fit the history."""

    code = "evaluation_impossible"


@dataclass(frozen=True, kw_only=True)
class Score:
    """Of one forecast; `coverage` is the share of slots inside its 80 % interval, `width` the mean width of that."""

    mae: float
    coverage: float
    width: float


@dataclass(frozen=True, kw_only=True)
class HorizonScore:
    """Of one horizon; all three forecasts on the same slots."""

    horizon_minutes: int
    used: str
    """`model`, or the baseline that it did not beat before the window."""
    forecast: Score
    last_week: Score
    persistence: Score
    chances: Chances
    """Of room on arrival, by the forecast."""
    facilities: int
    slots: int


@dataclass(frozen=True)
class Choice:
    """A forecast of every slot and what made it."""

    name: str
    expected: Floats


def evaluate(
    history: History, start: date, end: date, horizons: Sequence[int], days: Days | None = None
) -> list[HorizonScore]:
    """Half-open window of days, horizons in minutes; without `days` each is its weekday. Raises `EvaluationImpossibleError`."""
    days = days or days_of(history.first_day, history.days)
    first, last = history.slot_of(start), min(history.slot_of(end), history.shares.shape[1])
    if first < 2 * WEEK or last <= first:
        raise EvaluationImpossibleError(
            "the window lies in the history with two weeks before it; "
            f"that begins on {history.first_day} and has {history.days} days"
        )
    begin = max(0, first - REMEMBERED)
    shares = history.shares[:, begin:last]
    cut = days.cut(begin // DAY, last // DAY)
    return [_score(shares, first - begin, minutes, cut) for minutes in horizons]


def _score(shares: Floats, first: int, minutes: int, days: Days) -> HorizonScore:
    try:
        horizon = baselines.slots_of(minutes)
    except ValueError as error:
        raise EvaluationImpossibleError(str(error)) from error
    chosen = choose(shares, horizon, first, days)
    week, profile = baselines.last_week(shares, horizon), baselines.persistence(shares, horizon, first)
    scored = np.all([np.isfinite(one) for one in (shares, chosen.expected, week, profile)], axis=0)
    scored[:, :first] = False
    if not scored.any():
        raise EvaluationImpossibleError(f"no slot of the window can be scored at {minutes} minutes")
    return HorizonScore(
        horizon_minutes=minutes,
        used=chosen.name,
        forecast=_scored(shares, chosen.expected, scored, (horizon, first)),
        last_week=_scored(shares, week, scored, (horizon, first)),
        persistence=_scored(shares, profile, scored, (horizon, first)),
        chances=held_against(shares, quantiles(shares, chosen.expected, (horizon, first), TWENTIETHS), scored),
        facilities=int(scored.any(axis=1).sum()),
        slots=int(scored.sum()),
    )


def _scored(shares: Floats, expected: Floats, scored: Bools, known: tuple[int, int]) -> Score:
    """`known` is the horizon and the first slot of the window."""
    low, high = interval(shares, expected, *known)
    return Score(
        mae=mean_error(shares, expected, scored),
        coverage=float(((shares >= low) & (shares <= high))[scored].mean()),
        width=float((high - low)[scored].mean()),
    )


def choose(shares: Floats, horizon: int, before: int, days: Days) -> Choice:
    """The model, unless a baseline was clearly better in each of the two weeks before the slot `before`."""
    trial = before - 2 * WEEK
    if trial >= 2 * WEEK:
        candidates = _candidates(shares[:, :before], horizon, trial, days.cut(0, before // DAY))
        weeks = [_errors(shares[:, :before], candidates, trial + week * WEEK) for week in range(2)]
        better = [
            name
            for name in candidates
            if all(errors and errors[name] < (1.0 - CHANCE) * errors["model"] for errors in weeks)
        ]
        if better:
            best = min(better, key=lambda name: sum(errors[name] for errors in weeks))
            return Choice(best, _candidates(shares, horizon, before, days)[best])
    return Choice("model", point_forecast(shares, horizon, before, days))


def _errors(shares: Floats, candidates: Mapping[str, Floats], start: int) -> dict[str, float]:
    """Of each candidate in one week; empty where none can be compared."""
    scored = np.all([np.isfinite(one) for one in (shares, *candidates.values())], axis=0)
    scored[:, :start] = False
    scored[:, start + WEEK :] = False
    return {name: mean_error(shares, one, scored) for name, one in candidates.items()} if scored.any() else {}


def _candidates(shares: Floats, horizon: int, before: int, days: Days) -> dict[str, Floats]:
    return {
        "model": point_forecast(shares, horizon, before, days),
        "last_week": baselines.last_week(shares, horizon),
        "persistence": baselines.persistence(shares, horizon, before),
    }


def mean_error(shares: Floats, expected: Floats, scored: Bools) -> float:
    """Averaged per facility, then over facilities."""
    errors = np.where(scored, np.abs(shares - expected), 0.0).sum(axis=1)
    number = scored.sum(axis=1)
    return float((errors[number > 0] / number[number > 0]).mean())
