"""Short ways to write a rate table and a stay, so that a test shows only what it is about."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from parking.places.model import AreaClass
from pricing.fees.calculator import price
from pricing.fees.model import Fee, Stay, Usage
from pricing.rates.model import (
    Eligibility,
    FreeAllowance,
    LegalBasis,
    RateLine,
    RateLineCollection,
    RateTable,
    TimeQuota,
    VehicleRate,
)

CHINA: Final = ZoneInfo("Asia/Shanghai")
HALF_HOUR: Final = 1800
HOUR: Final = 3600
DAY: Final = 86_400
_LEGAL: Final = LegalBasis(
    document="doc-1", authority="x", form="government_set", source="the test", tick=1, notice_working_days=7
)


def clock(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)


def line(rule: str, span: str = "00:00-24:00", **facts: Any) -> RateLine:  # noqa: ANN401 - any field of a line
    """By default a started hour each; `span` is local, "07:00-19:00"."""
    start, end = span.split("-")
    facts.setdefault("mode", "per_unit")
    if facts["mode"] == "per_unit" and "period" not in facts:
        facts.setdefault("unit_s", HOUR)
    return RateLine(rule_id=rule, start=clock(start), end=clock(end), **facts)


def collection(*lines: RateLine, name: str = "all", **facts: Any) -> RateLineCollection:  # noqa: ANN401 - as above
    """For small vehicles on kerbs of class I."""
    eligibility = facts.pop(
        "eligibility",
        Eligibility(
            area_classes=frozenset({"I"}), kinds=frozenset({"kerb"}), vehicles=(VehicleRate(vehicle_class="small"),)
        ),
    )
    return RateLineCollection(collection_id=name, eligibility=eligibility, lines=lines, **facts)


def table(*collections: RateLineCollection, **facts: Any) -> RateTable:  # noqa: ANN401 - as above
    whole = RateTable(
        rate_table_id="t",
        version=1,
        title="t",
        title_en="t",
        currency="CNY",
        timezone="Asia/Shanghai",
        calendar="CN",
        price_moment="entry",
        legal=_LEGAL,
        collections=collections,
    )
    return replace(whole, **facts)


def at(text: str, zone: ZoneInfo = CHINA) -> datetime:
    """A local wall time; without a date on Monday, 2 March 2026."""
    return datetime.fromisoformat(text if "T" in text else f"2026-03-02T{text}").replace(tzinfo=zone)


def stay(start: str, end: str, zone: ZoneInfo = CHINA, **facts: Any) -> Stay:  # noqa: ANN401 - as above
    whole = Stay(start=at(start, zone), end=at(end, zone), area_class="I", kind="kerb")
    return replace(whole, **facts)


def fen(rates: RateTable, parked: Stay, usage: Usage | None = None) -> int:
    return price(rates, parked, usage).amount.amount


def rows(fee: Fee) -> list[tuple[str, int, int]]:
    """Rule, quantity and amount of each line."""
    return [(item.rule, item.quantity, item.amount) for item in fee.lines]


def nev_quota(**facts: Any) -> TimeQuota:  # noqa: ANN401 - as above
    """Two hours a day for new-energy vehicles, everywhere, not stacked."""
    whole = TimeQuota(
        quota_id="nev",
        seconds=2 * HOUR,
        window="local_day",
        window_s=None,
        energies=frozenset({"nev"}),
        place="everywhere",
        stacks_on_free=False,
        short_stays_use_nothing=True,
    )
    return replace(whole, **facts)


_CLASSES: Final[tuple[tuple[AreaClass, int], ...]] = (("I", 150), ("II", 100))
LINZI: Final = table(
    *(
        collection(
            line(f"day-{area}", "07:00-19:00", unit_price=fen_, unit_s=HALF_HOUR),
            line(f"night-{area}", "19:00-07:00", mode="per_use", unit_price=400),
            name=area,
            eligibility=Eligibility(
                area_classes=frozenset({area}),
                kinds=frozenset({"kerb"}),
                vehicles=(VehicleRate(vehicle_class="small"),),
            ),
            free=FreeAllowance(seconds=HALF_HOUR, when_exceeded="deducted"),
        )
        for area, fen_ in _CLASSES
    ),
    quotas=(nev_quota(),),
)
"""Kerb parking of Linzi; city.md, C3."""


def with_free(rates: RateTable, free: FreeAllowance | None) -> RateTable:
    return replace(rates, collections=tuple(replace(item, free=free) for item in rates.collections))
