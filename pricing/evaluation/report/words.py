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
            "价格由规则决定，这是本次选择的方法。",
            "The prices are the rule's: that is the method that was asked for.",
        ),
        "better": (
            "价格由优化方案决定：在相同步长和限制下，预计优于两种规则。",
            "The prices are the optimizer's: with the same steps and limits they are expected to be better than both rules'.",
        ),
        "limit_binds": (
            "价格由优化方案决定：规则自身无法满足跨区域的限制。预计并不优于规则本身。",
            "The prices are the optimizer's, as the rule by itself does not keep the limits that join zones. No gain over the rules is expected.",
        ),
        "not_better": (
            "价格由规则决定：优化方案预计并不更优，故不采用。",
            "The prices are the rule's: the optimizer promised no more and was set aside.",
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
    }
)


def day_words(day_type: str) -> Words:
    return _DAYS.get(day_type.lower(), (day_type, day_type))
