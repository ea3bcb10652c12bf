"""What the filter has learnt of the errors at a space, as people read it: each figure beside the published one from which it began."""

from typing import NamedTuple

from parking.occupancy.fusion.kept import Fused
from parking.occupancy.fusion.rates import DAY_S, PUBLISHED, Rates
from parking.occupancy.fusion.states import Floats


class LearntRate(NamedTuple):
    """One figure: a probability, or how often in a day."""

    learnt: float
    published: float


class LearntErrors(NamedTuple):
    """Of the devices of one space."""

    missed: LearntRate
    """Changes that the magnetometer does not notice."""
    flips_a_day: LearntRate
    """Changes that it takes up without a cause."""
    misread: LearntRate
    """Looks of the camera that are wrong."""
    bad: LearntRate
    """Stays, and times between two, that the camera sees wrongly as a whole."""


def learnt_errors(fused: Fused) -> LearntErrors | None:
    """None while nothing was learnt yet."""
    if not fused.figures:
        return None
    rates = Rates.read([fused.figures])

    def figure(name: str, times: float = 1.0) -> LearntRate:
        column: Floats = getattr(rates, name)
        return LearntRate(float(column[0]) * times, PUBLISHED[name] * times)

    return LearntErrors(figure("missed"), figure("flipped", DAY_S), figure("misread"), figure("bad"))
