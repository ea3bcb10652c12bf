"""How often what goes wrong: one row a space, starting from published figures and learnt from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from parking.occupancy.fusion.states import Floats, Ints

DAY_S: Final = 86_400.0
BANDS: Final = 5
"""Scores are judged in bands of how far they are from one half."""

PUBLISHED: Final[dict[str, float]] = {
    "arrivals": 15.0 / DAY_S,
    "departures": 10.0 / DAY_S,
    "missed": 0.02,
    "flipped": 0.15 / DAY_S,
    "unheard": 0.05,
    "misread": 0.04,
    "bad": 0.05,
}
"""Errors of devices.md 5.1 and 5.4 (98 % of 82 street magnetometers over a year; 3 % loss and 2 % late frames; a camera
with 4 % and 5 %); arrivals and departures are those of a busy kerb that is taken three fifths of the time, and the first to be learnt."""
BAND_DOUBT: Final[Floats] = 0.5 - (np.arange(BANDS) + 0.5) / (2 * BANDS)
"""How often a look of each band is wrong at the face value of its score."""
_LEARNT: Final = ("arrivals", "departures", "missed", "flipped", "misread", "bad")
_WRITTEN_BYTES: Final = 4 * (len(_LEARNT) + BANDS)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Arrays of shape (n,), a row a space. Rates are per second, the others probabilities."""

    arrivals: Floats
    """Rate at which a free space is taken."""
    departures: Floats
    """Rate at which an occupied one is left."""
    missed: Floats
    """Probability that the magnetometer holds on to the old state at a change."""
    flipped: Floats
    """Rate at which it takes up the contrary state without a change: a neighbour, a lorry, a tram."""
    unheard: Floats
    """Probability that a frame is lost or late."""
    misread: Floats
    """Probability that a single look of the camera is wrong."""
    bad: Floats
    """Probability that a stay, or the time between two, is seen wrongly as a whole: something stands in the way."""
    odds: Floats
    """(n, 5): the odds of being wrong of a look of each band of score, over those of a usual one."""

    @property
    def turnover(self) -> Floats:
        """Changes of either kind over all of the time."""
        return 2.0 * self.arrivals * self.departures / (self.arrivals + self.departures)

    @classmethod
    def published(cls, spaces: int) -> Self:
        """The starting figures for so many spaces."""
        figures = {name: np.full(spaces, value) for name, value in PUBLISHED.items()}
        return cls(**figures, odds=np.broadcast_to(odds_of(BAND_DOUBT, BAND_DOUBT.mean()), (spaces, BANDS)))

    @classmethod
    def read(cls, figures: Sequence[bytes]) -> Self:
        """From what `written` made of each space; the starting figures stand where that is empty or of another form."""
        start = cls.published(1).written()[0]
        known = (one if len(one) == _WRITTEN_BYTES else start for one in figures)
        table = np.frombuffer(b"".join(known), dtype=np.float32).astype(np.float64)
        table = table.reshape(len(figures), len(_LEARNT) + BANDS)
        learnt = dict(zip(_LEARNT, table.T, strict=False))
        unheard = np.full(len(figures), PUBLISHED["unheard"])
        return cls(**learnt, unheard=unheard, odds=table[:, len(_LEARNT) :])

    def written(self) -> list[bytes]:
        """By space what is learnt, in single precision."""
        columns = [getattr(self, name) for name in _LEARNT]
        return [row.tobytes() for row in np.column_stack([*columns, self.odds]).astype(np.float32)]

    def misreading(self, rows: Ints, score: Floats) -> Floats:
        """How probably a look of each of the rows is wrong: more often than usual where it is less sure of itself."""
        given = ~np.isnan(score)
        odds = np.where(given, self.odds[rows, band_of(np.where(given, score, 1.0))], 1.0)
        stretched = self.misread[rows] / (1.0 - self.misread[rows]) * odds
        return np.clip(stretched / (1.0 + stretched), UNSURE, 0.5)


UNSURE: Final = 1e-4
"""Nothing is wrong less often than this."""


def odds_of(wrong: Floats, usual: Floats) -> Floats:
    """The odds of `wrong` over those of what is usual."""
    odds: Floats = wrong / (1.0 - wrong) * (1.0 - usual) / usual
    return odds


def band_of(score: Floats) -> Ints:
    """0 for scores near one half, 4 for those near 0 or 1."""
    return np.minimum((np.abs(score - 0.5) * 2 * BANDS).astype(np.intp), BANDS - 1)
