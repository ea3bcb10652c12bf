"""Half hours are found in the means of hours where the course is smooth, and nothing is made up beside gaps."""

import numpy as np
import pytest

from pricing.forecast.instants import instants


def test_smooth_course_is_found_in_its_means() -> None:
    half_hours = np.arange(96)
    share = 0.5 - 0.4 * np.cos(half_hours / 48 * 2 * np.pi)
    fine = 0.5 - 0.4 * np.cos(np.arange(48 * 60 * 2) / 2 / 60 / 24 * 2 * np.pi)
    means = fine.reshape(1, 48, 120).mean(axis=2)
    # Nobody knows what comes before the first hours and after the last ones.
    assert instants(means)[0, 4:-4] == pytest.approx(share[4:-4], abs=0.001)
    assert np.abs(np.repeat(means, 2, axis=1)[0] - share).max() > 0.05


def test_gaps_stay_gaps_and_shares_stay_shares() -> None:
    nan = float("nan")
    found = instants(np.array([[nan, 0.5, nan, 0.9, 0.1, nan, 1.0, 1.0, 0.2]]))[0]
    assert (
        np.isnan(found).tolist() == np.repeat([True, False, True, False, False, True, False, False, False], 2).tolist()
    )
    assert found[2:4].tolist() == [0.5, 0.5]
    assert found[6:10] == pytest.approx([1.0, 0.9, 0.5, 0.1], abs=1e-9)
    assert np.nanmin(found) >= 0.0
    assert np.nanmax(found) <= 1.0
