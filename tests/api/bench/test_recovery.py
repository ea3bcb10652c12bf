"""The bench that asks whether an estimate finds what prices do knows what they do: nothing to drivers who do not care, and less load to those who do."""

import pytest

from api.bench.lotteries import recover


def test_what_is_there_is_measured_under_lotteries_that_were_not_held() -> None:
    numb, caring = (recover(3, care, zones=30, waves=1) for care in (0.0, 0.3))
    assert (numb.own.there, numb.neighbours.there) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert caring.own.there < -0.2 < 0.0 < caring.neighbours.there
    for found in (numb, caring):
        assert found.called_off == 0
        assert found.own.error < 0.3
        assert found.own.miss == pytest.approx((found.own.shown - found.own.there) / found.own.error)
        assert found.neighbours.error > found.own.error
