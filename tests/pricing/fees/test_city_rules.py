"""Rules of Chinese cities and the sums that follow from their text (city.md, C3 and G), and scenario A of the street."""

from dataclasses import replace
from datetime import timedelta

import pytest

from parking.domain.time_span import TimeSpan
from pricing.fees.calculator import price
from pricing.fees.chargeability import nothing_owed
from pricing.fees.model import FeeRefusedError, Right, Stay, Usage
from pricing.rates.model import (
    Cap,
    ChargingRule,
    Discount,
    Eligibility,
    Energy,
    Exemption,
    FreeAllowance,
    RateStep,
    RateTable,
    ShortPart,
    ShortStay,
    VehicleRate,
)
from tests.pricing.fees.tables import (
    DAY,
    HALF_HOUR,
    HOUR,
    LINZI,
    at,
    collection,
    fen,
    line,
    nev_quota,
    rows,
    stay,
    table,
    with_free,
)

LOST = FreeAllowance(seconds=HALF_HOUR, when_exceeded="lost")
LINZI_LOST = with_free(LINZI, LOST)
STACKED = replace(LINZI, quotas=(nev_quota(stacks_on_free=True),))
TRANSPORT_LOT = Eligibility(
    area_classes=frozenset({"I"}), kinds=frozenset({"lot"}), vehicles=(VehicleRate(vehicle_class="small"),)
)
WEIFANG = table(
    collection(
        line("day", "07:00-19:00", unit_price=200),
        line("night", "19:00-07:00", mode="per_use", unit_price=500),
        eligibility=TRANSPORT_LOT,
        free=LOST,
        caps=(Cap(cap_id="24h", scope="from_entry", amount=1500, window_s=DAY),),
    ),
    quotas=(nev_quota(window="from_first_use", window_s=DAY),),
    exemptions=(Exemption(exempt_class="disabled", proof="残疾人证"),),
    charging=ChargingRule(
        while_charging="free",
        grace_s=0,
        idle_percent=300,
        idle_rules=frozenset({"day"}),
        idle_uses_quota=False,
        idle_uses_free=False,
    ),
    discounts=(Discount(payment_method="etc", percent=15),),
)
JINAN = table(
    collection(
        line("day", "08:00-20:00", unit_price=200),
        line("night", "20:00-08:00", unit_price=200, cap=500, cap_times_vehicle=True),
        eligibility=Eligibility(
            area_classes=frozenset({"I"}),
            kinds=frozenset({"kerb"}),
            vehicles=(VehicleRate(vehicle_class="small"), VehicleRate(vehicle_class="large", percent=200)),
        ),
        short_stay=ShortStay(below_s=HOUR),
    )
)
SHIJIAZHUANG = table(
    collection(
        line("day", "07:30-21:30", unit_price=300, cap=1000, cap_times_vehicle=True),
        line("night", "21:30-07:30", mode="per_use", unit_price=500),
        eligibility=Eligibility(
            area_classes=frozenset({"I"}),
            kinds=frozenset({"kerb"}),
            vehicles=(VehicleRate(vehicle_class="small"), VehicleRate(vehicle_class="medium", percent=150)),
        ),
        short_parts=(ShortPart(rule="night", below_s=HOUR, added_to="day"),),
    )
)
ZHENGZHOU = table(
    collection(
        line(
            "steps",
            mode="steps",
            steps=tuple(
                RateStep(unit_price=fen_, unit_s=HOUR, units=units)
                for fen_, units in ((400, 1), (200, 1), (200, 1), (400, None))
            ),
        )
    )
)


def weifang(start: str, end: str, energy: Energy) -> Stay:
    return replace(stay(start, end), kind="lot", energy=energy)


@pytest.mark.parametrize(
    ("start", "end", "ordinary", "nev"),
    [
        ("09:00", "09:30", 0, 0),
        ("09:00", "09:31", 200, 0),
        ("09:00", "12:10", 800, 400),
        ("18:00", "20:00", 700, 0),
        ("20:00", "2026-03-03T06:30", 500, 500),
        ("09:00", "2026-03-03T09:00", 1500, 1500),
    ],
)
def test_total_is_that_of_the_rule_when_weifang_charges(start: str, end: str, ordinary: int, nev: int) -> None:
    assert fen(WEIFANG, weifang(start, end, "fuel")) == ordinary
    assert fen(WEIFANG, weifang(start, end, "nev")) == nev


def test_cap_takes_off_what_is_above_it_when_a_day_comes_to_more() -> None:
    ordinary = price(WEIFANG, weifang("09:00", "2026-03-03T09:00", "fuel"))
    assert rows(ordinary) == [
        ("free_allowance", 0, 0),
        ("day", 10, 2000),
        ("24h", 1, -500),
        ("night", 1, 500),
        ("24h", 1, -500),
        ("day", 2, 400),
        ("24h", 1, -400),
    ]
    nev = price(WEIFANG, weifang("09:00", "2026-03-03T09:00", "nev"))
    assert sum(item.amount for item in nev.lines if item.amount > 0) == 2500


def test_nothing_is_charged_when_the_vehicle_is_exempt_and_has_the_proof() -> None:
    parked = weifang("09:00", "2026-03-03T09:00", "fuel")
    disabled = replace(parked, rights=(Right(exempt_class="disabled"),))
    assert rows(price(WEIFANG, disabled)) == [("exempt", DAY, 0)]
    resident = replace(parked, rights=(Right(exempt_class="resident"),))
    assert rows(price(WEIFANG, resident))[0] == ("not_exempt", 0, 0)
    assert fen(WEIFANG, resident) == 1500
    on_duty = Right(exempt_class="disabled", span=TimeSpan(at("09:00"), at("11:30")))
    assert fen(WEIFANG, replace(weifang("09:00", "12:00", "fuel"), rights=(on_duty,))) == 0


@pytest.mark.parametrize("energy", ["fuel", "nev"])
def test_three_times_the_price_is_due_when_a_car_stands_on_a_charging_bay_without_charging(
    energy: Energy,
) -> None:
    parked = replace(weifang("10:00", "11:00", energy), use="charging")
    assert fen(WEIFANG, replace(parked, use="ordinary")) == (200 if energy == "fuel" else 0)
    bay = replace(
        WEIFANG,
        collections=tuple(
            replace(item, eligibility=replace(item.eligibility, uses=frozenset())) for item in WEIFANG.collections
        ),
    )
    fee = price(bay, parked)
    assert fee.amount.amount == 600
    assert "300%" in fee.lines[-1].why
    assert fee.usage_after == Usage()
    charged = replace(parked, charging=(TimeSpan(at("10:00"), at("11:00")),))
    assert rows(price(bay, charged)) == [("charging", HOUR, 0)]
    finished = replace(parked, charging=(TimeSpan(at("09:00"), at("10:15")),))
    assert fen(bay, finished) == 600


def test_discount_is_taken_off_when_the_way_of_paying_has_one() -> None:
    paid = replace(weifang("09:00", "12:10", "fuel"), payment_method="etc")
    fee = price(WEIFANG, paid)
    assert fee.amount.amount == 680
    assert rows(fee)[-1] == ("discount", 1, -120)
    assert fen(WEIFANG, replace(paid, payment_method="cash")) == 800


@pytest.mark.parametrize(
    ("rates", "start", "end", "area", "total"),
    [
        (LINZI, "08:00", "08:30", "I", 0),
        (LINZI, "08:00", "08:31", "I", 150),
        (LINZI_LOST, "08:00", "08:31", "I", 300),
        (LINZI, "08:00", "10:00", "I", 450),
        (LINZI_LOST, "08:00", "10:00", "I", 600),
        (LINZI, "20:00", "2026-03-03T06:00", "I", 400),
        (LINZI, "08:00", "10:00", "II", 300),
        (LINZI_LOST, "08:00", "10:00", "II", 400),
    ],
)
def test_total_is_that_of_the_rule_when_linzi_charges(
    rates: RateTable, start: str, end: str, area: str, total: int
) -> None:
    assert fen(rates, stay(start, end, area_class=area)) == total


@pytest.mark.parametrize(
    ("start", "end", "vehicle", "total"),
    [
        ("19:40", "20:20", "small", 200),
        ("19:00", "20:30", "small", 400),
        ("20:00", "2026-03-03T08:00", "small", 500),
        ("20:00", "2026-03-03T08:00", "large", 1000),
        ("08:00", "2026-03-03T08:00", "small", 2900),
    ],
)
def test_short_stay_belongs_to_the_earlier_span_when_it_crosses_in_jinan(
    start: str, end: str, vehicle: str, total: int
) -> None:
    assert fen(JINAN, stay(start, end, vehicle_class=vehicle)) == total


@pytest.mark.parametrize(
    ("start", "end", "vehicle", "total"),
    [
        ("19:30", "22:00", "small", 900),
        ("19:30", "22:30", "small", 1100),
        ("07:00", "08:30", "small", 600),
        ("12:00", "22:29", "small", 1000),
        ("19:30", "22:30", "medium", 1650),
    ],
)
def test_short_night_is_added_to_the_day_in_shijiazhuang(start: str, end: str, vehicle: str, total: int) -> None:
    assert fen(SHIJIAZHUANG, stay(start, end, vehicle_class=vehicle)) == total


@pytest.mark.parametrize(("end", "total"), [("10:00", 400), ("12:00", 800), ("13:00", 1200), ("14:01", 2000)])
def test_steps_need_not_rise_as_in_zhengzhou(end: str, total: int) -> None:
    assert fen(ZHENGZHOU, stay("09:00", end)) == total


def test_quota_is_spent_over_the_day_when_a_new_energy_car_parks_three_times() -> None:
    """Scenario A: 25 min spare the quota, 90 min use it, the third stay has 30 min left."""
    first = price(LINZI, stay("08:00", "08:25", energy="nev"))
    assert (first.amount.amount, first.usage_after) == (0, Usage())
    second = price(LINZI, stay("09:00", "10:30", energy="nev"), first.usage_after)
    assert second.amount.amount == 0
    assert second.usage_after.granted == {"nev": ((at("09:00"), at("10:30")),)}
    third = price(LINZI, stay("14:00", "15:00", energy="nev"), second.usage_after)
    assert rows(third) == [("nev", HALF_HOUR, 0), ("nev", HALF_HOUR, 0), ("day-I", 1, 150)]
    assert "已用完" in third.lines[1].why
    assert fen(STACKED, stay("14:00", "15:00", energy="nev"), second.usage_after) == 0


def test_doubt_favours_the_driver_when_times_are_uncertain() -> None:
    """Scenario A, the rest: leakage, the scan on the way, an uncertain half hour, silence and a space without approval."""
    assert fen(LINZI, stay("11:00", "12:10")) == 300
    measured = stay("08:00", "08:30:40")
    certain = replace(measured, start=measured.start + timedelta(minutes=1), end=measured.end - timedelta(minutes=1))
    assert fen(LINZI, certain) == 0
    assert fen(LINZI, stay("08:00", "08:20")) == 0
    refused = nothing_owed(stay("08:00", "12:00"), "space_not_approved", Usage())
    assert (refused.amount.amount, refused.lines[0].rule) == (0, "space_not_approved")


@pytest.mark.parametrize("facts", [{"area_class": "III"}, {"kind": "garage"}, {"vehicle_class": "large"}])
def test_refusal_is_named_when_the_table_has_no_price(facts: dict[str, str]) -> None:
    with pytest.raises(FeeRefusedError) as refusal:
        price(LINZI, replace(stay("08:00", "10:00"), **facts))  # type: ignore[arg-type]  # literals drawn as text
    assert refusal.value.code == "rate_missing"
    assert refusal.value.fields["rate_table"] == "t"
