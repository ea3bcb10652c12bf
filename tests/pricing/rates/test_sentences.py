"""Every rule of a table is said in Chinese and in English."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from pricing.rates.line_sentences import line_said
from pricing.rates.model import (
    Cap,
    ChargingRule,
    Discount,
    EntryLimit,
    Exemption,
    FeeRounding,
    FreeAllowance,
    Period,
    RateLine,
    RateStep,
    RateTier,
    ShortPart,
    ShortStay,
    Tax,
    TimeQuota,
    VehicleRate,
)
from pricing.rates.sentences import collection_said, table_said
from pricing.rates.words import Said, duration, money
from tests.pricing.kerb_city import LINZI

DAY = RateLine(rule_id="day", start=time(7), end=time(19), mode="per_unit", unit_price=150, unit_s=1800)
STEPS = (RateStep(unit_price=100, unit_s=900, units=4), RateStep(unit_price=150, unit_s=900, units=None))
TIERS = (RateTier(up_to_s=3600, price=500), RateTier(up_to_s=None, price=2000))
KERB = LINZI.collections[0]


@pytest.mark.parametrize(
    ("change", "zh", "en"),
    [
        (
            {},
            "07:00-19:00 每 30 分钟 1.50 元，不足一个计费单位的按一个计",
            "07:00-19:00: ¥1.50 per 30 min, a begun one counts whole",
        ),
        (
            {"days": frozenset({"holiday", "restday"}), "rounding": "exact"},
            "休息日、法定节假日 07:00-19:00 每 30 分钟 1.50 元，不足一个计费单位的按比例计",
            "rest days, public holidays 07:00-19:00: ¥1.50 per 30 min, a part in proportion",
        ),
        (
            {"start": time(0), "end": time(0), "mode": "per_use", "unit_s": None, "per": "stay", "cap": 800},
            "全天 每次 1.50 元，整次停放计一次，本时段最高 8.00 元",
            "all day: ¥1.50 per use, once in a stay, at most ¥8.00 in that time",
        ),
        (
            {"mode": "steps", "steps": STEPS, "unit_price": 0, "steps_from": "stay"},
            "07:00-19:00 前 1 小时每 15 分钟 1.00 元，此后每 15 分钟 1.50 元，不足一个计费单位的按一个计，时长按整次停放累计",
            (
                "07:00-19:00: for the first 1 h ¥1.00 per 15 min, then ¥1.50 per 15 min, a begun one counts whole,"
                " counted over the whole stay"
            ),
        ),
        (
            {"mode": "tiers", "tiers": TIERS, "unit_price": 0},
            "07:00-19:00 不超过 1 小时 5.00 元，更长 20.00 元",
            "07:00-19:00: up to 1 h ¥5.00, longer ¥20.00",
        ),
        (
            {"mode": "tiers", "tiers": TIERS[:1], "unit_price": 0, "beyond": "repeat"},
            "07:00-19:00 不超过 1 小时 5.00 元，更长的重新起算",
            "07:00-19:00: up to 1 h ¥5.00, longer: anew from the first",
        ),
        (
            {"unit_s": None, "period": Period(unit="month", alignment="calendar"), "valid_from": date(2026, 5, 1)},
            "2026-05-01 起 07:00-19:00 每自然月 1.50 元",
            "from 2026-05-01 07:00-19:00: ¥1.50 per calendar month",
        ),
        (
            {"mode": "free", "unit_s": None, "unit_price": 0, "activity": "charging", "tax_bp": 650},
            "07:00-19:00 充电时 免费，税率 6.50 %",
            "07:00-19:00 while charging: free, tax 6.50 %",
        ),
    ],
)
def test_line_is_said_whatever_its_mode(change: dict[str, Any], zh: str, en: str) -> None:
    assert line_said(replace(DAY, **change), "CNY") == Said(zh, en)


def test_collection_is_said_with_all_its_rules() -> None:
    limit = EntryLimit(entries=2, window="local_day", window_s=None, place="here")
    collection = replace(
        KERB,
        eligibility=replace(
            KERB.eligibility,
            vehicles=(VehicleRate(vehicle_class="small"), VehicleRate(vehicle_class="large", percent=200)),
            energies=frozenset({"nev"}),
        ),
        free=FreeAllowance(seconds=900, when_exceeded="lost", limit=limit),
        entry_fee=100,
        caps=(
            Cap(cap_id="day", scope="from_entry", amount=3000, window_s=86_400),
            Cap(cap_id="night", scope="local_day", amount=500, rules=frozenset({"night-I"}), times_vehicle=True),
        ),
        short_stay=ShortStay(below_s=3600),
        short_parts=(ShortPart(rule="night-I", below_s=1800, added_to="day-I"),),
    )
    said = collection_said(LINZI, collection)
    assert said.heading.zh == "小型车、大型车（按 200%），新能源车"
    assert [one.zh for one in said.rules] == [
        "15 分钟以内免费（每车每日限 2 次（按停车场计）），超过的从入场起计费",
        "每次入场 1.00 元",
        "自入场起每 24 小时最高 30.00 元",
        "每日最高 5.00 元（night-I 时段），按车型比例",
        "跨时段停放不足 1 小时的，按第一时段计",
        "在 night-I 时段不足 30 分钟的部分计入 day-I 时段",
    ]
    assert said.rules[2].en == "at most ¥30.00 each 24 h from entry"
    assert list(said.lines) == ["day-I", "night-I"]
    assert all(one.zh and one.en for one in said.all)


def test_table_is_said_with_what_holds_for_all() -> None:
    rolling = TimeQuota(
        quota_id="q",
        seconds=7200,
        window="from_first_use",
        window_s=86_400,
        energies=frozenset(),
        place="here",
        stacks_on_free=True,
        short_stays_use_nothing=False,
    )
    table = replace(
        LINZI,
        price_moment="as_you_go",
        quotas=(*LINZI.quotas, rolling),
        exemptions=(Exemption(exempt_class="disabled", proof="残疾人证"),),
        charging=ChargingRule(
            while_charging="free",
            grace_s=900,
            idle_percent=300,
            idle_rules=frozenset(),
            idle_uses_quota=False,
            idle_uses_free=True,
        ),
        discounts=(Discount(payment_method="wallet", percent=5),),
        tax=Tax(bp=600, included=True),
        rounding=FeeRounding(to=10, mode="down"),
    )
    assert [one.zh for one in table_said(table)] == [
        "新能源车每日免费 2 小时，起始免费时长内离开的不占用",
        "每辆车自首次使用起 24 小时内免费 2 小时（按停车场计），起始免费时长另计",
        "disabled：凭残疾人证免费",
        "充电期间及结束后 15 分钟内免停车费",
        "占用充电泊位而不充电的按 300% 计",
        "不充电的占用时间不享受免费额度",
        "wallet 支付减 5%",
        "价格含税 6 %",
        "总额舍去不足 0.10 元",
        "停放期间调价的，自调价时起按新价",
    ]
    assert all(one.en for one in table_said(table))


def test_words_of_money_and_time_are_exact() -> None:
    assert (money(5, "CNY").zh, money(-150, "EUR").en) == ("0.05 元", "-1.50 EUR")
    assert [duration(seconds).en for seconds in (90, 5400, 86_400, 172_800, 90_000)] == [
        "1 min 30 s",
        "1 h 30 min",
        "24 h",
        "2 d",
        "25 h",
    ]
