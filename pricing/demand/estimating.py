"""From a history and a record of lotteries to an estimate that is believed, or not.

It is believed only where a lottery decided who moved, enough zones took part, and both tests pass (`checks`); else the prior stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.demand.checks import Check, placebo, pre_trend
from pricing.demand.estimate import Believed, Estimate, OfGroup, Shown
from pricing.demand.experiment import Experiment, Group, recorded
from pricing.demand.fit import DRAWS, Fit, fit
from pricing.demand.load import Floats
from pricing.demand.panel import Panel, panel_of
from pricing.demand.pooling import after, before
from pricing.demand.prior import Z80, Z90, Response, Source
from pricing.demand.waves import Lot
from pricing.demand.words import SAID, Why
from pricing.history.periods import PricingHistory

LEAST_ZONES: Final = 10
"""Zones that must have moved, and as many that must have waited, before errors by zone mean anything."""


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """Fit of one response for the city and of one a group, and the tests of the first."""

    pooled: Fit
    by_group: Fit
    fitted: tuple[int, ...]
    """Groups of the panel with enough zones, in the order of the fit's parameters."""
    placebo: Check
    pre_trend: Check


def estimated(
    history: PricingHistory,
    lots: Sequence[Lot],
    area_class: Mapping[str, str],
    near: Sequence[tuple[str, str]] = (),
    *,
    seed: int = 0,
) -> Estimate:
    """Of files. `near` are pairs of zones closer than the policy's distance; `seed` is that of the re-drawn lotteries. The same input gives the same."""
    return learnt(recorded(history, lots, area_class), area_class, near, seed=seed)


def learnt(
    experiment: Experiment, area_class: Mapping[str, str], near: Sequence[tuple[str, str]] = (), *, seed: int = 0
) -> Estimate:
    """Of what was measured around lotteries, wherever it was kept. The same input gives the same."""
    panel = panel_of(experiment.changes, area_class, near)
    trial = _trial(panel, np.random.default_rng([seed, 53])) if _is_large(panel, _all(panel)) else None
    why = _why(experiment.waves, panel, trial)
    own, neighbours = _believed(panel, experiment.groups, trial if why == "experiment" else None)
    return Estimate(
        first=experiment.first,
        last=experiment.last,
        waves=experiment.waves,
        source="experiment" if why == "experiment" else "prior",
        why=why,
        said_en=SAID[why].en,
        said_zh=SAID[why].zh,
        groups=own,
        neighbours=neighbours,
        shown=_shown(panel, trial),
        placebo=trial.placebo if trial else None,
        pre_trend=trial.pre_trend if trial else None,
    )


def _trial(panel: Panel, random: np.random.Generator) -> _Trial | None:
    """None where the prices did not follow the lotteries."""
    surprises = panel.units.redrawn(random, DRAWS)
    pooled = fit(panel, _all(panel), surprises)
    fitted = [number for number in range(len(panel.groups)) if _is_large(panel, _one(panel, number))]
    if pooled is None:
        return None
    columns = np.column_stack([_one(panel, number) for number in fitted]) if fitted else _all(panel)
    by_group = fit(panel, columns, surprises) if fitted else None
    return _Trial(
        pooled=pooled,
        by_group=by_group or pooled,
        fitted=tuple(fitted) if by_group else (),
        placebo=placebo(panel, pooled, surprises),
        pre_trend=pre_trend(panel, surprises),
    )


def _all(panel: Panel) -> Floats:
    return np.ones((len(panel.change), 1))


def _one(panel: Panel, group: int) -> Floats:
    found: Floats = (panel.group == group).astype(np.float64)[:, None]
    return found


def _is_large(panel: Panel, column: Floats) -> bool:
    """Whether enough zones moved and enough waited among the rows of a column."""
    effect = panel.instrument * panel.surprise
    live = (column[:, 0] > 0.0) & (effect != 0.0) & (panel.weight > 0.0)
    return all(
        len(np.unique(panel.zone[live & side])) >= LEAST_ZONES for side in (panel.surprise > 0.0, panel.surprise < 0.0)
    )


def _why(waves: int, panel: Panel, trial: _Trial | None) -> Why:
    if not waves:
        return "not_randomised"
    if not (panel.surprise != 0.0).any():
        return "not_measured"
    if trial is None:
        return "not_followed" if _is_large(panel, _all(panel)) else "too_few"
    if not trial.pre_trend.passes:
        return "pre_trend_missing" if trial.pre_trend.found is None else "pre_trend"
    return "experiment" if trial.placebo.passes else "placebo"


def _believed(panel: Panel, groups: Sequence[Group], trial: _Trial | None) -> tuple[tuple[OfGroup, ...], Believed]:
    belief = before(len(groups))
    if trial is not None:
        belief = after(belief, trial.by_group, _which(panel, groups, trial))
    sds = belief.sd
    source: Source = "prior" if trial is None else "experiment"
    own = []
    for number, group in enumerate(groups):
        changes, zones = _counted(panel, group) if trial is not None else (0, 0)
        response = Response(mean=float(belief.mean[number]), sd=float(sds[number]), source=source)
        own.append(OfGroup(area_class=group[0], band=group[1], own=_told(response, changes, zones)))
    is_near = trial is not None and panel.near is not None
    last = Response(mean=float(belief.mean[-1]), sd=float(sds[-1]), source="experiment" if is_near else "prior")
    return tuple(own), _told(last, *(_counted(panel, None) if is_near else (0, 0)))


def _which(panel: Panel, groups: Sequence[Group], trial: _Trial) -> Floats:
    """Where no group is large enough by itself, the city's one response is that of its average group."""
    place = {group: number for number, group in enumerate(groups)}
    rows = len(trial.by_group.mean)
    found = np.zeros((rows, len(groups) + 1))
    for row, number in enumerate(trial.fitted):
        found[row, place[panel.groups[number]]] = 1.0
    if not trial.fitted:
        strength = panel.weight * panel.instrument * panel.moved
        for number, group in enumerate(panel.groups):
            found[0, place[group]] = max(float(strength[panel.group == number].sum()), 0.0)
        found[0] /= found[0].sum()
    if panel.near is not None:
        found[-1, -1] = 1.0
    return found


def _counted(panel: Panel, group: Group | None) -> tuple[int, int]:
    """Measured moves in lotteries, and their zones."""
    live = (panel.instrument != 0.0) & (panel.weight > 0.0)
    if group is not None:
        live &= np.array([panel.groups[number] == group for number in panel.group], dtype=np.bool_)
    return int(live.sum()), len(np.unique(panel.zone[live]))


def _told(response: Response, changes: int, zones: int) -> Believed:
    return Believed(
        mean=response.mean,
        sd=response.sd,
        within_80=response.within(Z80),
        within_90=response.within(Z90),
        source=response.source,
        changes=changes,
        zones=zones,
    )


def _shown(panel: Panel, trial: _Trial | None) -> Shown | None:
    if trial is None:
        return None
    mean, error = trial.pooled.mean, np.sqrt(np.diag(trial.pooled.covariance))
    if panel.near is None:
        return Shown(own=float(mean[0]), own_error=float(error[0]))
    return Shown(
        own=float(mean[0]),
        own_error=float(error[0]),
        neighbours=float(mean[1]),
        neighbours_error=float(error[1]),
    )
