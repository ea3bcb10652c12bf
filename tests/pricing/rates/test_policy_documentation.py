"""The documentation of the policy file: its examples are whole, cost what it says, and no key is left out."""

import re
from datetime import datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings

import pricing.rates
import pricing.validation
from pricing.fees.calculator import price
from pricing.fees.model import Stay
from pricing.rates.model import Energy, RateTable, VehicleClass
from pricing.rates.policy_file import parse_policy, read_policy
from pricing.rates.policy_writer import write_policy
from tests.pricing.rates.policy_tables import tables

PAGE = (Path(__file__).parents[3] / "docs" / "tariffs.md").read_text(encoding="utf-8")
WRITING = PAGE.partition("## Exact meaning")[0]
EXAMPLES = {
    table.rate_table_id: table
    for table in (parse_policy(block.encode()) for block in re.findall(r"```toml\n(.*?)```", WRITING, re.DOTALL))
} | {"linzi-kerb": read_policy(Path(pricing.rates.__file__).parent / "policies" / "linzi.toml")}
ZIBO = ZoneInfo("Asia/Shanghai")
STAYS = [
    ("mytown-lots", "08:00–08:15", "small", "fuel", 0),
    ("mytown-lots", "08:00–09:15", "small", "fuel", 200),
    ("mytown-lots", "08:00–09:16", "small", "fuel", 400),
    ("mytown-lots", "08:00–20:00", "small", "fuel", 2000),
    ("linzi-kerb", "08:00–10:00", "small", "fuel", 450),
    ("linzi-kerb", "18:30–21:00", "small", "fuel", 400),
]
ROW = re.compile(r"^\| (\d\d:\d\d–\d\d:\d\d)(, new-energy)? \| ¥?(\d+) \| ¥?(\d+) \|", re.MULTILINE)
for _span, _nev, _small, _large in ROW.findall(PAGE):
    _energy = "nev" if _nev else "fuel"
    STAYS += [
        ("practice-kerb", _span, "small", _energy, int(_small) * 100),
        ("practice-kerb", _span, "large", _energy, int(_large) * 100),
    ]


@pytest.mark.parametrize(("example", "span", "vehicle_class", "energy", "fee"), STAYS)
def test_example_costs_what_the_page_says(
    example: str, span: str, vehicle_class: VehicleClass, energy: Energy, fee: int
) -> None:
    assert vehicle_class in get_args(VehicleClass)
    table = EXAMPLES[example]
    start, end = (datetime.fromisoformat(f"2026-03-02T{clock}").replace(tzinfo=ZIBO) for clock in span.split("–"))
    stay = Stay(
        start=start,
        end=end,
        area_class="I",
        kind="lot" if example == "mytown-lots" else "kerb",
        vehicle_class=vehicle_class,
        energy=energy,
    )
    assert price(table, stay).amount.amount == fee


def test_page_has_both_of_its_worked_examples() -> None:
    assert EXAMPLES.keys() == {"mytown-lots", "practice-kerb", "linzi-kerb"}
    assert len(STAYS) == 16


@given(tables())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_key_that_a_file_can_have_is_on_the_page(table: RateTable) -> None:
    chosen = {row.exempt_class for row in table.exemptions} | {row.payment_method for row in table.discounts}
    keys = set(re.findall(r"^([a-z_]+) = ", write_policy(table), re.MULTILINE)) - chosen
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


def test_every_ready_policy_is_on_the_page() -> None:
    rows = PAGE.partition("## Ready policies")[2].partition("\n## ")[0]
    listed = {
        name for first in re.findall(r"^\| (`.*?) \|", rows, re.MULTILINE) for name in re.findall(r"`(\w+)`", first)
    }
    assert listed == {path.stem for path in (Path(pricing.rates.__file__).parent / "policies").glob("*.toml")}


def test_every_finding_is_on_the_page() -> None:
    rooms = Path(pricing.validation.__file__).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted(rooms.glob("*.py")))
    codes = set(re.findall(r'(?:error|warning)\(\s*"(\w+)"|code="(\w+)",\n\s+severity|"(rate_\w+)": Said', sources))
    found = {code for groups in codes for code in groups if code} | {"calendar_unknown"}
    rows = PAGE.partition("## What the validator asks and finds")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)) == found
