"""Rates learnt per space from disagreement: expected counts under the filter, with the published figures as prior.

Each figure is (prior strength · prior + expected count) / (prior strength + trials); the strengths say after how many
trials the space's own record weighs as much as what is published.

How often single looks are wrong is not asked of the filter, which might explain them with its other errors, but of the
camera alone: two looks in a row differ with probability 2e(1 − e), beside what the truth changes between them.
"""

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from parking.occupancy.fusion import states
from parking.occupancy.fusion.rates import Rates
from parking.occupancy.fusion.states import Floats, Ints

LOOKS: Final = 300.0
STAYS: Final = 60.0
CHANGES: Final = 20.0
BANDS: Final = 5
"""Scores are judged in bands of how far they are from one half, all cameras together."""
_BAND_DOUBT: Final = 0.5 - (np.arange(BANDS) + 0.5) / (2 * BANDS)
UNSURE: Final = 1e-4
MOST_DIFFERING: Final = 0.48
"""A camera that guesses differs from itself every other time."""


@dataclass
class Record:
    """Expected counts by row, arrays (n,); `scored` and `scored_wrong` by band of score, arrays (5,)."""

    pairs: Floats
    """Looks that follow another one."""
    differing: Floats
    """Pairs that contradict each other."""
    pair_seconds: Floats
    looked_at: Floats
    """When the camera looked last; NaN before its first look."""
    looked: Floats
    """What it said then."""
    changes: Floats
    inverted: Floats
    bad: Floats
    seconds: Floats
    scored: Floats
    scored_wrong: Floats

    @classmethod
    def empty(cls) -> Self:
        return cls(*(np.zeros(BANDS if field.name.startswith("scored") else 0) for field in fields(cls)))

    def grown(self, rows: int) -> Self:
        """With so many rows, new ones empty."""
        return type(self)(
            **{
                name: old
                if name.startswith("scored")
                else np.pad(old, (0, rows - len(old)), constant_values=np.nan if name == "looked_at" else 0.0)
                for name, old in vars(self).items()
            }
        )

    def note_time(self, rows: Ints, beliefs: Floats, seconds: Floats) -> None:
        """`beliefs` at the end of so many seconds."""
        self.seconds[rows] += seconds
        self.inverted[rows] += beliefs[:, states.INVERTED == 1].sum(axis=1) * seconds
        self.bad[rows] += beliefs[:, states.BAD == 1].sum(axis=1) * seconds

    def note_change(self, rows: Ints) -> None:
        self.changes[rows] += 1.0

    def note_look(self, rows: Ints, beliefs: Floats, at: Floats, says: Ints, score: Floats) -> None:
        """`beliefs` after the look."""
        between = at - self.looked_at[rows]
        follows = between > 0.0
        self.pairs[rows] += follows
        self.differing[rows] += follows & (self.looked[rows] != says)
        self.pair_seconds[rows] += np.where(follows, between, 0.0)
        self.looked_at[rows] = np.fmax(at, self.looked_at[rows])
        self.looked[rows] = says
        given = ~np.isnan(score)
        wrong = (beliefs * (states.SEEN[None, :] != says[:, None])).sum(axis=1)
        bands = band_of(score[given])
        self.scored += np.bincount(bands, minlength=BANDS)
        self.scored_wrong += np.bincount(bands, weights=wrong[given], minlength=BANDS)

    def learnt(self, prior: Rates) -> Rates:
        """What the record makes of the prior."""
        truth = self.changes / np.maximum(1.0 - prior.unheard - prior.missed, 0.5)
        turnover = (CHANGES + truth) / (CHANGES / prior.turnover + self.seconds)
        believed = STAYS / prior.turnover
        expected = prior.missed + prior.flipped / prior.turnover
        amount = (believed * expected + self.inverted) / (believed + self.seconds) / expected
        return Rates(
            turnover=turnover,
            missed=np.minimum(prior.missed * amount, 0.4),
            flipped=prior.flipped * amount,
            unheard=prior.unheard,
            misread=self._misread(prior, turnover),
            bad=(believed * prior.bad + self.bad) / (believed + self.seconds),
        )

    def _misread(self, prior: Rates, turnover: Floats) -> Floats:
        expected = 2.0 * prior.misread * (1.0 - prior.misread)
        unexplained = self.differing - turnover * self.pair_seconds
        differing = np.clip((LOOKS * expected + unexplained) / (LOOKS + self.pairs), 2 * UNSURE, MOST_DIFFERING)
        wrong: Floats = (1.0 - np.sqrt(1.0 - 2.0 * differing)) / 2.0
        return wrong

    def misreading(self, score: Floats, misread: Floats) -> Floats:
        """How probably a look is wrong: `misread` of its space (n,), stretched by what scores like its own turned out to be.

        A score says how sure a network is of itself. What that is worth is learnt, beginning with its face value.
        """
        wrong = (LOOKS * _BAND_DOUBT + self.scored_wrong) / (LOOKS + self.scored)
        trials = LOOKS * BANDS + self.scored.sum()
        usual = float((LOOKS * _BAND_DOUBT.mean() * BANDS + self.scored_wrong.sum()) / trials)
        given = ~np.isnan(score)
        bands = band_of(np.where(given, score, 1.0))
        odds = wrong[bands] / (1.0 - wrong[bands]) * (1.0 - usual) / usual
        stretched = misread / (1.0 - misread) * np.where(given, odds, 1.0)
        return np.clip(stretched / (1.0 + stretched), UNSURE, 0.5)


def band_of(score: Floats) -> Ints:
    """0 for scores near one half, 4 for those near 0 or 1."""
    return np.minimum((np.abs(score - 0.5) * 2 * BANDS).astype(np.intp), BANDS - 1)
