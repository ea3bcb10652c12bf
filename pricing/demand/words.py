"""Why an estimate is believed, or why the prior stands, in both languages of the house."""

from typing import Final, Literal, NamedTuple

Why = Literal[
    "experiment",
    "not_randomised",
    "not_measured",
    "too_few",
    "not_followed",
    "pre_trend_missing",
    "pre_trend",
    "placebo",
]


class Said(NamedTuple):
    """One sentence."""

    en: str
    zh: str


_STANDS: Final = Said("the prior stands: ", "仍用先验值：")
SAID: Final[dict[Why, Said]] = {
    "experiment": Said(
        "estimated from staggered changes; placebo and pre-trend tests passed",
        "由随机错期调价估计，安慰剂检验与事前趋势检验均通过",
    ),
    "not_randomised": Said(
        f"{_STANDS.en}no lottery decided which prices changed, and prices that follow occupancy show no response",
        f"{_STANDS.zh}调价未经随机分配，随占用率而定的价格不能说明价格响应",
    ),
    "not_measured": Said(
        f"{_STANDS.en}no period after a staggered change is in the history",
        f"{_STANDS.zh}历史数据中没有错期调价之后的时期",
    ),
    "too_few": Said(
        f"{_STANDS.en}too few zones moved or waited",
        f"{_STANDS.zh}参与调价或等待的区域太少",
    ),
    "not_followed": Said(
        f"{_STANDS.en}the prices did not follow the lottery",
        f"{_STANDS.zh}实际价格未按随机分配执行",
    ),
    "pre_trend_missing": Said(
        f"{_STANDS.en}no period before a staggered change was measured, so the pre-trend test could not be made",
        f"{_STANDS.zh}错期调价之前没有可比时期，无法做事前趋势检验",
    ),
    "pre_trend": Said(
        f"{_STANDS.en}load differed before the prices did (pre-trend test)",
        f"{_STANDS.zh}调价之前需求已有差异（事前趋势检验未通过）",
    ),
    "placebo": Said(
        f"{_STANDS.en}lotteries that were not held seem to have effects as well (placebo test)",
        f"{_STANDS.zh}虚拟的随机分配也显示出效果（安慰剂检验未通过）",
    ),
}
