"""The bench of recorded stays measures all of its stages on a small file."""

from api.bench.backtest import measure_backtest


def test_every_stage_is_measured_and_no_stay_is_lost() -> None:
    figures = measure_backtest(stays=10_000)
    assert [figure.name for figure in figures] == [
        "stays backtested from a file",
        "read",
        "charged under the present tariff",
        "charged under the candidate",
        "compared",
        "ten million stays at that rate",
    ]
    assert all(figure.value > 0 for figure in figures)
