"""Rates learnt per space from disagreement: expected counts under the filter, with the published figures as prior.

Each figure is (prior strength · prior + expected count) / (prior strength + trials); the strengths say after how many
trials the space's own record weighs as much as what is published.

How often single looks are wrong is not asked of the filter, which might explain them with its other errors, but of the
camera alone: two looks in a row differ with probability 2e(1 − e), beside what the truth changes between them.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from parking.occupancy.fusion import states
from parking.occupancy.fusion.rates import BAND_DOUBT, BANDS, DAY_S, UNSURE, Rates, band_of, odds_of
from parking.occupancy.fusion.states import Floats, Ints

LOOKS: Final = 300.0
SCORED: Final = 20.0
"""Looks of one band of score: what a network says of itself is worth little until it has shown what it is worth."""
STAYS: Final = 60.0
CHANGES: Final = 10.0
"""Of one kind: arrivals, or departures."""
MOST_DIFFERING: Final = 0.48
"""A camera that guesses differs from itself every other time."""
MEMORY_S: Final = 30 * DAY_S
"""After so long what was counted counts half, so that a device which grows worse is found out."""
_COUNTS: Final = (
    "pairs",
    "differing",
    "pair_seconds",
    "looked",
    "arrivals",
    "departures",
    "inverted",
    "bad",
    "occupied",
    "seconds",
)
_PLACES: Final = {name: place for place, name in enumerate(_COUNTS)}
_WIDTH: Final = len(_COUNTS) + 2 * BANDS
NO_RECORD: Final = bytes(4 * _WIDTH)
"""Also stands for a record of another form."""


class Record:
    """Expected counts, a row a space: the columns of `table` are named as in `_COUNTS`, then looks by band of score, then
    those of them that were wrong. `looked_at` is when the camera looked last, in microseconds, 0 before its first look.
    """

    def __init__(self, kept: Sequence[bytes], looked_at: Sequence[int]) -> None:
        known = (one if len(one) == len(NO_RECORD) else NO_RECORD for one in kept)
        self.table: Floats = (
            np.frombuffer(b"".join(known), dtype=np.float32).reshape(len(kept), _WIDTH).astype(np.float64)
        )
        self.looked_at: Floats = np.array(looked_at, dtype=np.float64)

    def written(self) -> list[bytes]:
        """By space, in single precision."""
        return [row.tobytes() for row in self.table.astype(np.float32)]

    def of(self, name: str) -> Floats:
        """`pairs`: looks that follow another one. `differing`: those that contradict it. `looked`: what the last one said."""
        return self.table[:, _PLACES[name]]

    @property
    def scored(self) -> Floats:
        """(n, 5)."""
        return self.table[:, len(_COUNTS) : len(_COUNTS) + BANDS]

    @property
    def scored_wrong(self) -> Floats:
        """(n, 5)."""
        return self.table[:, len(_COUNTS) + BANDS :]

    def note_time(self, rows: Ints, beliefs: Floats, seconds: Floats) -> None:
        """`beliefs` at the end of so many seconds."""
        self.of("seconds")[rows] += seconds
        self.of("inverted")[rows] += beliefs[:, states.INVERTED == 1].sum(axis=1) * seconds
        self.of("bad")[rows] += beliefs[:, states.BAD == 1].sum(axis=1) * seconds
        self.of("occupied")[rows] += beliefs[:, states.VEHICLE == 1].sum(axis=1) * seconds

    def note_change(self, rows: Ints, says: Ints) -> None:
        self.of("arrivals")[rows] += says
        self.of("departures")[rows] += 1 - says

    def note_look(self, rows: Ints, beliefs: Floats, at: Floats, says: Ints, score: Floats) -> None:
        """`beliefs` after the look, `at` in microseconds."""
        between = (at - self.looked_at[rows]) / 1e6
        follows = (between > 0.0) & (self.looked_at[rows] > 0.0)
        self.of("pairs")[rows] += follows
        self.of("differing")[rows] += follows & (self.of("looked")[rows] != says)
        self.of("pair_seconds")[rows] += np.where(follows, between, 0.0)
        self.looked_at[rows] = np.maximum(at, self.looked_at[rows])
        self.of("looked")[rows] = says
        given = np.nonzero(~np.isnan(score))[0]
        wrong = (beliefs * (states.SEEN[None, :] != says[:, None])).sum(axis=1)
        bands = band_of(score[given])
        self.scored[rows[given], bands] += 1.0
        self.scored_wrong[rows[given], bands] += wrong[given]

    def learnt(self, prior: Rates) -> Rates:
        """What the record makes of the prior."""
        seconds = self.of("seconds")
        told = np.maximum(1.0 - prior.unheard - prior.missed, 0.5)
        occupied = self.of("occupied")
        arrivals = (CHANGES + self.of("arrivals") / told) / (CHANGES / prior.arrivals + seconds - occupied)
        departures = (CHANGES + self.of("departures") / told) / (CHANGES / prior.departures + occupied)
        believed = STAYS / prior.turnover
        expected = prior.missed + prior.flipped / prior.turnover
        amount = (believed * expected + self.of("inverted")) / (believed + seconds) / expected
        return Rates(
            arrivals=arrivals,
            departures=departures,
            missed=np.minimum(prior.missed * amount, 0.4),
            flipped=prior.flipped * amount,
            unheard=prior.unheard,
            misread=self._misread(prior, 2.0 * arrivals * departures / (arrivals + departures)),
            bad=(believed * prior.bad + self.of("bad")) / (believed + seconds),
            odds=self._odds(),
        )

    def fade(self) -> None:
        """Let half of what is remembered too long be forgotten; what the last look said is no count."""
        old = self.of("seconds") > MEMORY_S
        said = self.of("looked").copy()
        self.table[old] *= 0.5
        self.of("looked")[:] = said

    def _misread(self, prior: Rates, turnover: Floats) -> Floats:
        expected = 2.0 * prior.misread * (1.0 - prior.misread)
        unexplained = self.of("differing") - turnover * self.of("pair_seconds")
        differing = np.clip((LOOKS * expected + unexplained) / (LOOKS + self.of("pairs")), 2 * UNSURE, MOST_DIFFERING)
        wrong: Floats = (1.0 - np.sqrt(1.0 - 2.0 * differing)) / 2.0
        return wrong

    def _odds(self) -> Floats:
        """A score says how sure a network is of itself. What that is worth is learnt, beginning with its face value."""
        wrong = (SCORED * BAND_DOUBT + self.scored_wrong) / (SCORED + self.scored)
        trials = SCORED * BANDS + self.scored.sum(axis=1)
        usual = (SCORED * BAND_DOUBT.sum() + self.scored_wrong.sum(axis=1)) / trials
        return odds_of(wrong, usual[:, None])
