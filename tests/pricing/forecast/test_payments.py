"""What is paid for says how many spaces are occupied, with an honest interval, best where the zone itself was counted."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from api.cli.forecast import command
from pricing.forecast.payments import Survey, SurveyUnusableError, learn, read_survey


def survey(zones: int = 12, days: int = 6, *, noise: float = 0.05) -> Survey:
    """Zones in which more or fewer stand than have paid, each by a share of its own."""
    random = np.random.default_rng(3)
    names, dates = np.repeat([f"Z{number}" for number in range(zones)], days * 10), np.tile(np.arange(days), zones * 10)
    paid = random.uniform(0.1, 0.6, len(names))
    own = np.repeat(random.normal(0, 0.1, zones), days * 10)
    observed = np.clip(0.1 + paid + own + random.normal(0, noise, len(names)), 0, 1)
    return Survey(zones=names, days=dates, paid=paid, observed=observed, dropped=0)


def test_a_zone_that_was_counted_is_known_better_than_one_that_was_not() -> None:
    correction, figures = learn(survey())
    plain, unsurveyed = figures["paid_at_most_all"], figures["corrected_zone_unsurveyed"]
    surveyed = figures["corrected_zone_surveyed_on_other_days"]
    assert surveyed.mae < 0.06 < unsurveyed.mae < plain.mae
    assert abs(unsurveyed.bias) < 0.03
    for one in (unsurveyed, surveyed):
        assert one.coverage is not None
        assert 0.7 <= one.coverage <= 0.9
    known, unknown = correction.of("Z1", 0.5), correction.of("elsewhere", 0.5)
    assert (known.surveyed, unknown.surveyed) == (True, False)
    assert known.high - known.low < unknown.high - unknown.low
    assert correction.of("Z1", 1.9).high <= 1.0


def test_a_survey_of_one_zone_is_refused() -> None:
    with pytest.raises(SurveyUnusableError):
        learn(survey(zones=1))


def test_seattle_shows_what_payments_are_worth(shared: Path) -> None:
    """Figures as in docs/forecast.md: clipping helps, only counting the block itself helps much."""
    path = shared / "data/seattle_truth_vs_paid/occupancy_1min_12blocks.csv.gz"
    _, figures = learn(read_survey(path, "seattle"))
    raw = figures["paid_as_it_is"]
    assert [raw.mae, raw.bias] == pytest.approx([0.278, -0.08], abs=0.001)
    assert abs(figures["corrected_zone_unsurveyed"].bias) < 0.02
    surveyed = figures["corrected_zone_surveyed_on_other_days"]
    assert surveyed.mae < 0.15
    assert surveyed.coverage is not None
    assert 0.75 <= surveyed.coverage <= 0.85


def test_payments_of_a_file_are_corrected(tmp_path: Path) -> None:
    seen, paid, out = (tmp_path / name for name in ("seen.csv", "paid.csv", "out.csv"))
    rows = [
        f"Z{zone},2026-03-0{day}T{hour:02}:00:00,{0.05 * hour:.2f},{min(1, 0.05 * hour + 0.1 * zone):.2f}"
        for zone in range(3)
        for day in (2, 3)
        for hour in range(8, 18)
    ]
    seen.write_text("zone_id,timestamp,paid,observed\n" + "\n".join([*rows, "Z1,never,1,1"]) + "\n")
    paid.write_text("zone_id,timestamp,paid\nZ0,2026-03-04T10:00:00,0.5\nZ9,2026-03-04T10:00:00,0.5\nZ9,x,-1\n")
    options = ["correct-payments", "--survey", str(seen), "--payments", str(paid), "--out", str(out)]
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 0, result.output
    assert '"rows_dropped": 1' in result.stdout
    assert '"payments_dropped": 1' in result.stdout
    lines = [line.split(",") for line in out.read_text().splitlines()]
    assert [line[-1] for line in lines] == ["surveyed", "true", "false"]
    assert float(lines[1][3]) == pytest.approx(0.5, abs=0.08)
    assert CliRunner().invoke(command, options[:-2]).exit_code != 0
