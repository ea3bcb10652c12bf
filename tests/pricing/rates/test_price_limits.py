"""Every price that a table can charge is looked at, and a document that is silent about one refuses it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError
from pricing.rates.limit_file import read_limits
from pricing.rates.limit_store import limits_of, write_limits
from pricing.rates.model import ChargingRule, Eligibility, Period, RateStep, RateTable, RateTier, VehicleRate
from pricing.rates.policy_file import PolicyFileError
from pricing.rates.price_limits import PriceLimit, PriceNotAllowedError, limit_of, refuse_beyond
from tests.pricing.rates.priced_street import LIMITS, OPENING, build, limit, table

KNOWN = LIMITS["doc-1"]
IDLE = ChargingRule(
    while_charging="free",
    grace_s=0,
    idle_percent=300,
    idle_rules=frozenset({"day"}),
    idle_uses_quota=False,
    idle_uses_free=False,
)
FILE = """
[[limit]]
area_class = "I"
kind = "kerb"
vehicle = "small"
mode = "per_unit"
unit_minutes = 30
price = 150
up_percent = 20
tick = 50
"""


def with_line(**changes: Any) -> RateTable:  # noqa: ANN401 - fields of a line
    first = table()
    (collection,) = first.collections
    day, night = collection.lines
    return replace(first, collections=(replace(collection, lines=(replace(day, **changes), night)),))


def with_collection(**changes: Any) -> RateTable:  # noqa: ANN401 - fields of a collection
    first = table()
    return replace(first, collections=(replace(first.collections[0], **changes),))


def for_vehicles(*vehicles: VehicleRate) -> RateTable:
    eligibility = Eligibility(area_classes=frozenset({"I"}), kinds=frozenset({"kerb"}), vehicles=vehicles)
    return with_collection(eligibility=eligibility)


def of_class(vehicle_class: str) -> tuple[PriceLimit, ...]:
    return tuple(replace(one, vehicle_class=vehicle_class) for one in KNOWN)


STEPS = {"mode": "steps", "unit_price": 0, "unit_s": None, "rounding": "up"}
CASES: dict[str, tuple[RateTable, tuple[PriceLimit, ...], str | None]] = {
    "as the document says": (table(), KNOWN, None),
    "below it": (table(100), KNOWN, "price_beyond_document"),
    "above it": (table(200), KNOWN, "price_beyond_document"),
    "off its tick": (table(150), (replace(KNOWN[0], tick=100), KNOWN[1]), "price_off_tick"),
    "off the tick of its own basis": (table(160), KNOWN, "price_off_tick"),
    "silent about the day": (table(), KNOWN[1:], "price_not_in_document"),
    "free lines": (with_line(mode="free", unit_price=0, unit_s=None), KNOWN[1:], None),
    "silent about large cars": (for_vehicles(VehicleRate(vehicle_class="large")), KNOWN, "price_not_in_document"),
    "large cars at half as much again": (
        for_vehicles(VehicleRate(vehicle_class="large", percent=150)),
        of_class("large"),
        "price_beyond_document",
    ),
    "large cars within limits of their own": (
        for_vehicles(VehicleRate(vehicle_class="large", percent=200)),
        tuple(replace(one, lowest=2 * one.lowest, highest=2 * one.highest) for one in of_class("large")),
        None,
    ),
    "exempt by percentage": (for_vehicles(VehicleRate(vehicle_class="motorcycle", percent=0)), (), None),
    "silent about the second step": (
        with_line(**STEPS, steps=(RateStep(unit_price=150, unit_s=1800, units=2), RateStep(unit_price=150, unit_s=1800, units=None))),
        (replace(KNOWN[0], mode="steps", step=1), KNOWN[1]),
        "price_not_in_document",
    ),
    "dear second step": (
        with_line(**STEPS, steps=(RateStep(unit_price=150, unit_s=1800, units=2), RateStep(unit_price=250, unit_s=1800, units=None))),
        (replace(KNOWN[0], mode="steps", step=1), replace(KNOWN[0], mode="steps", step=2), KNOWN[1]),
        "price_beyond_document",
    ),
    "tiers within": (
        with_line(**STEPS | {"mode": "tiers"}, tiers=(RateTier(up_to_s=3600, price=150), RateTier(up_to_s=None, price=150))),
        (
            replace(KNOWN[0], mode="tiers", step=1, unit_s=3600),
            replace(KNOWN[0], mode="tiers", step=2, unit_s=None),
            KNOWN[1],
        ),
        None,
    ),
    "silent about months": (
        with_line(unit_s=None, period=Period(unit="month", alignment="calendar")), KNOWN, "price_not_in_document"
    ),
    "months within": (
        with_line(unit_s=None, period=Period(unit="month", alignment="calendar")),
        (replace(KNOWN[0], unit_s=None, period="month"), KNOWN[1]),
        None,
    ),
    "silent about the entry fee": (with_collection(entry_fee=100), KNOWN, "price_not_in_document"),
    "entry fee within": (
        with_collection(entry_fee=100), (*KNOWN, replace(KNOWN[1], mode="entry", lowest=0, highest=100)), None
    ),
    "silent about standing idle": (replace(table(), charging=IDLE), KNOWN, "price_not_in_document"),
    "three times the price when idle": (
        replace(table(), charging=IDLE), (*KNOWN, replace(KNOWN[0], idle=True, highest=450)), None
    ),
    "four times the price when idle": (
        replace(table(), charging=replace(IDLE, idle_percent=400)),
        (*KNOWN, replace(KNOWN[0], idle=True, highest=450)),
        "price_beyond_document",
    ),
    "above the ceiling of its own basis": (
        replace(table(), legal=replace(table().legal, ceiling=350)), KNOWN, "price_beyond_ceiling"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_price_is_judged_by_the_document(case: str) -> None:
    asked, limits, code = CASES[case]
    if code is None:
        refuse_beyond(asked, "government_guided", limits)
        return
    with pytest.raises(PriceNotAllowedError) as refusal:
        refuse_beyond(asked, "government_guided", limits)
    assert refusal.value.code == code
    assert refusal.value.fields["rate_table"] == "street"


def test_market_prices_lots_and_never_the_kerb() -> None:
    with pytest.raises(PriceNotAllowedError) as refusal:
        refuse_beyond(table(), "market", ())
    assert refusal.value.code == "kerb_price_by_market"
    lots = replace(table().collections[0].eligibility, kinds=frozenset({"lot"}))
    refuse_beyond(with_collection(eligibility=lots), "market", ())


def test_limit_of_a_line_is_found_by_place_and_vehicle() -> None:
    day, night = table().collections[0].lines
    place = {"area_class": "I", "kind": "kerb", "vehicle_class": "small"}
    assert [limit_of(KNOWN, line, **place) for line in (day, night)] == list(KNOWN)
    assert limit_of(KNOWN, day, **place | {"kind": "lot"}) is None
    assert limit_of(KNOWN, replace(day, mode="free"), **place) is None


def test_float_of_a_written_price_ends_inside_it(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text(FILE)
    assert read_limits(file) == (limit("per_unit", 150, 180),)
    file.write_text(FILE.replace("price = 150", "price = 155").replace("up_percent", "down_percent"))
    assert [(one.lowest, one.highest) for one in read_limits(file)] == [(124, 155)]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("unit_minutes = 30\n", ""),
        lambda text: text + 'period = "month"\n',
        lambda text: text + "step = 1\n",
        lambda text: text.replace("per_unit", "per_use"),
        lambda text: text.replace("per_unit", "steps"),
        lambda text: text + "lowest = 1\n",
        lambda text: text.replace("price = 150\n", ""),
        lambda text: text.replace("price = 150\nup_percent = 20", "lowest = 2\nhighest = 1"),
        lambda text: text.replace("tick = 50", "tick = 0"),
        lambda text: text + "colour = 1\n",
        lambda _: "limit = []",
    ],
)
def test_mistake_is_refused_when_a_file_of_limits_is_wrong(tmp_path: Path, change: Callable[[str], str]) -> None:
    file = tmp_path / "limits.toml"
    file.write_text(change(FILE))
    with pytest.raises(PolicyFileError):
        read_limits(file)


@pytest.mark.service
async def test_limits_of_a_document_stand_when_they_are_written_again(database: Database) -> None:
    await build(database, adopted=False)
    async with database.transaction() as session:
        assert await limits_of(session, ["doc-1", "doc-3"]) == {"doc-1": KNOWN}
        await write_limits(session, "doc-1", KNOWN[::-1], by="li", at=OPENING)
        with pytest.raises(ConflictError):
            await write_limits(session, "doc-1", KNOWN[:1], by="li", at=OPENING)
