"""The names of methods, days and reasons in Chinese and English."""

from types import MappingProxyType
from typing import Final

from pricing.optimizer.comparison import Because, Name

Words = tuple[str, str]

METHODS: Final[MappingProxyType[Name, Words]] = MappingProxyType(
    {
        "now": ("维持现价", "no price moves"),
        "rule": ("本政策的规则", "the policy's rule"),
        "bands": ("同步长占用率分档规则", "band rule, same steps"),
        "proportional": ("同步长比例规则", "proportional rule, same steps"),
        "optimizer": ("优化方案", "optimizer"),
    }
)
BECAUSE: Final[MappingProxyType[Because, Words]] = MappingProxyType(
    {
        "asked": (
            "价格按固定规则决定（太满则涨，太空则降，适中则不变），这是本次选择的方法。",
            "The prices follow a fixed rule, which is what was asked for: dearer where it is too full, cheaper where it is too empty, else as they are.",
        ),
        "better": (
            "价格由优化计算得出：在相同步长和限制下，预计优于固定规则（太满则涨，太空则降，适中则不变）。",
            (
                "The prices were computed by the optimizer. With the same steps and limits they are expected to do better than a fixed rule, which makes dearer what "
                "is too full and cheaper what is too empty."
            ),
        ),
        "limit_binds": (
            "价格由优化计算得出，因为固定规则（太满则涨，太空则降，适中则不变）自身无法满足跨区域的限制。预计并不优于规则。",
            (
                "The prices were computed by the optimizer, because a fixed rule (dearer what is too full, cheaper what is too empty) would by itself break limits "
                "that join zones. They are not expected to do better than the rule."
            ),
        ),
        "not_better": (
            "价格按固定规则决定（太满则涨，太空则降，适中则不变）：优化计算的价格预计并不更优，故不采用。",
            (
                "The prices follow a fixed rule: dearer where it is too full, cheaper where it is too empty, else as they are. Prices computed by the optimizer "
                "promised no more and were set aside."
            ),
        ),
    }
)
_DAYS: Final = MappingProxyType(
    {
        "workday": ("工作日", "workday"),
        "weekday": ("平日", "weekday"),
        "weekend": ("周末", "weekend"),
        "saturday": ("周六", "Saturday"),
        "holiday": ("节假日", "holiday"),
        "non_workday": ("非工作日", "day off"),
        "any": ("每天", "every day"),
        "all": ("每天", "every day"),
    }
)


_BANDS: Final = MappingProxyType(
    {
        "kerb": ("路内", "kerb"),
        "lot": ("停车场", "lot"),
        "garage": ("停车楼", "garage"),
        "00:00-00:00": ("全天", "all day"),
    }
)


def band_words(band: str) -> Words:
    """A city's own bands name the kind of place as well, such as `kerb 07:00-19:00`."""
    told = [_BANDS.get(word, (word, word)) for word in band.split()]
    return " ".join(chinese for chinese, _ in told), " ".join(english for _, english in told)


def time_words(day_type: str, band: str) -> Words:
    days, hours = _DAYS.get(day_type.lower(), (day_type, day_type)), band_words(band)
    return f"{days[0]} {hours[0]}", f"{days[1]} {hours[1]}"
