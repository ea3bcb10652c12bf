"""The bench that asks whether an estimate finds what prices do knows what they do: nothing to drivers who do not care, and less load to those who do."""

import pytest

from api.bench.recovery import recover


def test_what_is_there_is_measured_under_lotteries_that_were_not_held() -> None:
    numb, caring = (recover(3, care, zones=30, waves=1) for care in (0.0, 0.3))
    assert (numb.own, numb.neighbours) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert caring.own < -0.2 < 0.0 < caring.neighbours
    for found in (numb, caring):
        assert (found.estimate.waves, found.called_off) == (1, 0)
        assert found.estimate.shown is not None
        assert found.estimate.shown.own_error < 0.3
