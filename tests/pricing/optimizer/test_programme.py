"""Limits that join all cells: what is found is what trying everything finds, and no bound is above it."""

from dataclasses import replace
from itertools import count, product

import numpy as np
import pytest

from parking.domain.errors import UnavailableError
from pricing.optimizer.cut import Choices, Differences, Ints
from pricing.optimizer.programme import CLOSE, Programme, solve


def story(random: np.random.Generator) -> Programme:
    """Few cells of few prices, with every kind of limit now and then."""
    cells = int(random.integers(2, 6))
    options = [np.unique(random.integers(0, 7, random.integers(1, 5))) * 10 for _ in range(cells)]
    choices = Choices(np.concatenate(options), np.cumsum([0, *(len(row) for row in options)]))
    pairs = random.integers(0, cells, size=(int(random.integers(0, 5)), 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    revenue = choices.values * random.uniform(0.5, 1.5, cells)[choices.cells]
    most = float(np.maximum.reduceat(revenue, choices.offsets[:-1]).sum())
    return Programme(
        choices=choices,
        costs=random.random(len(choices.values)) * 10,
        differences=Differences(pairs[:, 0], pairs[:, 1], random.integers(-1, 5, len(pairs)) * 10),
        revenue=revenue,
        revenue_floor=None if random.random() < 0.5 else most * random.uniform(0.3, 1.02),
        most_prices=int(random.integers(1, 4)),
        counted=cells - int(random.random() < 0.3),
    )


def obeys(programme: Programme, places: Ints) -> bool:
    prices, limits = programme.choices.values[places], programme.differences
    earned = 0.0 if programme.revenue is None else float(programme.revenue[places].sum())
    return (
        bool((prices[limits.higher] - prices[limits.lower] <= limits.most).all())
        and earned >= (programme.revenue_floor or 0.0) * (1.0 - 1e-9)
        and len(np.unique(prices[: programme.counted])) <= (programme.most_prices or len(prices))
    )


def tried(programme: Programme) -> float | None:
    offsets = programme.choices.offsets
    every = product(*(range(offsets[c], offsets[c + 1]) for c in range(len(offsets) - 1)))
    found = [float(programme.costs[list(one)].sum()) for one in every if obeys(programme, np.array(one))]
    return min(found, default=None)


def test_few_prices_are_the_best_of_all_when_no_revenue_is_asked_for() -> None:
    random = np.random.default_rng(3)
    contradictions = 0
    for _ in range(120):
        programme = story(random)
        if programme.revenue_floor is not None:
            continue
        best, answer = tried(programme), solve(programme)
        contradictions += best is None
        assert (answer is None) == (best is None)
        if answer is not None and best is not None:
            assert obeys(programme, answer.places)
            assert answer.bound - 1e-6 <= best <= answer.cost + 1e-6
            assert answer.cost <= best * (1.0 + CLOSE) + 1e-6
    assert contradictions > 5


def test_wishes_that_cost_nothing_but_are_too_many_are_moved_and_not_refused() -> None:
    values = np.tile(np.arange(1, 6) * 100, 5)
    programme = Programme(
        choices=Choices(values, np.arange(6) * 5),
        costs=np.abs(values - np.repeat(np.arange(1, 6) * 100, 5)) * 1000.0,
        differences=Differences(*np.zeros((3, 0), dtype=np.int64)),
        most_prices=2,
    )
    answer = solve(programme)
    assert answer is not None
    assert answer.cost == tried(programme) == 300_000.0


def test_bound_holds_and_revenue_is_earned_when_it_is_asked_for() -> None:
    random = np.random.default_rng(4)
    answered = 0
    for _ in range(120):
        programme = story(random)
        if programme.revenue_floor is None:
            continue
        best, answer = tried(programme), solve(programme)
        assert (answer is None) == (best is None)
        if answer is not None and best is not None:
            answered += 1
            assert obeys(programme, answer.places)
            assert answer.bound - 1e-6 <= best <= answer.cost + 1e-6
    assert answered > 20


def test_prices_in_force_that_obey_are_an_answer_before_any_time_is_spent_on_a_search() -> None:
    random = np.random.default_rng(6)
    answered, hours = 0, count(step=100.0)
    for _ in range(60):
        programme = story(random)
        choices = programme.choices
        places = choices.offsets[:-1] + random.integers(0, np.diff(choices.offsets))
        if not obeys(programme, places):
            continue
        with pytest.raises(UnavailableError):
            solve(programme, time_limit_s=0.0, clock=hours.__next__)
        known = replace(programme, in_force=places[: programme.counted])
        answer = solve(known, time_limit_s=0.0, clock=hours.__next__)
        assert answer is not None
        assert obeys(programme, answer.places)
        best = tried(programme)
        assert best is not None
        assert answer.bound - 1e-6 <= best <= answer.cost + 1e-6
        answered += 1
    assert answered > 10


def test_nine_hundred_cells_share_few_prices_within_one_per_cent_of_the_best() -> None:
    random = np.random.default_rng(5)
    side = 30
    number = np.arange(side * side).reshape(side, side)
    across = np.stack([number[:, :-1], number[:, 1:]], -1).reshape(-1, 2)
    pairs = np.concatenate([across, np.stack([number[:-1], number[1:]], -1).reshape(-1, 2)])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    now = (np.add.outer(np.arange(side), np.arange(side)) // 9 * 50 + 200).ravel()
    values = (now[:, None] + np.arange(-2, 3) * 50).ravel()
    weight = np.repeat(random.integers(5, 60, len(now)), 5).astype(np.float64)
    taken = np.repeat(random.uniform(0.4, 1.0, len(now)), 5) * (values / np.repeat(now, 5)) ** -0.3
    programme = Programme(
        choices=Choices(values, np.arange(0, len(values) + 1, 5)),
        costs=np.abs(np.minimum(taken, 1.0) - 0.8) * weight,
        differences=Differences(both[:, 0], both[:, 1], np.full(len(both), 150)),
        revenue=values * np.minimum(taken, 1.0) * weight,
        revenue_floor=float((values * np.minimum(taken, 1.0) * weight)[2::5].sum() * 1.01),
        most_prices=6,
    )
    answer = solve(programme)
    assert answer is not None
    assert obeys(programme, answer.places)
    assert answer.gap <= 0.01
