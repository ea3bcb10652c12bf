"""Fees over columns are those of the calculator, to the last minor unit and with the same refusals."""

from dataclasses import replace

import pytest

from pricing.fees.arrays.amounts import amounts
from pricing.fees.arrays.columns import StayColumns
from pricing.rates.model import QuotaWindow, RateTable, TimeQuota
from tests.pricing.fees.arrays.drawn_columns import drawn_columns, drawn_table, one_by_one, one_vehicle_after_another

BLOCKS = 4
TABLES_A_BLOCK = 40
STAYS = 50
QUOTA = TimeQuota(
    quota_id="nev",
    seconds=1_800,
    window="local_day",
    window_s=None,
    energies=frozenset({"nev"}),
    place="here",
    stacks_on_free=True,
    short_stays_use_nothing=True,
)


def _priced(table: RateTable, stays: StayColumns) -> tuple[list[int | str], int]:
    found = amounts(table, stays)
    assert {row for row in range(len(stays)) if found.refused[row]} == set(found.codes)
    return [found.codes.get(row, int(found.amount[row])) for row in range(len(stays))], found.by_calculator


@pytest.mark.parametrize("block", range(BLOCKS))
def test_fees_are_the_calculators_when_tables_and_stays_are_drawn(block: int) -> None:
    count = by_calculator = 0
    for seed in range(block * TABLES_A_BLOCK, (block + 1) * TABLES_A_BLOCK):
        table, near = drawn_table(seed)
        stays = drawn_columns(seed, near, STAYS, vehicles=None)
        fees, singly = _priced(table, stays)
        assert fees == one_by_one(table, stays), f"table {seed}"
        count, by_calculator = count + STAYS, by_calculator + singly
    # The arrays do the most of it even on tables that draw every switch at once.
    assert by_calculator < 0.6 * count


@pytest.mark.parametrize("block", range(BLOCKS))
def test_fees_are_the_calculators_when_vehicles_carry_their_usage(block: int) -> None:
    for seed in range(block * TABLES_A_BLOCK // 2, (block + 1) * TABLES_A_BLOCK // 2):
        table, near = drawn_table(10_000 + seed)
        for stays in (
            one_vehicle_after_another(seed, near, STAYS),
            drawn_columns(seed, near, STAYS, vehicles=25, whole=seed % 3 == 0),
        ):
            fees, _ = _priced(table, stays)
            assert fees == one_by_one(table, stays), f"table {10_000 + seed}"


@pytest.mark.parametrize("window", ["local_day", "from_first_use"])
def test_arrays_carry_a_quota_from_stay_to_stay_when_its_windows_are_known(window: QuotaWindow) -> None:
    count = by_calculator = 0
    for seed in range(60):
        table, near = drawn_table(40_000 + seed)
        table = _with_one_quota(table, window, (3_600, 7_200, 20_000, 86_400)[seed % 4])
        stays = one_vehicle_after_another(seed, near, STAYS)
        fees, singly = _priced(table, stays)
        assert fees == one_by_one(table, stays), f"table {40_000 + seed}"
        count, by_calculator = count + STAYS, by_calculator + singly
    assert by_calculator < 0.2 * count


def _with_one_quota(table: RateTable, window: QuotaWindow, window_s: int) -> RateTable:
    """The table with nothing but one quota that is counted over several stays, and no periods or rules of charging."""
    quota = table.quotas[0] if table.quotas else QUOTA
    return replace(
        table,
        charging=None,
        quotas=(replace(quota, window=window, window_s=window_s),),
        collections=tuple(
            replace(
                one,
                free=one.free and replace(one.free, limit=None),
                lines=tuple(
                    line if line.period is None else replace(line, period=None, unit_s=900) for line in one.lines
                ),
            )
            for one in table.collections
        ),
    )
