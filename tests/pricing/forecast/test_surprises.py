"""What a day does to all facilities at once is told from chance, and from a day that is like no other."""

import numpy as np
import pytest

from pricing.forecast.history import DAY, Floats
from pricing.forecast.surprises import LARGEST, common_surprise


def errors(own: list[float]) -> Floats:
    """Two days: the first without a surprise, on the second each facility is off by as much at every slot that is counted."""
    days = np.repeat(np.array(own)[:, None], 2 * DAY, axis=1)
    days[:, :DAY] = 0.0
    days[:, DAY : DAY + 16] = np.nan
    return days


@pytest.mark.parametrize(
    ("own", "lowest", "highest"),
    [
        ([0.04, 0.05, 0.06, 0.05, 0.05, 0.05], 0.045, 0.05),
        ([-0.04, -0.05, -0.06, -0.05, -0.05, -0.05], -0.05, -0.045),
        ([0.09, -0.08, 0.06, -0.05, 0.07, -0.06], 0.0, 0.0),
        ([0.05, 0.05, 0.05, 0.05], 0.0, 0.0),
        ([0.3, 0.31, 0.3, 0.29, 0.3, 0.3], 0.0, 0.0),
        ([0.0] * 6, 0.0, 0.0),
        ([np.nan] * 6, 0.0, 0.0),
    ],
    ids=["all fuller", "all emptier", "by chance", "too few", "something special", "as expected", "not counted"],
)
def test_common_surprise_is_believed_as_far_as_it_is_clear(own: list[float], lowest: float, highest: float) -> None:
    found = common_surprise(errors(own), DAY)
    assert lowest <= found[-1] <= highest
    assert np.abs(found).max() <= LARGEST


def test_common_surprise_is_that_of_the_last_slots() -> None:
    found = common_surprise(errors([0.04, 0.05, 0.06, 0.05, 0.05]), 4)
    assert (found[: DAY + 16] == 0.0).all()
    assert (found[DAY + 16 :] > 0.045).all()


def test_facility_that_was_not_counted_is_no_facility_without_surprise() -> None:
    known = common_surprise(errors([0.04, 0.05, 0.06, 0.05, 0.05]), DAY)
    assert common_surprise(errors([0.04, 0.05, 0.06, 0.05, 0.05, np.nan]), DAY)[-1] == known[-1]
