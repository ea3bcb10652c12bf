"""What can happen to the eight states between two pieces of evidence, heard and unheard.

A change of the truth comes at rate λ. The magnetometer notices it with probability 1 − μ and then holds the truth; else it
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
    spaces = len(rates.turnover)
    silent = np.zeros((spaces, states.COUNT, states.COUNT))
    heard = np.zeros((2, spaces, states.COUNT, states.COUNT))
    for vehicle, inverted, bad in product((0, 1), repeat=3):
        here = states.number(vehicle, inverted, bad)
        holds, after = vehicle ^ inverted, 1 - vehicle
        for next_bad, share in ((0, 1.0 - rates.bad), (1, rates.bad)):
            noticed = states.number(after, 0, next_bad)
            rate = rates.turnover * (1.0 - rates.missed) * share
            if holds == after:
                silent[:, here, noticed] += rate
            else:
                silent[:, here, noticed] += rate * rates.unheard
                heard[after, :, here, noticed] += rate * (1.0 - rates.unheard)
            silent[:, here, states.number(after, after ^ holds, next_bad)] += rates.turnover * rates.missed * share
        flipped = states.number(vehicle, 1 - inverted, bad)
        silent[:, here, flipped] += rates.flipped * rates.unheard
        heard[1 - holds, :, here, flipped] += rates.flipped * (1.0 - rates.unheard)
        silent[:, here, here] -= rates.turnover + rates.flipped
    return silent, heard
