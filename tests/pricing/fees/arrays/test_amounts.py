"""Fees over columns are those of the calculator, to the last minor unit and with the same refusals."""

import pytest

from pricing.fees.arrays.amounts import amounts
from pricing.fees.arrays.columns import StayColumns
from pricing.rates.model import RateTable
from tests.pricing.fees.arrays.drawn_columns import drawn_columns, drawn_table, one_by_one, one_vehicle_after_another

BLOCKS = 4
TABLES_A_BLOCK = 40
STAYS = 50


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
