"""One line of a rate table as a sentence: when it holds, what it costs, how a begun unit counts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pricing.rates.model import Period, RateLine, RateStep
from pricing.rates.words import Said, duration, listed, money, percent_bp

DAYS: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "workday": Said("工作日", "working days"),
        "restday": Said("休息日", "rest days"),
        "holiday": Said("法定节假日", "public holidays"),
        "mon": Said("周一", "Mondays"),
        "tue": Said("周二", "Tuesdays"),
        "wed": Said("周三", "Wednesdays"),
        "thu": Said("周四", "Thursdays"),
        "fri": Said("周五", "Fridays"),
        "sat": Said("周六", "Saturdays"),
        "sun": Said("周日", "Sundays"),
    }
)
_ROUNDING: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "up": Said("，不足一个计费单位的按一个计", ", a begun one counts whole"),
        "down": Said("，不足一个计费单位的不计", ", a begun one is not counted"),
        "nearest": Said("，满半个计费单位的按一个计", ", counted from half of it on"),
        "exact": Said("，不足一个计费单位的按比例计", ", a part in proportion"),
        "up_at_end": Said(
            "，按比例计，最后一段不足一个的按一个计", ", in proportion, at the end of the stay a begun one whole"
        ),
    }
)
_UNITS: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "hour": Said("小时", "hour"),
        "day": Said("日", "day"),
        "week": Said("周", "week"),
        "month": Said("月", "month"),
        "year": Said("年", "year"),
    }
)
_PER_USE: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "segment": Said("，每个时段计一次", ", once in every such time"),
        "stay": Said("，整次停放计一次", ", once in a stay"),
    }
)
_ACTIVITY: Final[Mapping[str, Said]] = MappingProxyType(
    {"parked": Said("不充电时", "without charging"), "charging": Said("充电时", "while charging")}
)


def line_said(line: RateLine, currency: str) -> Said:
    """`工作日 07:00-19:00 每 30 分钟 1.50 元…` in both languages."""
    when, price = _when(line), price_said(line, currency)
    zh, en = f"{when.zh} {price.zh}", f"{when.en}: {price.en}"
    if line.cap is not None:
        cap = money(line.cap, currency)
        times = Said("，按车型比例", ", times the vehicle's percentage") if line.cap_times_vehicle else Said("", "")
        zh, en = f"{zh}，本时段最高 {cap.zh}{times.zh}", f"{en}, at most {cap.en} in that time{times.en}"
    if line.tax_bp is not None:
        share = percent_bp(line.tax_bp)
        zh, en = f"{zh}，税率 {share}", f"{en}, tax {share}"
    return Said(zh, en)


def price_said(line: RateLine, currency: str) -> Said:
    """What the line costs, without when."""
    amount = money(line.unit_price, currency)
    if line.mode == "per_unit":
        unit = _period(line.period) if line.period is not None else _unit(line.unit_s or 0)
        rounding = Said("", "") if line.period is not None else _ROUNDING[line.rounding]
        return Said(f"{unit.zh}{amount.zh}{rounding.zh}", f"{amount.en} {unit.en}{rounding.en}")
    if line.mode == "per_use":
        how = _PER_USE[line.per]
        return Said(f"每次 {amount.zh}{how.zh}", f"{amount.en} per use{how.en}")
    if line.mode == "steps":
        return _steps(line, currency)
    if line.mode == "tiers":
        return _tiers(line, currency)
    return Said("免费", "free")


def _when(line: RateLine) -> Said:
    zh, en = [], []
    if line.valid_from is not None or line.valid_to is not None:
        first, last = line.valid_from or "", line.valid_to or ""
        zh.append(f"{first} 至 {last}" if first and last else f"{first} 起" if first else f"至 {last}")
        en.append(f"{first} to {last}" if first and last else f"from {first}" if first else f"until {last}")
    days = listed([said for day, said in DAYS.items() if day in line.days])
    is_whole_day = line.start == line.end
    span = f"{line.start:%H:%M}-{line.end:%H:%M}"
    if line.days:
        zh.append(days.zh)
        en.append(days.en)
    if not is_whole_day or line.start.hour or line.start.minute:
        zh.append(span)
        en.append(span)
    elif not line.days:
        zh.append("全天")
        en.append("all day")
    if line.activity is not None:
        zh.append(_ACTIVITY[line.activity].zh)
        en.append(_ACTIVITY[line.activity].en)
    return Said(" ".join(zh), " ".join(en))


def _unit(unit_s: int) -> Said:
    length = duration(unit_s)
    return Said(f"每 {length.zh} ", f"per {length.en}")


def _period(period: Period) -> Said:
    unit = _UNITS[period.unit]
    if period.alignment == "calendar":
        return Said(f"每自然{unit.zh} ", f"per calendar {unit.en}")
    return Said(f"自计费起每{unit.zh} ", f"per {unit.en} from the first charged second")


def _steps(line: RateLine, currency: str) -> Said:
    said = [_step(step, currency, is_first=index == 0) for index, step in enumerate(line.steps)]
    rounding = _ROUNDING[line.rounding]
    counted = (
        Said("，时长按整次停放累计", ", counted over the whole stay") if line.steps_from == "stay" else Said("", "")
    )
    return Said(
        "，".join(one.zh for one in said) + rounding.zh + counted.zh,
        ", ".join(one.en for one in said) + rounding.en + counted.en,
    )


def _step(step: RateStep, currency: str, *, is_first: bool) -> Said:
    price, unit = money(step.unit_price, currency), _unit(step.unit_s)
    if step.units is None:
        after = Said("", "") if is_first else Said("此后", "then ")
        return Said(f"{after.zh}{unit.zh}{price.zh}", f"{after.en}{price.en} {unit.en}")
    span = duration(step.units * step.unit_s)
    lead = Said("前", "for the first ") if is_first else Said("接着", "for the next ")
    return Said(f"{lead.zh} {span.zh}{unit.zh}{price.zh}", f"{lead.en}{span.en} {price.en} {unit.en}")


def _tiers(line: RateLine, currency: str) -> Said:
    zh, en = [], []
    for tier in line.tiers:
        price = money(tier.price, currency)
        if tier.up_to_s is None:
            zh.append(f"更长 {price.zh}")
            en.append(f"longer {price.en}")
        else:
            length = duration(tier.up_to_s)
            zh.append(f"不超过 {length.zh} {price.zh}")
            en.append(f"up to {length.en} {price.en}")
    if line.tiers and line.tiers[-1].up_to_s is not None:
        zh.append("更长的重新起算" if line.beyond == "repeat" else "更长的未定价")
        en.append("longer: anew from the first" if line.beyond == "repeat" else "longer: no price")
    return Said("，".join(zh), ", ".join(en))
