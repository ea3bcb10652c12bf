"""The names of groups and codes in Chinese and English, and money and shares as people write them."""

from types import MappingProxyType
from typing import Final

DIMENSIONS: Final = MappingProxyType(
    {
        "zone": "区域 / Zone",
        "duration": "停放时长 / Time parked",
        "vehicle_class": "车型 / Vehicle class",
        "energy": "能源 / Energy",
        "person": "居民或访客 / Resident or visitor",
    }
)
KEYS: Final = MappingProxyType(
    {
        "small": "小型 / small",
        "medium": "中型 / medium",
        "large": "大型 / large",
        "motorcycle": "摩托车 / motorcycle",
        "fuel": "燃油 / fuel",
        "nev": "新能源 / new energy",
        "resident": "居民 / resident",
        "visitor": "访客 / visitor",
        "unknown": "未知车辆 / vehicle unknown",
        "all": "全部 / all",
        "draft": "草案 / draft",
        "present": "现行 / present",
    }
)
_PPM: Final = 1_000_000


def key_words(key: str) -> str:
    return KEYS.get(key, key)


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
