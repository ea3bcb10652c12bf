"""Worked totals of public standards (OCPI, CDS, APDS), each rule written as a table; sources in the vectors file."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parking.domain.time_span import TimeSpan
from pricing.fees.calculator import price
from pricing.fees.model import FeeRefusedError, Stay
from pricing.fees.periods import period_bounds
from pricing.rates.model import Cap, ChargingRule, Period, RateStep, RateTable, RateTier, Tax
from tests.pricing.fees.tables import HALF_HOUR, HOUR, at, collection, line, stay, table

EIGHT_HOURS = 8 * HOUR


def hourly(minor: int, unit_s: int) -> tuple[RateStep, ...]:
    """An hourly price by begun units whose own price is no whole cent: the running sum is rounded to the cent."""
    sums = [(2 * minor * unit_s * count + HOUR) // (2 * HOUR) for count in range(EIGHT_HOURS // unit_s + 1)]
    return tuple(RateStep(unit_price=after - before, unit_s=unit_s, units=1) for before, after in pairwise(sums))


def by_steps(minor: int, unit_s: int, tax: Tax | None, currency: str = "EUR") -> RateTable:
    rates = table(collection(line("r", mode="steps", steps=hourly(minor, unit_s))), tax=tax, currency=currency)
    return replace(rates, timezone="UTC")


def on_top(bp: int) -> Tax:
    return Tax(bp=bp, included=False)


CHARGED_AS_WELL = ChargingRule(
    while_charging="charged",
    grace_s=0,
    idle_percent=100,
    idle_rules=frozenset(),
    idle_uses_quota=False,
    idle_uses_free=False,
)
TWO_PHASES = table(
    collection(
        line("a", unit_price=5, unit_s=60, activity="charging", tax_bp=1000),
        line("b", mode="steps", steps=hourly(500, 300), activity="parked", tax_bp=2000),
    ),
    charging=CHARGED_AS_WELL,
    tax=on_top(0),
    currency="EUR",
)
COMPLEX = table(
    collection(
        line("a", unit_price=25, unit_s=900, rounding="up_at_end", activity="charging", tax_bp=2000),
        line(
            "b",
            "09:00-18:00",
            mode="steps",
            steps=hourly(500, 300),
            rounding="up_at_end",
            activity="parked",
            days=frozenset({"mon", "tue", "wed", "thu", "fri"}),
            tax_bp=1000,
        ),
        entry_fee=250,
        entry_tax_bp=1500,
    ),
    charging=CHARGED_AS_WELL,
    tax=on_top(0),
    currency="EUR",
)
CDS_131 = table(
    collection(
        line(
            "r",
            mode="tiers",
            tiers=tuple(
                RateTier(up_to_s=minutes * 60, price=cents) for minutes, cents in ((15, 0), (30, 150), (60, 300))
            ),
        )
    ),
    currency="USD",
)
CDS_116 = table(
    collection(line("r", unit_price=100, rounding="exact"), caps=(Cap(cap_id="most", scope="stay", amount=750),)),
    currency="USD",
)
APDS_FLAT = table(
    collection(line("r", mode="tiers", tiers=(RateTier(up_to_s=EIGHT_HOURS, price=650),))), currency="GBP"
)
APDS_TIER = table(
    collection(
        line(
            "r",
            mode="steps",
            steps=(
                RateStep(unit_price=300, unit_s=HALF_HOUR, units=1),
                RateStep(unit_price=200, unit_s=HALF_HOUR, units=1),
                RateStep(unit_price=100, unit_s=HOUR, units=6),
            ),
        )
    ),
    currency="GBP",
)
APDS_INCREASING = table(collection(line("r", unit_price=150, unit_s=HALF_HOUR, cap=750)), currency="GBP")

TABLES = {
    "ocpi-2eur-hour": by_steps(200, 60, on_top(1000)),
    "ocpi-210-inclusive": by_steps(210, 60, Tax(bp=500, included=True), "CAD"),
    "ocpi-190-step5": by_steps(190, 300, on_top(520)),
    "ocpi-two-phases-step5": TWO_PHASES,
    "ocpi-complex-monday": COMPLEX,
    "ocpi-cdr-example": by_steps(200, 300, on_top(1000)),
    "cds131-7": CDS_131,
    "cds131-28": CDS_131,
    "cds116-cap": CDS_116,
    "apds-flat-8h": APDS_FLAT,
    "apds-tier-30": APDS_TIER,
    "apds-tier-120": APDS_TIER,
    "apds-incr-30": APDS_INCREASING,
    "apds-incr-600": APDS_INCREASING,
}


def vectors(shared: Path, part: str) -> dict[str, dict[str, Any]]:
    path = shared / "vectors" / "tariffs" / "vectors.json"
    if not path.exists():
        print("left out: worked tariff totals, because the folder of reference data is absent")
        return {}
    return {item["id"]: item for item in json.loads(path.read_text())[part]}


def parked(vector: dict[str, Any]) -> Stay:
    if "start" in vector:
        start, end = datetime.fromisoformat(vector["start"]), datetime.fromisoformat(vector["end"])
        return Stay(start=start, end=end, area_class="I", kind="kerb")
    start = at("09:30")
    if "minutes" in vector:
        return Stay(start=start, end=start + timedelta(minutes=vector["minutes"]), area_class="I", kind="kerb")
    charged = start + timedelta(minutes=vector["phase_a_minutes"])
    end = charged + timedelta(minutes=vector["phase_b_minutes"])
    return Stay(start=start, end=end, area_class="I", kind="kerb", charging=(TimeSpan(start, charged),))


def minor(amount: str) -> int:
    return int(amount.replace(".", ""))


def test_totals_are_those_of_the_standards(shared: Path) -> None:
    for name, vector in vectors(shared, "vectors").items():
        rates = TABLES[name]
        fee = price(rates, parked(vector))
        tax = 0 if fee.tax is None else fee.tax.amount
        assert fee.amount.currency == vector["currency"]
        assert sum(item.amount for item in fee.lines) == fee.amount.amount
        if "net" in vector:
            assert fee.amount.amount - tax == minor(vector["net"]), name
        if "gross" in vector:
            assert fee.amount.amount == minor(vector["gross"]), name
        if "vat" in vector:
            assert tax == minor(vector["vat"]), name


def test_periods_are_bounded_as_curb_data_says(shared: Path) -> None:
    zone = ZoneInfo("UTC")
    for vector in vectors(shared, "period_bounds").values():
        first, low, high = (
            int(datetime.fromisoformat(vector[key]).replace(tzinfo=UTC).timestamp())
            for key in ("event_start", "from_inclusive", "to_exclusive")
        )
        period = Period(unit=vector["unit"], alignment=vector["mode"])
        assert period_bounds(period, first, first, zone) == (low, high)
        assert period_bounds(period, first, high - 1, zone) == (low, high)
        assert period_bounds(period, first, high, zone)[0] == high


def test_stay_is_refused_when_it_is_longer_than_the_last_step_or_tier() -> None:
    for rates, longest in ((APDS_TIER, "16:00"), (APDS_FLAT, "17:00"), (CDS_131, "10:00")):
        assert price(rates, stay("09:00", longest)).amount.amount > 0
        with pytest.raises(FeeRefusedError) as refusal:
            price(rates, stay("09:00", f"{longest}:01"))
        assert (refusal.value.code, refusal.value.fields["rule"]) == ("stay_too_long", "r")
