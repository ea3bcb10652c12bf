"""Words of prices in Chinese and English: money, durations, percentages, lists."""

from collections.abc import Sequence
from typing import Final, NamedTuple

_DAY_S: Final = 86_400
_HOUR_S: Final = 3_600
_MINUTE_S: Final = 60
_BP: Final = 100


class Said(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


def money(amount: int, currency: str) -> Said:
    """`1.50 元` and `¥1.50` of whole minor units; other currencies by their code."""
    sign = "-" if amount < 0 else ""
    digits = f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"
    if currency == "CNY":
        return Said(f"{digits} 元", f"¥{digits}")
    return Said(f"{digits} {currency}", f"{digits} {currency}")


def duration(seconds: int) -> Said:
    """`1 小时 30 分钟` and `1 h 30 min`; whole days only where nothing is left over, because 25 h is no day and an hour."""
    units = (
        [(_DAY_S, " 天", " d")]
        if seconds > _DAY_S and seconds % _DAY_S == 0
        else [(_HOUR_S, " 小时", " h"), (_MINUTE_S, " 分钟", " min"), (1, " 秒", " s")]
    )
    zh, en = [], []
    left = seconds
    for length, word, word_en in units:
        count, left = divmod(left, length)
        if count:
            zh.append(f"{count}{word}")
            en.append(f"{count}{word_en}")
    return Said(" ".join(zh), " ".join(en)) if zh else Said("0 分钟", "0 min")


def percent_bp(bp: int) -> str:
    """`6 %` of 600 hundredths of a percent, `6.50 %` of 650."""
    return f"{bp // _BP} %" if bp % _BP == 0 else f"{bp // _BP}.{bp % _BP:02d} %"


def listed(said: Sequence[Said]) -> Said:
    return Said("、".join(one.zh for one in said), ", ".join(one.en for one in said))
