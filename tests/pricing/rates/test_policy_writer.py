"""What is written reads back as the same table, and its lines are found again."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import pricing.rates
from pricing.rates.model import RateTable
from pricing.rates.policy_file import parse_policy, read_policy
from pricing.rates.policy_writer import write_policy
from pricing.rates.toml_lines import key_lines
from tests.pricing.rates.policy_tables import tables

READY = sorted((Path(pricing.rates.__file__).parent / "policies").glob("*.toml"))


@given(tables())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_table_is_the_same_when_it_is_written_and_read(table: RateTable) -> None:
    written = write_policy(table)
    assert parse_policy(written.encode()) == table
    rules = [line for line, text in enumerate(written.split("\n"), 1) if text.startswith("rule = ")]
    found = [line for path, line in sorted(key_lines(written).items(), key=lambda item: item[1]) if path[-1] == "rule"]
    assert found == rules


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_ready_policy_is_the_same_when_it_is_exported(path: Path) -> None:
    table = read_policy(path)
    assert parse_policy(write_policy(table).encode()) == table
