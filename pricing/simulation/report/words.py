"""The names of groups and codes in Chinese and English, and money and shares as people write them."""

from types import MappingProxyType
from typing import Final

from pricing.simulation.model import NAMED_SOURCE, PRIOR_SOURCE

Words = tuple[str, str]

DIMENSIONS: Final = MappingProxyType(
    {
        "zone": ("区域", "Zone"),
        "duration": ("停放时长", "Time parked"),
        "vehicle_class": ("车型", "Vehicle class"),
        "energy": ("能源", "Energy"),
        "person": ("居民或访客", "Resident or visitor"),
    }
)
_KEYS: Final = MappingProxyType(
    {
        "small": ("小型", "small"),
        "medium": ("中型", "medium"),
        "large": ("大型", "large"),
        "motorcycle": ("摩托车", "motorcycle"),
        "fuel": ("燃油", "fuel"),
        "nev": ("新能源", "new energy"),
        "resident": ("居民", "resident"),
        "visitor": ("访客", "visitor"),
        "unknown": ("未知车辆", "vehicle unknown"),
        "all": ("全部", "all"),
        "draft": ("草案", "draft"),
        "present": ("现行", "present"),
        "0-30 min": ("30 分钟以内", "up to 30 min"),
        "30-60 min": ("30–60 分钟", "30–60 min"),
        "1-2 h": ("1–2 小时", "1–2 h"),
        "2-4 h": ("2–4 小时", "2–4 h"),
        "4-8 h": ("4–8 小时", "4–8 h"),
        "8-24 h": ("8–24 小时", "8–24 h"),
        "> 24 h": ("24 小时以上", "more than 24 h"),
    }
)
_SOURCES: Final = MappingProxyType(
    {
        PRIOR_SOURCE: (
            "先验值 -0.3，标准差 0.2，不是本市的测量。已发表的估计从 -0.29（都柏林：Kelly 和 Clinch）和 -0.4（旧金山第一年：Pierce 和 Shoup 2013）到 -1.2"
            "（芝加哥：NAP 14532，第 105 页）；我们用西雅图记录所作的估计与零无法区分（pricing.md，第 2 节）。"
        ),
        NAMED_SOURCE: "由发起模拟的人给定。",
    }
)
_PPM: Final = 1_000_000


def key_words(key: str) -> Words:
    return _KEYS.get(key, (key, key))


def source_words(source: str) -> Words:
    return _SOURCES.get(source, source), source


def money(minor: int, currency: str) -> str:
    """With two decimals, from whole minor units."""
    whole, rest = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}.{rest:02d} {currency}"


def percent(part: int, whole: int) -> str:
    """One decimal; nothing of nothing is a dash."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def factor(ppm: int | None) -> str:
    """By how much parked time changes."""
    return "–" if ppm is None else f"{100 * (ppm - _PPM) / _PPM:+.1f} %"
