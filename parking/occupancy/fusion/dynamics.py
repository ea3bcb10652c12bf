"""What can happen to the eight states between two pieces of evidence, heard and unheard.

A change of the truth comes at rate λ, that of arrivals or of departures. The magnetometer notices it with probability 1 − μ and then holds the truth; else it
holds on to what it held. It flips by itself at rate φ. Whenever what it holds changes it sends a frame, and that is
heard with probability 1 − υ. So the *silent* generator has υ times the rates of what sends a frame, the full rates of
what sends none, and on its diagonal the full rate of leaving: a state that would have spoken loses weight while nothing is
heard. The *heard* kernels have the remaining 1 − υ. The camera's flag is drawn anew with each change of the truth.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final, Self

import numpy as np

from parking.occupancy.fusion import states
from parking.occupancy.fusion.rates import Rates
from parking.occupancy.fusion.states import Floats, Ints

TAIL: Final = 1e-9
"""Weight of the Poisson terms that are left out."""
LONGEST: Final = 20.0
"""Expected number of events after which an interval tells no more; longer ones count as this."""
_TERMS: Final = 90


@dataclass(frozen=True)
class Dynamics:
    """`steps` (n, 8, 8) is I + Q/q of the silent generator, `pace` (n,) its q; `heard` (2, n, 8, 8) by what the frame says."""

    steps: Floats
    pace: Floats
    heard: Floats

    @classmethod
    def of(cls, rates: Rates) -> Self:
        silent, heard = _kernels(rates)
        leaving = -np.diagonal(silent, axis1=1, axis2=2)
        pace = leaving.max(axis=1)
        steps = np.eye(states.COUNT) + silent / pace[:, None, None]
        return cls(steps, pace, heard)

    def take(self, rows: Ints) -> "Dynamics":
        return Dynamics(self.steps[rows], self.pace[rows], self.heard[:, rows])


def advance(beliefs: Floats, seconds: Floats, dynamics: Dynamics) -> Floats:
    """Beliefs (n, 8) after so many seconds in which nothing was heard; each row sums to 1.

    exp(Qt) by uniformization: a Poisson number of steps I + Q/q at pace q, all terms positive.
    """
    expected = np.minimum(np.maximum(seconds, 0.0) * dynamics.pace, LONGEST)
    term = np.exp(-expected)[:, None] * beliefs
    total = term.copy()
    longest = float(expected.max(initial=0.0))
    weight = np.exp(-longest)
    left = 1.0 - weight
    for count in range(1, _TERMS):
        if left <= TAIL:
            break
        term = np.einsum("ni,nij->nj", term, dynamics.steps) * (expected / count)[:, None]
        total += term
        weight *= longest / count
        left -= weight
    return normal(total)


def normal(weights: Floats) -> Floats:
    """Rows that sum to 1; no state ever becomes impossible, as what the rates call impossible does happen."""
    weights = np.maximum(weights, 0.0)
    total = weights.sum(axis=1, keepdims=True)
    shares: Floats = np.maximum(weights / np.where(total > 0.0, total, 1.0), 1e-12)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _kernels(rates: Rates) -> tuple[Floats, Floats]:
    """The silent generator (n, 8, 8) and the heard kernels (2, n, 8, 8): what can happen, times how often it does."""
    changing = np.where(states.VEHICLE == 1, rates.departures[:, None], rates.arrivals[:, None])
    seen = np.stack([1.0 - rates.bad, rates.bad])
    noticed, unnoticed = seen * (1.0 - rates.missed), seen * rates.missed
    told = np.moveaxis(np.tensordot(noticed, _TOLD, (0, 0)), 1, 0) * changing[:, :, None]
    told += rates.flipped[:, None, None] * _FLIPPED[:, None]
    untold = np.tensordot(np.concatenate([noticed, unnoticed]), _UNTOLD, (0, 0)) * changing[:, :, None]
    unheard = rates.unheard[:, None, None]
    silent = told.sum(axis=0) * unheard + untold
    silent -= (changing + rates.flipped[:, None])[:, :, None] * np.eye(states.COUNT)
    return silent, told * (1.0 - unheard)


def _happenings() -> tuple[Floats, Floats, Floats]:
    """Which state becomes which: (2, 2, 8, 8) by a change of the truth that is seen well or badly afterwards and by what
    the magnetometer then says, (2, 8, 8) by what it says after a flip; (4, 8, 8) what nothing is told of, a change that
    brings it back to the truth and one that it misses, each seen well or badly afterwards.
    """
    told = np.zeros((2, 2, states.COUNT, states.COUNT))
    flipped = np.zeros((2, states.COUNT, states.COUNT))
    untold = np.zeros((4, states.COUNT, states.COUNT))
    for vehicle, inverted, bad in product((0, 1), repeat=3):
        here = states.number(vehicle, inverted, bad)
        holds, after = vehicle ^ inverted, 1 - vehicle
        flipped[1 - holds, here, states.number(vehicle, 1 - inverted, bad)] = 1.0
        for next_bad in (0, 1):
            noticed = states.number(after, 0, next_bad)
            if holds == after:
                untold[next_bad, here, noticed] = 1.0
            else:
                told[next_bad, after, here, noticed] = 1.0
            untold[2 + next_bad, here, states.number(after, after ^ holds, next_bad)] = 1.0
    return told, flipped, untold


_TOLD, _FLIPPED, _UNTOLD = _happenings()
