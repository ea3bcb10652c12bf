"""What chance decided is learnt with honest errors, and nothing is claimed of anything else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pricing.demand.estimate import read_estimate, write_estimate
from pricing.demand.estimating import estimated, learnt
from pricing.demand.experiment import recorded
from pricing.demand.prior import NEIGHBOURS, PRIOR, Z90
from pricing.history.cleaning import Cleaning
from pricing.history.periods import Period, PricingHistory, read_history
from pricing.history.public_files import Layout, convert, write
from tests.pricing.demand.staggered_city import START, City, Record, live, uniform

SEEDS = 8
SEEDS_NEARBY = 16


@pytest.fixture(scope="module")
def record() -> Record:
    return live(City(own=uniform(-0.6), neighbours=0.15), 1)


def test_intervals_of_90_percent_hold_the_response_in_cities_drawn_from_what_is_believed() -> None:
    held, alarms, claims = [], 0, 0
    for seed in range(SEEDS):
        random = np.random.default_rng([seed, 99])
        middle = random.normal(PRIOR.mean, 0.17)
        own = {group: float(random.normal(middle, 0.1)) for group in uniform(0.0)}
        city = live(City(own=own, neighbours=0.1), seed)
        found = estimated(city.history, city.lots, city.area_class, city.near)
        held += [one.own.within_90[0] <= own[one.area_class, one.band] <= one.own.within_90[1] for one in found.groups]
        alarms += found.placebo is None or not found.placebo.passes
        numb = live(City(own=uniform(0.0)), seed)
        nothing = estimated(numb.history, numb.lots, numb.area_class)
        assert nothing.shown is not None
        claims += nothing.shown.own < -1.645 * nothing.shown.own_error
    assert 0.80 <= np.mean(held) <= 0.98
    assert alarms <= 1
    assert claims <= 2


def test_own_and_neighbour_response_are_found_beside_each_other(record: Record) -> None:
    found = estimated(record.history, record.lots, record.area_class, record.near)
    assert (found.why, found.source, found.waves) == ("experiment", "experiment", 6)
    assert found.shown is not None
    assert found.shown.neighbours is not None
    assert found.shown.neighbours_error is not None
    assert abs(found.shown.own + 0.6) < 3.0 * found.shown.own_error
    assert abs(found.shown.neighbours - 0.15) < 3.0 * found.shown.neighbours_error
    assert all(one.own.sd < PRIOR.sd and one.own.changes > one.own.zones >= 20 for one in found.groups)
    assert np.mean([one.own.mean for one in found.groups]) < -0.45
    assert (found.neighbours.source, found.neighbours.sd < NEIGHBOURS.sd) == ("experiment", True)


def test_intervals_of_the_neighbours_response_hold_it_where_whole_neighbourhoods_change_their_mood() -> None:
    """Errors by zone do not: zones that share neighbours share their instrument and their mood."""
    off = []
    for seed in range(SEEDS_NEARBY):
        city = live(City(own=uniform(-0.3), neighbours=0.1, nearby_mood=0.2), seed)
        found = estimated(city.history, city.lots, city.area_class, city.near)
        assert found.shown is not None
        assert found.shown.neighbours is not None
        assert found.shown.neighbours_error is not None
        off.append((found.shown.neighbours - 0.1) / found.shown.neighbours_error)
    assert 0.8 <= np.mean(np.abs(off) <= Z90) <= 0.98
    assert np.mean(np.square(off)) < 1.25


def test_the_period_before_the_last_narrows_both_intervals(record: Record) -> None:
    experiment = recorded(record.history, record.lots, record.area_class)
    unknown = replace(experiment, changes=tuple(replace(one, earlier=None) for one in experiment.changes))
    full, less = (learnt(one, record.area_class, record.near).shown for one in (experiment, unknown))
    assert full is not None
    assert less is not None
    assert full.own_error < 0.98 * less.own_error
    assert full.neighbours_error is not None
    assert less.neighbours_error is not None
    assert full.neighbours_error < less.neighbours_error


def test_the_same_record_gives_the_same_estimate_and_it_is_read_as_it_was_written(
    record: Record, tmp_path: Path
) -> None:
    found = estimated(record.history, record.lots, record.area_class)
    assert found == estimated(record.history, record.lots, record.area_class)
    write_estimate(tmp_path / "e.json", found)
    assert read_estimate(tmp_path / "e.json") == found
    assert found.of("I", "am") == found.groups[0].own.response
    assert found.of("none", "am") is None


def test_a_lottery_in_name_that_follows_occupancy_fails_the_pre_trend_test() -> None:
    for seed in range(3):
        unfair = live(City(own=uniform(-0.3)), seed, is_fair=False)
        found = estimated(unfair.history, unfair.lots, unfair.area_class)
        assert (found.why, found.source) == ("pre_trend", "prior")
        assert {one.own.response for one in found.groups} == {PRIOR}
        assert "the prior stands" in found.said_en
        assert "先验值" in found.said_zh


def test_the_prior_stands_and_says_why_where_there_is_nothing_to_learn_from(record: Record) -> None:
    history, lots = record.history, record.lots
    last = max(row.start for row in history.rows)
    first = min(lot.after for lot in lots)
    few = [lot for lot in lots if lot.key.zone_id < "z006"]
    unmoved = PricingHistory(tuple(replace(row, price=400) for row in history.rows), history.cleaning)
    late = PricingHistory(tuple(row for row in history.rows if row.start > START), history.cleaning)
    for why, rows, drawn in (
        ("not_randomised", history, []),
        ("not_measured", history, [replace(lot, after=last) for lot in lots if lot.after == first]),
        ("too_few", history, few),
        ("not_followed", unmoved, lots),
        ("pre_trend_missing", late, [lot for lot in lots if lot.after == first]),
    ):
        found = estimated(rows, drawn, record.area_class)
        assert (found.why, found.source) == (why, "prior")
        assert {one.own.response for one in found.groups} == {PRIOR}
        assert found.neighbours.response == NEIGHBOURS


def test_a_hole_in_the_record_and_empty_full_or_free_cells_harm_no_other(record: Record) -> None:
    def broken(number: int, row: Period) -> Period:
        kinds = (
            {"occupancy": 0.0},
            {"occupancy": 1.0, "full_share": 1.0},
            {"price": 0},
            {"hours": 1.0},
            {"full_share": None},
        )
        return replace(row, **kinds[number % 5]) if number % 11 == 0 else row

    rows = [broken(number, row) for number, row in enumerate(record.history.rows) if number % 13]
    found = estimated(PricingHistory(tuple(rows), Cleaning()), record.lots, record.area_class, record.near)
    assert found.shown is not None
    assert np.isfinite([found.shown.own, found.shown.own_error]).all()
    assert found.why in {"experiment", "pre_trend"}


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        ("sfpark", "sfpark_rates/sfpark_adjustments_2011_07.csv"),
        ("seattle", "seattle_hourly/weekly_band_panel.csv.gz"),
    ],
)
def test_recorded_prices_of_san_francisco_and_seattle_leave_the_prior_standing(
    shared: Path, tmp_path: Path, layout: Layout, file: str
) -> None:
    with (tmp_path / "h.csv").open("w") as rows, (tmp_path / "z.csv").open("w") as zones:
        write(convert(shared / "data" / file, layout), rows, zones)
    history = read_history(tmp_path / "h.csv")
    found = estimated(history, [], {row.key.zone_id: "one" for row in history.rows})
    assert (found.why, found.source) == ("not_randomised", "prior")
    assert {one.own.response for one in found.groups} == {PRIOR}
