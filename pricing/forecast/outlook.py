"""The forecast in the form in which it is served: a curve for the days to come, to which the present count gives way.

    occupied share at t = curve(t) + follow(h) · (share now − curve(now)),  h = t − now

The model and both baselines have this form, so that one question answers for each of them: same time last week follows
nothing, persistence follows all and its curve is the weekday profile, the model's curve is the forecast of a day ahead and
more, within a day with some of the long mean, and what it follows is fitted. Which is served is decided for each place by the last two weeks, within a day and beyond it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from pricing.forecast import baselines, robust
from pricing.forecast.days import FIRST_EVENT, Days, kind_mean
from pricing.forecast.evaluation import CHANCE
from pricing.forecast.features import PROFILE_HALF_LIFE
from pricing.forecast.history import DAY, SLOT_MINUTES, WEEK, Bools, Floats, Ints
from pricing.forecast.intervals import FULLNESSES, LEAST, PRIOR_ROWS, TWENTIETHS, fullness_of
from pricing.forecast.model import MEMORY_DAYS, days_forecast, evenly, point_forecast
from pricing.forecast.shifts import held, shifted

Method = Literal["model", "persistence", "last_week"]
WITHIN: Final = (30, 60, 120, 240, 480)
BEYOND: Final = (1440, 10080)
"""Minutes. A question is answered with the doubt of the next longer one."""
HORIZONS: Final = WITHIN + BEYOND
DAYS_AHEAD: Final = 8
"""Today and so many days less one."""
LEAST_DAYS: Final = 28
LEAST_SCORED: Final = 0.5
"""Share of the last two weeks, at the times of day at which a place is counted at all, in which it must have been."""
CALM: Final = 0.35
"""Share of the long mean in the model's curve within a day."""
FOLLOW_SAMPLE: Final = 50_000
"""Slots from which it is learnt how much of the present lasts: it is one number."""
_TRIAL: Final = 2 * WEEK


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Of one place. Curves begin at midnight of the first day; `errors` is (horizons, classes of fullness, levels) of what is added to a share."""

    within: Method
    beyond: Method
    curve_within: Floats
    curve_beyond: Floats
    follow: Floats
    errors: Floats
    scores: Mapping[str, Mapping[str, float]]
    """Mean absolute errors of the last two weeks: by minutes ahead, by method."""


@dataclass(frozen=True)
class _Form:
    name: Method
    curve: Floats
    follow: Floats
    """By horizon of `WITHIN`."""

    def expected(self, shares: Floats, minutes: int) -> Floats:
        slots = minutes // SLOT_MINUTES
        moved = shifted(held(shares) - self.curve, slots) * self.follow[WITHIN.index(minutes)]
        found: Floats = np.clip(self.curve + np.where(np.isfinite(moved), moved, 0.0), 0.0, 1.0)
        return found


def outlooks(shares: Floats, days: Days) -> list[Outlook | None]:
    """Of each place (row); `days` reach `DAYS_AHEAD` days further than the shares, whose last day is today as far as it is known.

    None for a place of which too little is known. The shares need `LEAST_DAYS` whole days before today.
    """
    today = shares.shape[1] // DAY - 1
    if today < LEAST_DAYS:
        return [None] * len(shares)
    past = shares[:, : today * DAY]
    start = past.shape[1] - _TRIAL
    forms = _forms(past, start, days.cut(0, today))
    ahead = np.concatenate([shares, np.full((len(shares), (DAYS_AHEAD - 1) * DAY), np.nan)], axis=1)
    curves = _curves(ahead, today, days.cut(0, today + DAYS_AHEAD))
    soon = curves | {"model": _calmed(ahead, curves["model"], days.earlier(1)[:, today : today + DAYS_AHEAD])}
    # No baseline knows of an event, so on its days the model speaks whatever was better on ordinary ones.
    of_event = np.repeat(days.kinds[today : today + DAYS_AHEAD] >= FIRST_EVENT, DAY)
    curves, soon = (
        {name: np.where(of_event, of_form["model"], curve) for name, curve in of_form.items()}
        for of_form in (curves, soon)
    )
    within = {minutes: {form.name: form.expected(past, minutes) for form in forms} for minutes in WITHIN}
    beyond = {minutes: _beyond(past, minutes, days.cut(0, today)) for minutes in BEYOND}
    chosen = _chosen(past, start, list(within.values())), _chosen(past, start, list(beyond.values()))
    tried = within | beyond
    errors = np.stack([_errors(past, start, tried[minutes], chosen[minutes in beyond]) for minutes in HORIZONS], axis=1)
    scores = {minutes: {name: _mae(past, one, start) for name, one in tried[minutes].items()} for minutes in HORIZONS}
    follows = {form.name: form.follow for form in forms}
    enough = _counted_lately(past, start)
    return [
        Outlook(
            within=chosen[0][row],
            beyond=chosen[1][row],
            curve_within=soon[chosen[0][row]][row],
            curve_beyond=curves[chosen[1][row]][row],
            follow=follows[chosen[0][row]],
            errors=errors[row],
            scores={
                str(minutes): {name: round(float(mae[row]), 5) for name, mae in by_name.items()}
                for minutes, by_name in scores.items()
            },
        )
        if enough[row] and all(np.isfinite(mae[row]) for by_name in scores.values() for mae in by_name.values())
        else None
        for row in range(len(shares))
    ]


def _counted_lately(past: Floats, start: int) -> Bools:
    """A place that charges by day and tells of nothing at night is not asked for its nights."""
    is_counted = np.isfinite(past).reshape(len(past), -1, DAY)
    times = is_counted.any(axis=1).sum(axis=1)
    lately = is_counted[:, start // DAY :].sum(axis=(1, 2))
    found: Bools = (times > 0) & (lately >= LEAST_SCORED * times * (_TRIAL // DAY))
    return found


def _forms(past: Floats, start: int, days: Days) -> list[_Form]:
    """Learnt before the slot `start` only."""
    curve = _calmed(past, point_forecast(past, DAY, start, days), days.earlier(1))
    follow = np.array([_followed(past, curve, minutes // SLOT_MINUTES, start) for minutes in WITHIN])
    return [
        _Form("model", curve, follow),
        _Form("persistence", baselines.weekday_profile(past, start), np.ones(len(WITHIN))),
        _Form("last_week", baselines.last_week(past, 1), np.zeros(len(WITHIN))),
    ]


def _calmed(series: Floats, curve: Floats, earlier: Ints) -> Floats:
    """What follows the present is moved by how the curve goes on, in which last week's chances are noise, and less by where it is."""
    usual = kind_mean(series, earlier, PROFILE_HALF_LIFE)
    found: Floats = np.where(np.isfinite(usual), curve + CALM * (usual - curve), curve)
    return found


def _followed(past: Floats, curve: Floats, horizon: int, start: int) -> float:
    off, then = past - curve, shifted(held(past) - curve, horizon)
    learnt = np.isfinite(off) & np.isfinite(then)
    learnt[:, start:] = False
    rows, slots = np.nonzero(learnt)
    if not len(rows):
        return 1.0
    chosen = evenly(len(rows), FOLLOW_SAMPLE)
    rows, slots = rows[chosen], slots[chosen]
    weights = 0.5 ** ((start - slots) / (MEMORY_DAYS * DAY))
    (found,) = robust.fit(then[rows, slots][:, None], off[rows, slots], weights, np.ones(1), 0.01)
    return float(np.clip(found, 0.0, 1.0))


def _beyond(past: Floats, minutes: int, days: Days) -> dict[Method, Floats]:
    """Of the days that are tried; NaN before."""
    slots, end = minutes // SLOT_MINUTES, past.shape[1] // DAY
    tried = days_forecast(past, slots // DAY, days, (end - _TRIAL // DAY, end))
    model = np.concatenate([np.full((len(past), past.shape[1] - _TRIAL), np.nan), tried], axis=1)
    return {"model": model, "last_week": baselines.last_week(past, slots)}


def _curves(ahead: Floats, today: int, days: Days) -> dict[Method, Floats]:
    """(places, days ahead in slots); each day is forecast with what is known of all days before today."""
    ends = range(1, DAYS_AHEAD + 1)
    cuts = [slice((today + day - 1) * DAY, (today + day) * DAY) for day in ends]
    model = [days_forecast(ahead, day, days, (today + day - 1, today + day)) for day in ends]
    week = [baselines.last_week(ahead, day * DAY)[:, cut] for day, cut in zip(ends, cuts, strict=True)]
    profile = baselines.weekday_profile(ahead, (today + 1) * DAY)[:, today * DAY :]
    return {
        "model": np.concatenate(model, axis=1),
        "last_week": np.concatenate(week, axis=1),
        "persistence": profile,
    }


def _chosen(past: Floats, start: int, tried: list[dict[Method, Floats]]) -> list[Method]:
    """For each place the model, unless a baseline was clearly better in each of the two weeks."""
    weeks = [
        {name: np.mean([_mae(past, one[name], first, WEEK) for one in tried], axis=0) for name in tried[0]}
        for first in (start, start + WEEK)
    ]
    found: list[Method] = []
    for row in range(len(past)):
        better = [
            name for name in tried[0] if all(one[name][row] < (1.0 - CHANCE) * one["model"][row] for one in weeks)
        ]
        found.append(min(better, key=lambda name: sum(one[name][row] for one in weeks)) if better else "model")
    return found


def _scored(past: Floats, expected: Floats, start: int, length: int) -> Bools:
    scored: Bools = np.isfinite(past) & np.isfinite(expected)
    scored[:, :start] = False
    scored[:, start + length :] = False
    return scored


def _mae(past: Floats, expected: Floats, start: int, length: int = _TRIAL) -> Floats:
    """Of each place; NaN where nothing was counted."""
    scored = _scored(past, expected, start, length)
    number = scored.sum(axis=1)
    total = np.where(scored, np.abs(past - expected), 0.0).sum(axis=1)
    found: Floats = np.divide(total, number, out=np.full(len(past), np.nan), where=number > 0)
    return found


def doubted(errors: Floats, more: Floats) -> Floats:
    """Quantiles (along the last axis) of the sum of two errors that have nothing to do with each other, from those of both.

    On each side of their medians both are taken to be spread like normal ones, whose sizes add by their squares.
    """
    middle = len(TWENTIETHS) // 2
    apart = np.hypot(errors - errors[..., middle, None], more - more[middle])
    found: Floats = errors[..., middle, None] + more[middle] + np.sign(TWENTIETHS - 0.5) * apart
    return found


def _errors(past: Floats, start: int, tried: Mapping[Method, Floats], chosen: list[Method]) -> Floats:
    """(places, classes of fullness, levels): quantiles of all errors over the usual size of them, times what is usual of the place so full."""
    expected = np.stack([tried[name][row] for row, name in enumerate(chosen)])
    scored = _scored(past, expected, start, _TRIAL)
    if not scored.any():
        return np.full((len(past), FULLNESSES, len(TWENTIETHS)), np.nan)
    size = np.where(scored, np.abs(past - expected), 0.0)
    of_place = (size.sum(axis=1) + PRIOR_ROWS * size[scored].mean()) / (scored.sum(axis=1) + PRIOR_ROWS)
    of_place = np.maximum(of_place, LEAST)
    fullness = fullness_of(expected)
    usual = np.empty((len(past), FULLNESSES))
    for one in range(FULLNESSES):
        here = scored & (fullness == one)
        beside = ((size / of_place[:, None])[here].sum() + PRIOR_ROWS) / (here.sum() + PRIOR_ROWS)
        own = np.where(here, size, 0.0).sum(axis=1)
        usual[:, one] = (own + PRIOR_ROWS * of_place * beside) / (here.sum(axis=1) + PRIOR_ROWS)
    usual = np.maximum(usual, LEAST)
    relative = (past - expected)[scored] / np.take_along_axis(usual, fullness, axis=1)[scored]
    found: Floats = usual[:, :, None] * np.quantile(relative, TWENTIETHS)
    return found
