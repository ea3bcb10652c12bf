"""The estimate of unknown spaces holds the truth as often as it says, and is nearer to it than either of its grounds alone."""

import math
import random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.occupancy.level_counts import Kind, Numbers
from parking.occupancy.vacancy_estimate import estimated_vacancy, usual_share
from parking.places.model import SpaceUse

USES: tuple[SpaceUse, ...] = ("ordinary", "accessible", "charging")


def numbers(vacant: int, occupied: int, unknown: int) -> Numbers:
    return Numbers(vacant + occupied + unknown, vacant, occupied, unknown, 0, 0, {"silent": unknown}, None)


class Street(NamedTuple):
    """Counts as they are seen, and how many of the unknown are vacant in truth."""

    kinds: list[tuple[Kind, Numbers]]
    weeks: list[float]
    hidden: int


def street(chance: random.Random, unknown_share: float) -> Street:
    """A zone whose share of vacant spaces differs from week to week and from use to use: no beta distribution anywhere."""
    level = chance.gauss(-1, 1.2)
    today = level + chance.gauss(0, 0.5)
    kinds, hidden = [], 0
    for use, size in zip(USES, (chance.randint(8, 60), chance.randint(1, 4), chance.randint(0, 8)), strict=True):
        vacant = _share(today + (0 if use == "ordinary" else chance.gauss(0.3, 0.7)))
        states = [(chance.random() < vacant, chance.random() < unknown_share) for _ in range(size)]
        hidden += sum(free for free, lost in states if lost)
        seen = [free for free, lost in states if not lost]
        kinds.append((Kind("kerb", use), numbers(sum(seen), len(seen) - sum(seen), size - len(seen))))
    weeks = [min(1.0, max(0.0, _share(level + chance.gauss(0, 0.5)) + chance.gauss(0, 0.04))) for _ in range(4)]
    return Street(kinds, weeks, hidden)


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


@pytest.mark.parametrize("unknown_share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("has_history", [True, False])
def test_interval_holds_the_truth_and_the_estimate_is_near_it(*, unknown_share: float, has_history: bool) -> None:
    chance = random.Random(7)  # noqa: S311 - reproducible streets
    held, errors, from_known, from_hours = [], 0.0, 0.0, 0.0
    for _ in range(800):
        kinds, weeks, hidden = street(chance, unknown_share)
        found = estimated_vacancy(kinds, {"kerb": usual_share(weeks)} if has_history else {})
        if found is None:
            continue
        unknown = sum(one.unknown for _, one in kinds)
        known = sum(one.vacant + one.occupied for _, one in kinds)
        share = sum(one.vacant for _, one in kinds) / known if known else 0.5
        held.append(found.low <= hidden <= found.high)
        errors += abs(found.vacant - hidden)
        from_known += abs(share * unknown - hidden)
        from_hours += abs(sum(weeks) / len(weeks) * unknown - hidden)
    assert len(held) > 700
    assert 0.78 <= sum(held) / len(held) <= 0.96
    assert errors < from_known
    assert not has_history or errors < 1.03 * from_hours


def test_nothing_is_estimated_where_nothing_is_known_or_nothing_unknown() -> None:
    kerb = Kind("kerb", "ordinary")
    assert estimated_vacancy([(kerb, numbers(0, 0, 9))], {}) is None
    assert estimated_vacancy([(kerb, numbers(3, 4, 0))], {}) is None
    assert estimated_vacancy([], {}) is None
    by_hours = estimated_vacancy([(kerb, numbers(0, 0, 10))], {"kerb": usual_share([0.2, 0.3])})
    assert by_hours is not None
    assert (by_hours.method, by_hours.vacant) == ("usual_hours", 2)
    # What is usual at the kerb says nothing of a garage.
    assert estimated_vacancy([(Kind("garage", "ordinary"), numbers(0, 0, 10))], {"kerb": usual_share([0.2])}) is None
    both = estimated_vacancy([(kerb, numbers(5, 5, 10))], {"kerb": usual_share([0.5])})
    assert both is not None
    assert both.method == "known_spaces_and_usual_hours"


spaces = st.builds(numbers, st.integers(0, 50), st.integers(0, 50), st.integers(0, 500))


@given(st.lists(spaces, min_size=1, max_size=3), st.lists(st.floats(0, 1), max_size=4))
def test_estimate_lies_within_the_unknown(uses: list[Numbers], weeks: list[float]) -> None:
    kinds = [(Kind("kerb", use), one) for use, one in zip(USES, uses, strict=False)]
    found = estimated_vacancy(kinds, {"kerb": usual_share(weeks)} if weeks else {})
    if found is not None:
        unknown = sum(one.unknown for one in uses)
        assert 0 <= found.low <= found.high <= unknown
        assert 0 <= found.vacant <= unknown


def test_spaces_that_only_persons_told_of_are_no_sample_of_the_others() -> None:
    told = numbers(0, 5, 5)._replace(by_word=5)
    assert estimated_vacancy([(Kind("kerb", "ordinary"), told)], {}) is None
    seen = numbers(2, 2, 4)
    beside = seen._replace(occupied=4, by_word=2, capacity=10)
    assert estimated_vacancy([(Kind("kerb", "ordinary"), beside)], {}) == estimated_vacancy(
        [(Kind("kerb", "ordinary"), seen)], {}
    )
