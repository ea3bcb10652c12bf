"""The ready policies cost what their texts say; the arithmetic of every total stands beside it.

2026-03-02 is a Monday, 2026-03-07 a free Saturday, 2026-02-14 a Saturday that is worked, 2026-02-16 within the Spring
Festival. Rows marked G are those of city.md, section G.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import pytest

import pricing.rates
from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass
from pricing.fees.calculator import price
from pricing.fees.model import Fee, FeeRefusedError, Right, Stay, Usage
from pricing.rates.model import RateTable
from pricing.rates.policy_file import parse_policy, read_policy

POLICIES: Final = Path(pricing.rates.__file__).parent / "policies"
BEIJING_TIME: Final = ZoneInfo("Asia/Shanghai")

Rows = list[tuple[str, str, str, dict[str, Any], int]]
"""Area class, start, end, what else is known of the stay, and the fee."""
LINZI: Final[Rows] = [
    ("I", "2026-03-02T08:00", "08:30", {}, 0),  # G: within the free half hour
    ("I", "2026-03-02T08:00", "08:31", {}, 150),  # G: a minute beyond, a half hour begun
    ("I", "2026-03-02T08:00", "10:00", {}, 450),  # G: four half hours, one free: 3 x 1.50
    ("II", "2026-03-02T08:00", "10:00", {}, 300),  # G: 3 x 1.00
    ("I", "2026-03-02T20:00", "2026-03-03T06:00", {}, 400),  # G: one night, over midnight
    ("I", "2026-03-02T18:30", "2026-03-03T08:00", {}, 700),  # free to 19:00, night 4.00, 07:00 to 08:00 2 x 1.50
    ("I", "2028-02-28T23:00", "2028-02-29T23:00", {}, 4400),  # leap day: night 4.00, 24 x 1.50, next night 4.00
]
JINAN: Final[Rows] = [
    ("I", "2026-03-02T09:00", "09:30", {}, 0),  # within the free half hour
    ("I", "2026-03-02T09:00", "09:31", {}, 200),  # lost: one begun hour from entry
    ("III", "2026-03-02T09:00", "09:31", {"vehicle_class": "large"}, 400),  # 2 x 2.00
    ("I", "2026-03-02T19:40", "20:30", {}, 200),  # 50 minutes over the boundary: one hour of the earlier period
    ("I", "2026-03-02T19:40", "20:40", {}, 400),  # 60 minutes: a begun hour of day and one of night
    ("I", "2026-03-02T20:00", "2026-03-03T08:00", {}, 500),  # 12 x 2.00 = 24.00, at most 5.00
    ("I", "2026-03-02T20:00", "2026-03-03T08:00", {"vehicle_class": "large"}, 1000),  # at most 2 x 5.00
    ("I", "2026-03-02T09:00", "2026-03-03T09:00", {}, 2900),  # 11 x 2.00, night 5.00, 1 x 2.00
    ("I", "2026-02-16T09:00", "11:00", {}, 400),  # a holiday is a day as any other: 2 x 2.00
    ("I", "2028-02-28T20:00", "2028-02-29T20:00", {}, 2900),  # leap day: night 5.00, 12 x 2.00
]
CHARGING_SPACE: Final[dict[str, Any]] = {"use": "charging"}
NEV: Final[dict[str, Any]] = {"energy": "nev"}
WEIFANG: Final[Rows] = [
    ("I", "2026-03-02T09:00", "09:30", {}, 0),  # G
    ("I", "2026-03-02T09:00", "09:31", {}, 200),  # G: one begun hour
    ("I", "2026-03-02T09:00", "09:31", NEV, 0),  # G: quota
    ("I", "2026-03-02T09:00", "12:10", {}, 800),  # G: 4 x 2.00
    ("I", "2026-03-02T09:00", "12:10", NEV, 400),  # G: 3:10 less 2:00, 2 x 2.00
    ("I", "2026-03-02T18:00", "20:00", {}, 700),  # G: 1 x 2.00, night 5.00
    ("I", "2026-03-02T18:00", "20:00", NEV, 0),  # G: all of it within the quota
    ("I", "2026-03-02T20:00", "2026-03-03T06:30", {}, 500),  # G: one night
    ("I", "2026-03-02T20:00", "2026-03-03T06:30", NEV, 500),  # G: what the quota leaves is still one use
    ("I", "2026-03-02T09:00", "2026-03-03T09:00", {}, 1500),  # G: 20.00 + 5.00 + 4.00, at most 15.00
    ("I", "2026-03-02T09:00", "2026-03-03T09:00", NEV, 1500),  # G: 16.00 + 5.00 + 4.00, at most 15.00
    ("I", "2026-03-02T10:00", "11:00", CHARGING_SPACE, 600),  # G: 3 x 2.00
    ("I", "2026-03-02T10:00", "11:00", CHARGING_SPACE | NEV, 600),  # G: blocking is not for free
    ("I", "2026-03-02T09:00", "2026-03-04T09:00", {}, 3000),  # two times 24 hours, 15.00 each
    ("I", "2026-02-16T09:00", "12:10", {}, 800),  # a holiday is a day as any other: 4 x 2.00
    ("I", "2028-02-28T09:00", "2028-02-29T09:00", {}, 1500),  # leap day: 20.00 + 5.00 + 4.00, at most 15.00
]
SUIZHOU: Final[Rows] = [
    ("I", "2026-03-02T08:00", "08:30", {}, 0),  # within the free half hour
    ("I", "2026-03-02T08:00", "10:00", {}, 500),  # 90 minutes: 3.00 + 2.00
    ("II", "2026-03-02T08:00", "10:00", {}, 400),  # 3.00 + 1.00
    ("III", "2026-03-02T08:00", "10:00", {}, 200),  # 2 x 1.00
    ("I", "2026-03-02T08:00", "22:00", {}, 2000),  # 13:30 charged: 3.00 + 13 x 2.00 = 29.00, at most 20.00
    # From 08:30 on 24 hours: on Monday begin 16 (3.00 + 15 x 2.00 = 33.00, at most 20.00), on Tuesday 8 (16.00).
    ("I", "2026-03-02T08:00", "2026-03-03T08:00", {}, 3600),
    ("II", "2026-02-16T08:00", "10:00", {}, 400),  # a holiday is a day as any other: 3.00 + 1.00
    ("I", "2028-02-28T22:00", "2028-02-29T02:00", {}, 900),  # leap day: 3:30 charged, 3.00 + 3 x 2.00
]
SHIJIAZHUANG: Final[Rows] = [
    ("I", "2026-03-02T08:00", "08:01", {}, 300),  # no free time; a begun hour
    ("I", "2026-03-02T08:00", "08:01", {"vehicle_class": "medium"}, 450),  # half as much again
    ("I", "2026-03-02T08:00", "08:01", {"vehicle_class": "large"}, 600),  # double
    ("I", "2026-03-02T07:30", "21:30", {}, 1000),  # 14 x 3.00 = 42.00, at most 10.00
    ("I", "2026-03-02T07:30", "21:30", {"vehicle_class": "large"}, 2000),  # at most 2 x 10.00
    ("II", "2026-03-02T07:30", "21:30", {}, 800),  # 14 x 2.00, at most 8.00
    ("III", "2026-03-02T08:00", "11:00", {}, 400),  # 2.00 + 2 x 1.00
    ("III", "2026-03-02T07:30", "21:30", {}, 600),  # 2.00 + 13 x 1.00, at most 6.00
    ("I", "2026-03-02T21:00", "22:29", {}, 600),  # 59 minutes of night join the day: 1:29, 2 x 3.00
    ("I", "2026-03-02T21:00", "22:30", {}, 800),  # a whole hour of night: 3.00 + 5.00
    ("I", "2026-03-02T06:35", "08:00", {}, 600),  # 55 minutes of night join the day behind: 1:25, 2 x 3.00
    ("I", "2026-03-02T07:10", "07:30", {}, 500),  # all of it night
    ("I", "2026-03-02T07:10", "07:31", {}, 300),  # a minute of day: the short night joins it, one begun hour
    ("I", "2026-03-02T22:00", "22:40", {}, 500),  # no day beside it: one night
    ("I", "2026-03-02T21:00", "2026-03-03T07:30", {}, 800),  # over midnight: 3.00 + 5.00
    ("I", "2026-03-02T08:00", "2026-03-03T08:00", {}, 1800),  # 10.00 + 5.00 + 3.00
    ("II", "2026-02-16T08:00", "10:00", {}, 400),  # a holiday is a day as any other: 2 x 2.00
    ("I", "2028-02-28T21:30", "2028-02-29T21:30", {}, 1500),  # leap day: night 5.00, day 10.00
]
LINYI: Final[Rows] = [
    ("I", "2026-03-02T08:00", "08:15", {}, 0),  # within the free quarter
    ("I", "2026-03-02T08:00", "08:16", {}, 100),  # the first hour
    ("II", "2026-03-02T08:00", "09:15", {}, 100),  # 60 minutes charged
    ("III", "2026-03-02T08:00", "09:16", {}, 300),  # 61 minutes: 1.00 + 2.00
    ("I", "2026-03-02T08:00", "10:00", {}, 500),  # 1:45: 1.00 + 2 x 2.00
    ("I", "2026-03-02T23:00", "2026-03-03T01:00", {}, 500),  # midnight changes nothing
    ("I", "2026-03-02T08:00", "2026-03-03T08:00", {}, 9300),  # no cap: 23:45 charged, 1.00 + 46 x 2.00
    ("I", "2026-02-16T08:00", "10:00", {}, 500),  # nor does a holiday
    ("I", "2028-02-28T23:15", "2028-02-29T00:45", {}, 300),  # leap day: 75 minutes, 1.00 + 2.00
]
SHENZHEN: Final[Rows] = [
    ("I", "2026-03-02T07:30", "07:40", {}, 0),  # within the ten free minutes
    ("I", "2026-03-02T07:30", "08:10", {}, 300),  # the first half hour
    ("I", "2026-03-02T07:30", "10:40", {}, 3300),  # three hours: 3.00 + 5 x 6.00
    ("I", "2026-03-02T07:30", "11:10", {}, 4300),  # and a half hour at 10.00
    ("II", "2026-03-02T07:30", "08:40", {}, 540),  # 1.80 + 3.60
    ("III", "2026-03-02T07:30", "08:40", {}, 360),  # 1.20 + 2.40
    ("I", "2026-03-07T10:00", "10:40", {}, 120),  # a free Saturday
    ("I", "2026-03-07T09:00", "10:30", {}, 120),  # paid from ten; the ten minutes are gone by then
    ("I", "2026-02-14T08:00", "08:40", {}, 300),  # a worked Saturday is a workday
    ("II", "2026-02-16T10:00", "11:10", {}, 240),  # holiday: 0.90 + 1.50
    ("III", "2026-02-16T10:00", "10:40", {}, 60),  # holiday: 0.60
    ("I", "2026-03-02T20:00", "2026-03-03T07:30", {}, 0),  # free nights
    # Friday 19:10 to 20:00 two half hours, 3.00 + 6.00; Saturday 10:00 to 10:30 1.20.
    ("I", "2026-03-06T19:00", "2026-03-07T10:30", {}, 1020),
    ("I", "2026-03-02T07:30", "2026-03-03T07:30", {}, 22300),  # 12:20: 3.00 + 5 x 6.00 + 19 x 10.00
    ("I", "2028-02-28T20:00", "2028-02-29T08:00", {}, 300),  # leap day, a Tuesday: from 07:30 on
]
BEIJING: Final[Rows] = [
    ("I", "2026-03-02T07:00", "08:00", {}, 1000),  # 4 x 2.50
    ("I", "2026-03-02T07:00", "08:01", {}, 1375),  # and 3.75
    ("II", "2026-03-02T07:00", "08:00", {}, 600),  # 4 x 1.50
    ("III", "2026-03-02T07:00", "08:16", {}, 350),  # 4 x 0.50 + 2 x 0.75
    ("I", "2026-03-02T19:00", "2026-03-03T07:00", {}, 600),  # 6 x 1.00, over midnight
    ("I", "2026-03-02T18:45", "19:30", {}, 350),  # 2.50 + 1.00
    ("I", "2026-03-02T18:45", "2026-03-03T07:15", {}, 1100),  # 2.50 + 6.00 + 2.50
    ("I", "2026-03-02T07:00", "2026-03-03T07:00", {}, 18100),  # 4 x 2.50 + 44 x 3.75 + 6.00; no cap
    ("II", "2026-02-16T07:00", "08:00", {}, 600),  # a holiday is a day as any other
    ("I", "2028-02-28T23:00", "2028-02-29T01:00", {}, 100),  # leap day: two hours of night
]
TOTALS: Final = [
    (name, *row)
    for name, rows in {
        "linzi": LINZI,
        "jinan_kerb": JINAN,
        "weifang_lots": WEIFANG,
        "suizhou": SUIZHOU,
        "shijiazhuang": SHIJIAZHUANG,
        "linyi_kerb": LINYI,
        "shenzhen_kerb": SHENZHEN,
        "beijing_kerb": BEIJING,
    }.items()
    for row in rows
]


def policy(name: str) -> RateTable:
    return read_policy(POLICIES / f"{name}.toml")


def fee(
    table: RateTable,
    start: str,
    end: str,
    usage: Usage | None = None,
    *,
    area_class: str = "I",
    **said: Any,  # noqa: ANN401 - fields of Stay
) -> Fee:
    """Of a stay in local time; an `end` without a day is on that of the start."""
    full_end = end if "T" in end else f"{start[:10]}T{end}"
    kind = next(iter(table.collections[0].eligibility.kinds))
    start_at, end_at = (
        datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(table.timezone)) for text in (start, full_end)
    )
    return price(
        table, Stay(start=start_at, end=end_at, area_class=cast("AreaClass", area_class), kind=kind, **said), usage
    )


@pytest.mark.parametrize(("name", "area_class", "start", "end", "said", "total"), TOTALS)
def test_stay_costs_what_the_text_says(
    name: str, area_class: str, start: str, end: str, said: dict[str, Any], total: int
) -> None:
    assert fee(policy(name), start, end, area_class=area_class, **said).amount.amount == total


def test_new_energy_hours_are_used_up_over_the_stays_of_a_calendar_day_in_linzi() -> None:
    linzi = policy("linzi")
    first = fee(linzi, "2026-03-02T09:00", "10:30", **NEV)
    assert first.amount.amount == 0
    # 30 minutes left, the free half hour runs beside them: one half hour of 1.50 is charged.
    assert fee(linzi, "2026-03-02T14:00", "15:00", first.usage_after, **NEV).amount.amount == 150
    assert fee(linzi, "2026-03-03T08:00", "10:00", first.usage_after, **NEV).amount.amount == 0


def test_new_energy_hours_of_jinan_are_counted_at_each_place_for_24_hours_from_the_first_use() -> None:
    jinan = policy("jinan_kerb")
    short = fee(jinan, "2026-03-02T08:00", "08:30", place_id="a", **NEV).usage_after
    assert short == Usage()
    used = fee(jinan, "2026-03-02T09:00", "10:30", short, place_id="a", **NEV).usage_after
    # 30 minutes left of two hours, then one begun hour of 2.00; another place has two hours of its own.
    again = fee(jinan, "2026-03-02T14:00", "15:00", used, place_id="a", **NEV)
    assert again.amount.amount == 200
    assert fee(jinan, "2026-03-02T14:00", "15:00", used, place_id="b", **NEV).amount.amount == 0
    # Within 24 hours of Monday 09:00 nothing is left; then two hours anew.
    assert fee(jinan, "2026-03-03T08:00", "08:40", again.usage_after, place_id="a", **NEV).amount.amount == 200
    assert fee(jinan, "2026-03-03T09:00", "11:00", again.usage_after, place_id="a", **NEV).amount.amount == 0


def test_new_energy_hours_of_linyi_come_back_with_the_next_day() -> None:
    linyi = policy("linyi_kerb")
    used = fee(linyi, "2026-03-02T08:00", "10:00", **NEV)
    assert used.amount.amount == 0
    assert fee(linyi, "2026-03-02T12:00", "13:00", used.usage_after, **NEV).amount.amount == 100  # 45 minutes: 1.00
    assert fee(linyi, "2026-03-03T08:00", "09:00", used.usage_after, **NEV).amount.amount == 0


@pytest.mark.parametrize("exempt_class", ["military", "disabled", "emergency"])
def test_exempt_class_pays_nothing_in_weifang(exempt_class: str) -> None:
    rights = (Right(exempt_class=exempt_class),)
    assert fee(policy("weifang_lots"), "2026-03-02T09:00", "2026-03-03T09:00", rights=rights).amount.amount == 0


def test_parking_is_free_while_charging_in_weifang_and_three_times_the_price_after_it() -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=BEIJING_TIME)
    charging = (TimeSpan(start, start + timedelta(hours=2)),)
    charged = fee(policy("weifang_lots"), "2026-03-02T09:00", "12:00", use="charging", charging=charging, **NEV)
    assert charged.amount.amount == 600  # one hour after charging: 3 x 2.00


@pytest.mark.parametrize("name", ["weifang_lots", "suizhou", "linyi_kerb", "shenzhen_kerb", "beijing_kerb"])
def test_large_vehicle_is_refused_where_the_text_names_no_price_of_it(name: str) -> None:
    with pytest.raises(FeeRefusedError) as refusal:
        fee(policy(name), "2026-03-02T09:00", "12:00", vehicle_class="large")
    assert refusal.value.code == "rate_missing"


AMSTERDAM: Final = parse_policy(
    b"""
rate_table = "ocpi-2eur-hour"
version = 1
title = "OCPI 2.3.0, simple tariff"
title_en = "OCPI 2.3.0, simple tariff"
currency = "EUR"
timezone = "Europe/Amsterdam"
calendar = "NL"
price_moment = "entry"
[legal]
document = "ocpi/ocpi mod_tariffs.asciidoc"
authority = "ocpi"
form = "market"
source = "ocpi/ocpi examples/tariff_1_simple_2hour.json"
tick = 1
notice_working_days = 0
[tax]
bp = 1000
included = false
[[collection]]
id = "hours"
area_classes = ["I"]
kinds = ["lot"]
vehicles = ["small"]
[[collection.line]]
rule = "hour"
mode = "per_unit"
price = 200
unit = "1h"
rounding = "exact"
"""
)


@pytest.mark.parametrize(
    ("start", "end", "fold"),
    [
        ("2026-03-02T00:30", "2026-03-02T03:00", 0),
        ("2026-03-29T00:30", "2026-03-29T04:00", 0),  # an hour is skipped: three and a half by the wall clock
        ("2026-10-25T00:30", "2026-10-25T02:00", 1),  # an hour is repeated: one and a half by the wall clock
    ],
)
def test_two_and_a_half_hours_cost_the_same_when_the_clocks_change(start: str, end: str, fold: int) -> None:
    begin, finish = (
        datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Amsterdam"), fold=one)
        for text, one in ((start, 0), (end, fold))
    )
    due = price(AMSTERDAM, Stay(start=begin, end=finish, area_class="I", kind="lot"))
    # The total that OCPI prints: 2.5 h x 2.00 = 5.00, with 10 % tax 5.50.
    assert (due.amount.amount, due.tax is not None and due.tax.amount) == (550, 50)
