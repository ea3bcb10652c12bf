"""What the switches of a table do to a fee, and what its lines say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from parking.domain.money import Money
from parking.domain.time_span import TimeSpan
from pricing.fees.calculator import price
from pricing.fees.model import FeeRefusedError, LaterTable, Move, Stay, Uncharged, Usage
from pricing.fees.usage import allowance_key, quota_key
from pricing.rates.model import (
    Cap,
    ChargingRule,
    Discount,
    Eligibility,
    EntryLimit,
    FeeRounding,
    FreeAllowance,
    RateStep,
    RateTable,
    RateTier,
    Tax,
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

HOURLY = table(collection(line("hour", unit_price=100)))


def test_lines_tell_the_whole_stay_when_part_of_it_does_not_accrue() -> None:
    cleaning = Uncharged(span=TimeSpan(at("11:00"), at("11:20")), why="清扫 / cleaning")
    fee = price(LINZI, stay("10:00", "12:00", uncharged=(cleaning,)))
    assert rows(fee) == [("free_allowance", 1800, 0), ("day-I", 3, 450), ("not_accruing", 1200, 0)]
    assert [(item.start, item.end) for item in fee.lines] == [
        (at("10:00"), at("10:30")),
        (at("10:30"), at("12:00")),
        (at("11:00"), at("11:20")),
    ]
    assert fee.lines[1].unit_price == 150
    assert [item.why for item in fee.lines] == [
        "停入 30 分钟内免费 / the first 30 min are free",
        "每 30 分钟计价,不足一个计时单位的按一个计 / per 30 min, a started unit counts",
        "清扫 / cleaning",
    ]


def test_begun_seconds_are_not_counted_when_the_ends_lie_between_seconds() -> None:
    short = stay("08:00", "08:30")
    assert fen(LINZI, replace(short, end=short.end + timedelta(microseconds=999_999))) == 0
    assert fen(LINZI, replace(short, start=short.start - timedelta(microseconds=999_999))) == 0
    assert fen(LINZI, replace(short, end=short.end + timedelta(seconds=1))) == 150


def test_fee_is_nothing_when_the_stay_is_empty() -> None:
    taxed = replace(HOURLY, tax=Tax(bp=1000, included=True))
    fee = price(taxed, stay("08:00", "08:00", area_class="III"))
    assert (fee.amount, fee.lines, fee.tax, fee.usage_after) == (Money(0), (), Money(0), Usage())


NAIVE = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - what must be refused


@pytest.mark.parametrize(
    "parked",
    [
        stay("10:00", "09:00"),
        replace(stay("08:00", "10:00"), start=NAIVE),
        replace(stay("08:00", "10:00"), end=NAIVE),
        stay("08:00", "10:00", moves=(Move(at=NAIVE, area_class="I", kind="kerb"),)),
        stay("08:00", "10:00", moves=(Move(at=at("07:59"), area_class="I", kind="kerb"),)),
        stay("08:00", "10:00", moves=(Move(at=at("10:01"), area_class="I", kind="kerb"),)),
        stay("08:00", "10:00", moves=tuple(Move(at=at(t), area_class="I", kind="kerb") for t in ("09:30", "09:00"))),
    ],
)
def test_stay_is_refused_when_its_instants_make_no_stay(parked: Stay) -> None:
    with pytest.raises(FeeRefusedError) as refusal:
        price(HOURLY, parked)
    assert refusal.value.code == "stay_invalid"


def test_stay_is_refused_when_two_collections_are_for_it() -> None:
    twice = table(collection(line("a"), name="a"), collection(line("b"), name="b"))
    with pytest.raises(FeeRefusedError) as refusal:
        price(twice, stay("08:00", "10:00"))
    assert (refusal.value.code, refusal.value.fields["collection"]) == ("rate_ambiguous", ["a", "b"])


@pytest.mark.parametrize(
    "broken",
    [
        table(collection(line("r", unit_s=None))),
        table(collection(line("r", mode="steps"))),
        table(collection(line("r", mode="tiers"))),
        table(collection(line("r", mode="steps", steps=(RateStep(unit_price=1, unit_s=0, units=None),)))),
        table(collection(line("r"), caps=(Cap(cap_id="c", scope="from_entry", amount=1),))),
        replace(HOURLY, quotas=(nev_quota(window="rolling"),)),
        replace(HOURLY, rounding=FeeRounding(to=0)),
    ],
)
def test_table_is_refused_when_it_lacks_a_length(broken: RateTable) -> None:
    with pytest.raises(FeeRefusedError) as refusal:
        price(broken, stay("08:00", "10:00"))
    assert refusal.value.code == "table_invalid"


@pytest.mark.parametrize(
    ("rounding", "seconds", "total"),
    [
        ("up", 3601, 20),
        ("down", 7199, 10),
        ("down", 3599, 0),
        ("nearest", 5399, 10),
        ("nearest", 5400, 20),
        ("exact", 5400, 15),
        ("exact", 5399, 15),
        ("up_at_end", 3601, 20),
    ],
)
def test_begun_unit_counts_as_its_rounding_says(rounding: str, seconds: int, total: int) -> None:
    parked = stay("08:00", "08:00")
    parked = replace(parked, end=parked.start + timedelta(seconds=seconds))
    step = RateStep(unit_price=10, unit_s=HOUR, units=None)
    for rates in (
        table(collection(line("r", unit_price=10, rounding=rounding))),
        table(collection(line("r", mode="steps", steps=(step,), rounding=rounding))),
    ):
        assert fen(rates, parked) == total


def test_last_part_alone_is_rounded_up_when_the_rounding_is_up_at_end() -> None:
    rates = table(
        collection(
            line("a", "00:00-09:15", unit_price=100, rounding="up_at_end"),
            line("b", "09:15-24:00", unit_price=100, rounding="up_at_end"),
        )
    )
    assert rows(price(rates, stay("08:00", "09:45"))) == [("a", 2, 125), ("b", 1, 100)]


def test_steps_count_from_the_stay_when_the_table_says_so() -> None:
    steps = (RateStep(unit_price=100, unit_s=HOUR, units=1), RateStep(unit_price=300, unit_s=HOUR, units=None))

    def rates(steps_from: str) -> RateTable:
        return table(
            collection(
                line("a", "00:00-09:00", unit_price=100),
                line("b", "09:00-24:00", mode="steps", steps=steps, steps_from=steps_from),
            )
        )

    assert fen(rates("segment"), stay("08:00", "11:00")) == 100 + 100 + 300
    assert rows(price(rates("stay"), stay("08:00", "11:00"))) == [("a", 1, 100), ("b", 2, 600)]


@pytest.mark.parametrize(("end", "total"), [("09:00", 300), ("11:00", 500), ("11:00:01", 600), ("16:00", 1500)])
def test_tiers_begin_anew_beyond_the_last_when_they_repeat(end: str, total: int) -> None:
    tiers = (
        RateTier(up_to_s=HALF_HOUR, price=100),
        RateTier(up_to_s=HOUR, price=300),
        RateTier(up_to_s=3 * HOUR, price=500),
    )
    repeated = table(collection(line("r", mode="tiers", tiers=tiers, beyond="repeat")))
    assert fen(repeated, stay("08:00", end)) == total


@pytest.mark.parametrize(("per", "total"), [("segment", 800), ("stay", 400)])
def test_use_is_charged_once_for_each_night_or_for_the_stay(per: str, total: int) -> None:
    nights = table(
        collection(
            line("day", "07:00-19:00", mode="free"),
            line("night", "19:00-07:00", mode="per_use", unit_price=400, per=per),
        )
    )
    assert fen(nights, stay("20:00", "2026-03-04T06:00")) == total


def test_caps_hold_for_their_lines_and_windows_and_the_entry_fee() -> None:
    rates = table(
        collection(
            line("a", "00:00-12:00", unit_price=100, cap=250),
            line("b", "12:00-24:00", unit_price=100),
            entry_fee=70,
            caps=(
                Cap(cap_id="b only", scope="stay", amount=300, rules=frozenset({"b"})),
                Cap(cap_id="day", scope="local_day", amount=600),
            ),
        )
    )
    assert rows(price(rates, stay("12:00", "17:00"))) == [
        ("entry_fee", 1, 70),
        ("b", 5, 500),
        ("b only", 1, -200),
    ]
    assert rows(price(rates, stay("08:00", "17:00"))) == [
        ("entry_fee", 1, 70),
        ("a", 4, 400),
        ("a", 1, -150),
        ("b", 5, 500),
        ("day", 1, -220),
    ]


def test_cap_follows_the_vehicle_only_when_it_says_so() -> None:
    def rates(*, times_vehicle: bool) -> RateTable:
        return table(
            collection(
                line("r", unit_price=100),
                eligibility=Eligibility(
                    area_classes=frozenset({"I"}),
                    kinds=frozenset({"kerb"}),
                    vehicles=(VehicleRate(vehicle_class="large", percent=150),),
                ),
                caps=(Cap(cap_id="most", scope="stay", amount=500, times_vehicle=times_vehicle),),
            )
        )

    large = stay("08:00", "18:00", vehicle_class="large")
    assert fen(rates(times_vehicle=False), large) == 500
    fee = price(rates(times_vehicle=True), large)
    assert (fee.amount.amount, fee.lines[0].unit_price) == (750, 150)
    assert "大型车按 150% 计" in fee.lines[0].why


SECOND_PLACE = Eligibility(
    area_classes=frozenset({"II"}), kinds=frozenset({"lot"}), vehicles=(VehicleRate(vehicle_class="small"),)
)


def test_each_place_is_charged_by_its_own_rate_when_the_vehicle_moves() -> None:
    rates = table(
        collection(line("kerb", unit_price=300), name="kerb"),
        collection(line("lot", unit_price=100), name="lot", eligibility=SECOND_PLACE),
    )
    moves = (
        Move(at=at("09:30"), area_class="II", kind="lot"),
        Move(at=at("10:30"), area_class="I", kind="kerb"),
    )
    fee = price(rates, stay("09:00", "11:00", moves=moves))
    assert rows(fee) == [("kerb", 1, 300), ("lot", 1, 100)]


@pytest.mark.parametrize(("moment", "total"), [("entry", 400), ("as_you_go", 200 + 1000)])
def test_running_stay_follows_a_change_only_when_the_table_says_so(
    moment: Literal["entry", "as_you_go"], total: int
) -> None:
    first = replace(HOURLY, price_moment=moment)
    second = replace(table(collection(line("hour", unit_price=500)), version=2))
    fee = price(first, stay("08:00", "12:00"), later=(LaterTable(at=at("10:00"), table=second),))
    assert fee.amount.amount == total


def granted(*spans: tuple[str, str]) -> Usage:
    return Usage(granted={"nev": tuple((at(low), at(high)) for low, high in spans)})


@pytest.mark.parametrize(
    ("window", "window_s", "used", "total"),
    [
        ("local_day", None, ("2026-03-01T22:00", "2026-03-02T00:00"), 100),
        ("local_day", None, ("2026-03-02T00:00", "2026-03-02T01:00"), 200),
        ("rolling", DAY, ("2026-03-01T10:00", "2026-03-01T12:00"), 200),
        ("rolling", DAY, ("2026-03-01T07:00", "2026-03-01T09:00"), 100),
        ("from_first_use", DAY, ("2026-03-01T10:00", "2026-03-01T12:00"), 100),
        ("from_first_use", DAY, ("2026-03-01T12:00", "2026-03-01T14:00"), 300),
    ],
)
def test_quota_comes_back_as_its_window_says(
    window: str, window_s: int | None, used: tuple[str, str], total: int
) -> None:
    """A stay from 09:00 to 12:00 with two hours of quota, hourly prices of 1.00."""
    rates = replace(HOURLY, quotas=(nev_quota(window=window, window_s=window_s),))
    assert fen(rates, stay("09:00", "12:00", energy="nev"), granted(used)) == total


def test_pricing_a_stay_again_with_its_own_usage_changes_nothing() -> None:
    rates = replace(HOURLY, quotas=(nev_quota(window="rolling", window_s=DAY),))
    parked = stay("09:00", "2026-03-04T12:00", energy="nev")
    first = price(rates, parked)
    again = price(rates, parked, first.usage_after)
    assert (again.amount, again.usage_after) == (first.amount, first.usage_after)


def test_quota_counts_by_place_when_it_is_for_one_place() -> None:
    here = nev_quota(place="here")
    rates = replace(HOURLY, quotas=(here,))
    one = price(rates, stay("08:00", "10:00", energy="nev", place_id="P1"))
    assert list(one.usage_after.granted) == [quota_key(here, "P1")]
    assert fen(rates, stay("11:00", "12:00", energy="nev", place_id="P2"), one.usage_after) == 0
    assert fen(rates, stay("11:00", "12:00", energy="nev", place_id="P1"), one.usage_after) == 100


def test_free_entries_are_counted_when_the_allowance_is_limited() -> None:
    """Qingdao airport: 20 minutes free, three entries in 24 hours; the fourth is charged and says why."""
    limit = EntryLimit(entries=3, window="rolling", window_s=DAY, place="here")
    rates = with_free(HOURLY, FreeAllowance(seconds=1200, when_exceeded="lost", limit=limit))
    usage = Usage()
    for hour in (8, 9, 10):
        fee = price(rates, stay(f"{hour:02d}:00", f"{hour:02d}:20", place_id="P1"), usage)
        assert fee.amount.amount == 0
        usage = fee.usage_after
    key = allowance_key(rates.collections[0], "P1")
    assert usage.entries == {key: (at("08:00"), at("09:00"), at("10:00"))}
    fourth = price(rates, stay("11:00", "11:20", place_id="P1"), usage)
    assert rows(fourth) == [("free_allowance", 0, 0), ("hour", 1, 100)]
    assert "已用完" in fourth.lines[0].why
    assert fourth.usage_after == usage
    assert fen(rates, stay("11:00", "11:20", place_id="P2"), usage) == 0
    assert fen(rates, stay("2026-03-03T08:01", "2026-03-03T08:21", place_id="P1"), usage) == 0


def test_tax_on_top_is_added_and_tax_within_is_stated() -> None:
    on_top = replace(HOURLY, tax=Tax(bp=520, included=False), discounts=(Discount(payment_method="app", percent=10),))
    fee = price(on_top, stay("08:00", "11:00", payment_method="app"))
    assert rows(fee) == [("hour", 3, 300), ("discount", 1, -30), ("tax", 1, 14)]
    assert (fee.amount.amount, fee.tax) == (284, Money(14))
    within = price(replace(HOURLY, tax=Tax(bp=1000, included=True)), stay("08:00", "11:00"))
    assert (within.amount.amount, within.tax) == (300, Money(27))


@pytest.mark.parametrize(("mode", "total"), [("half_up", 150), ("down", 100), ("up", 150)])
def test_fee_is_a_multiple_of_its_rounding(mode: str, total: int) -> None:
    rates = replace(
        table(collection(line("r", unit_price=100, rounding="exact"))),
        rounding=FeeRounding(to=50, mode=mode),  # type: ignore[arg-type]  # a word of the type
    )
    fee = price(rates, stay("08:00", "09:20"))
    assert fee.amount.amount == total
    assert sum(item.amount for item in fee.lines) == total
    assert fee.lines[-1].rule == "rounding"


def test_line_holds_by_activity_and_free_time_lasts_through_the_grace() -> None:
    rule = ChargingRule(
        while_charging="charged",
        grace_s=900,
        idle_percent=200,
        idle_rules=frozenset(),
        idle_uses_quota=False,
        idle_uses_free=False,
    )
    rates = table(
        collection(
            line("charging", unit_price=60, unit_s=60, activity="charging"),
            line("parked", unit_price=100, unit_s=60, activity="parked"),
        ),
        charging=rule,
    )
    parked = stay("09:00", "10:00", charging=(TimeSpan(at("09:10"), at("09:30")),))
    assert rows(price(rates, parked)) == [("parked", 25, 2500), ("charging", 35, 2100)]


def test_instants_of_lines_are_utc() -> None:
    assert {item.start.tzinfo for item in price(LINZI, stay("08:00", "12:00")).lines} == {UTC}
