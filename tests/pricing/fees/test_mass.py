"""Ten thousand generated stays against the counting of seconds, and the worked totals of public standards."""

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from parking.domain.time_span import TimeSpan
from pricing.fees.calculator import price
from pricing.fees.model import Stay, Uncharged, Usage
from pricing.rates.model import EnergyQuota, FreeAllowance, RateLine, RateTable
from tests.pricing.fees.mass_reference import amount_and_usage
from tests.pricing.kerb_city import LINZI, at

STAYS = 10_000
LENGTHS = (0, 1, 1799, 1800, 1801, 3600, 5400, 7200, 7201, 9000, 43_200, 86_400)


def generated(draw: random.Random) -> tuple[RateTable, Stay, dict[date, int]]:
    start = datetime(2026, 2, 28, 12, tzinfo=UTC) + timedelta(seconds=draw.randrange(86_400))
    length = draw.choice(LENGTHS) if draw.random() < 0.4 else draw.randrange(60_000)
    gaps: list[Uncharged] = []
    for _ in range(draw.choice([0, 0, 1, 2])):
        low = start + timedelta(seconds=draw.randrange(-600, 40_000))
        gaps.append(Uncharged(span=TimeSpan(low, low + timedelta(seconds=draw.randrange(1, 20_000))), why="x"))
    stay = Stay(
        start=start,
        end=start + timedelta(seconds=length),
        area_class=draw.choice(["I", "II"]),
        kind="kerb",
        energy=draw.choice(["fuel", "nev"]),
        uncharged=tuple(gaps),
    )
    free = draw.choice([None, FreeAllowance(seconds=1800, when_exceeded=draw.choice(["deducted", "lost"]))])
    quota = draw.choice([None, EnergyQuota(seconds_a_day=7200, stacks_on_free=draw.random() < 0.5)])
    used = {date(2026, 2, 28): draw.randrange(7201), date(2026, 3, 1): draw.choice([0, 3600, 7200])}
    return replace(LINZI, free=free, energy_quota=quota), stay, used


def test_fee_and_quota_equal_the_count_of_seconds_for_ten_thousand_stays() -> None:
    draw = random.Random(20260302)  # noqa: S311 - the same stays in every run
    for _ in range(STAYS):
        table, stay, used = generated(draw)
        fee = price(table, stay, Usage(quota_s=used))
        assert (fee.amount.amount, fee.usage_after.quota_s) == amount_and_usage(table, stay, used), (table, stay, used)
        assert fee.amount.amount == sum(line.amount for line in fee.lines)


def only(mode: str, unit_price: int, unit_s: int | None) -> RateTable:
    line = RateLine(
        rule_id="only",
        area_class="I",
        kinds=frozenset({"kerb"}),
        vehicle_class="small",
        start=time(),
        end=time(),
        mode="per_unit" if mode == "per_unit" else "per_use",
        unit_price=unit_price,
        unit_s=unit_s,
    )
    return replace(LINZI, currency="GBP", lines=(line,), free=None, energy_quota=None)


EXPRESSIBLE = {"apds-incr-30": only("per_unit", 150, 1800), "apds-flat-8h": only("per_use", 650, None)}
"""The others need prices below a minor unit, caps, steps by total duration, or taxes, which these tables do not have."""


def test_totals_are_those_of_public_standards_where_a_table_can_say_the_rule(shared: Path) -> None:
    path = shared / "vectors" / "tariffs" / "vectors.json"
    if not path.exists():
        print("left out: worked tariff totals, because the folder of reference data is absent")
        return
    vectors = {item["id"]: item for item in json.loads(path.read_text())["vectors"]}
    for name, table in EXPRESSIBLE.items():
        start = at("09:00")
        stay = Stay(start=start, end=start + timedelta(minutes=vectors[name]["minutes"]), area_class="I", kind="kerb")
        assert str(price(table, stay).amount) == f"{vectors[name]['net']} GBP"
    print("left out, not expressible:", ", ".join(sorted(vectors.keys() - EXPRESSIBLE.keys())))


@pytest.mark.parametrize("minutes", [0, 30, 31])
def test_lines_say_who_pays_what_when_the_stay_is_short(minutes: int) -> None:
    fee = price(
        LINZI, Stay(start=at("08:00"), end=at("08:00") + timedelta(minutes=minutes), area_class="I", kind="kerb")
    )
    assert [line.rule for line in fee.lines] == {0: [], 30: ["free_allowance"], 31: ["free_allowance", "day-I"]}[
        minutes
    ]
