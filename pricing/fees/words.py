"""Sentences of a fee in Chinese and English, side by side as on the sign: "中文 / English"."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from pricing.fees.amounts import Amount, half_up
from pricing.rates.model import Cap, CapScope, PeriodUnit, VehicleClass

FULL_PERCENT: Final = 100
Words = tuple[str, str]
"""Chinese, English."""

_VEHICLES: Final[Mapping[VehicleClass, Words]] = MappingProxyType(
    {
        "motorcycle": ("摩托车", "motorcycle"),
        "small": ("小型车", "small vehicle"),
        "medium": ("中型车", "medium vehicle"),
        "large": ("大型车", "large vehicle"),
    }
)
_PERIODS: Final[Mapping[PeriodUnit, Words]] = MappingProxyType(
    {
        "hour": ("每小时", "hour"),
        "day": ("每天", "day"),
        "week": ("每周", "week"),
        "month": ("每月", "month"),
        "year": ("每年", "year"),
    }
)
_ROUNDED: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "up": ("不足一个计时单位的按一个计", "a started unit counts"),
        "down": ("不足一个计时单位的不计", "a started unit does not count"),
        "nearest": ("满半个计时单位的按一个计", "half a unit counts as one"),
        "exact": ("按实际时长折算", "in proportion to the time"),
    }
)
_SCOPES: Final[Mapping[CapScope, Words]] = MappingProxyType(
    {
        "stay": ("每次停车", "the stay"),
        "local_day": ("每个自然日", "each calendar day"),
        "from_entry": ("自停入起", "the time from entry"),
    }
)


@lru_cache(maxsize=8192)
def said(*words: Words) -> str:
    """Join sentences of both languages."""
    return f"{','.join(zh for zh, _ in words)} / {', '.join(en for _, en in words)}"


@lru_cache(maxsize=1024)
def duration(seconds: int) -> Words:
    for unit, zh, en in ((3600, "小时", "h"), (60, "分钟", "min")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit} {zh}", f"{seconds // unit} {en}"
    whole, rest = divmod(seconds, 60)
    if whole:
        return f"{whole} 分 {rest} 秒", f"{whole} min {rest} s"
    return f"{seconds} 秒", f"{seconds} s"


def percentage(bp: int) -> str:
    """Hundredths of a percent as people write them: 20, 5.2."""
    whole, rest = divmod(bp, 100)
    return str(whole) if rest == 0 else f"{whole}.{rest:02d}".rstrip("0")


def money(amount: Amount) -> str:
    """Minor units as people write them; fractions of a minor unit rounded half up."""
    minor = half_up(Fraction(amount))
    return f"{minor // 100}.{minor % 100:02d}"


@lru_cache(maxsize=4096)
def unit_words(unit_s: int, rounding: str) -> Words:
    zh, en = duration(unit_s)
    rounded = _ROUNDED[rounding]
    return f"每 {zh}计价,{rounded[0]}", f"per {en}, {rounded[1]}"


@lru_cache(maxsize=64)
def period_words(unit: PeriodUnit, alignment: str) -> Words:
    zh, en = _PERIODS[unit]
    calendar = alignment == "calendar"
    return f"{zh}计价,{'按自然周期' if calendar else '自停入起算'}", (
        f"per {'calendar ' if calendar else ''}{en}" + ("" if calendar else " from the beginning")
    )


@lru_cache(maxsize=1024)
def times_words(vehicle: VehicleClass, vehicle_percent: int, idle_percent: int | None) -> tuple[Words, ...]:
    """Why a price is not the table's own; nothing where it is."""
    words: list[Words] = []
    if vehicle_percent != FULL_PERCENT:
        zh, en = _VEHICLES[vehicle]
        words.append((f"{zh}按 {vehicle_percent}% 计", f"{en} {vehicle_percent}%"))
    if idle_percent is not None:
        words.append(
            (f"占用充电车位未充电,按 {idle_percent}% 计", f"on a charging space without charging {idle_percent}%")
        )
    return tuple(words)


def cap_words(cap: Cap, most: Amount) -> Words:
    zh, en = _SCOPES[cap.scope]
    if cap.scope == "from_entry" and cap.window_s is not None:
        window_zh, window_en = duration(cap.window_s)
        zh, en = f"自停入起每 {window_zh}", f"each {window_en} from entry"
    return f"{zh}封顶 {money(most)}", f"at most {money(most)} for {en}"
