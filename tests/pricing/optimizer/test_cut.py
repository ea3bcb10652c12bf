"""Minimum cuts find what trying everything finds, and hold every limit on a whole city."""

from itertools import product

import numpy as np

from pricing.optimizer.cut import Choices, Cut, Differences, Floats, Ints, cheapest


def choices_of(options: list[Ints]) -> Choices:
    return Choices(np.concatenate(options), np.cumsum([0, *(len(row) for row in options)]))


def tried(choices: Choices, costs: Floats, limits: Differences) -> float | None:
    """Least cost over all combinations of prices that obey the limits."""
    ranges = [range(choices.offsets[c], choices.offsets[c + 1]) for c in range(len(choices.offsets) - 1)]
    found = [float(costs[list(one)].sum()) for one in product(*ranges) if obeys(choices, np.array(one), limits)]
    return min(found, default=None)


def obeys(choices: Choices, places: Ints, limits: Differences) -> bool:
    prices = choices.values[places]
    return bool((prices[limits.higher] - prices[limits.lower] <= limits.most).all())


def test_cut_is_the_least_of_all_combinations_when_there_are_few() -> None:
    random = np.random.default_rng(1)
    contradictions = 0
    for _ in range(150):
        cells = int(random.integers(1, 5))
        choices = choices_of([np.unique(random.integers(0, 8, random.integers(1, 5))) * 10 for _ in range(cells)])
        pairs = random.integers(0, cells, size=(int(random.integers(0, 5)), 2))
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        limits = Differences(pairs[:, 0], pairs[:, 1], random.integers(-1, 4, len(pairs)) * 10)
        costs = random.random(len(choices.values)) * 10
        best, cut = tried(choices, costs, limits), cheapest(choices, costs, limits)
        contradictions += best is None
        assert (cut is None) == (best is None)
        if cut is not None and best is not None:
            assert obeys(choices, cut.places, limits)
            assert abs(float(costs[cut.places].sum()) - best) < 1e-6
            assert best - 1e-6 < cut.bound <= best
    assert contradictions > 5


def test_ten_thousand_cells_obey_every_limit_and_cost_what_the_bound_says() -> None:
    random = np.random.default_rng(2)
    side = 100
    prices = (np.add.outer(np.arange(side), np.arange(side)) // 12 * 50 + 200).ravel()
    number = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [
            np.stack([number[:, :-1], number[:, 1:]], -1).reshape(-1, 2),
            np.stack([number[:-1], number[1:]], -1).reshape(-1, 2),
        ]
    )
    both = np.concatenate([pairs, pairs[:, ::-1]])
    limits = Differences(both[:, 0], both[:, 1], np.full(len(both), 50))
    choices = choices_of(list(prices[:, None] + np.arange(-2, 3) * 50))
    costs = random.random(len(choices.values)) * np.repeat(random.integers(5, 60, len(prices)), 5)
    cut = cheapest(choices, costs, limits)
    assert isinstance(cut, Cut)
    assert obeys(choices, cut.places, limits)
    cost = float(costs[cut.places].sum())
    assert 0.0 <= cost - cut.bound < 1e-4 * cost
