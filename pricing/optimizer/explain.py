"""Why a cell has the price it has: which limit binds it, and one sentence in Chinese and English."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pricing.demand.prior import Z80, Response
from pricing.optimizer.choices import bound_of, choices
from pricing.optimizer.comparison import Because
from pricing.optimizer.model import Cell, PricingPolicy

_LANGUAGES: Final = " / "
_NO_BETTER: Final = (", and the optimizer promises no more", "，优化结果并不更优")

_LIMITS: Final = MappingProxyType(
    {
        "floor": ("最低价", "lowest price"),
        "cap": ("最高价", "highest price"),
        "affordability_cap": ("可负担上限", "affordability cap of the zone"),
        "document": ("价格文件", "price document"),
        "document_floor": ("价格文件下限", "floor of the price document"),
        "document_ceiling": ("价格文件上限", "ceiling of the price document"),
        "step": ("单次调幅", "largest step"),
        "tick": ("最小价位", "price tick"),
        "neighbour_max_difference": ("相邻区域价差", "difference to neighbours"),
        "order": ("区域等级顺序", "order of area classes"),
        "max_distinct_prices": ("价格档数", "number of distinct prices"),
        "revenue_floor": ("收入下限", "revenue floor"),
        "frozen": ("冻结区域", "frozen zone"),
        "edited": ("人工修改", "edited by a person"),
        "staggered": ("抽签推迟一期", "a lottery, one period long"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A cell's price beside what the method wanted for it and what the rule would have wished."""

    cell: Cell
    method: str
    because: Because
    wanted: int
    price: int
    rule_wish: int
    is_tight: bool
    """A neighbour stands at the very limit of difference from it."""
    careful: float | None = None
    """The response for which steps were kept short (`caution`); None where what is believed was enough."""


def binding_of(policy: PricingPolicy, decision: Decision) -> tuple[str, ...]:
    """The limits that kept the price from what was wanted; empty where none did."""
    cell, wanted, price = decision.cell, decision.wanted, decision.price
    if cell.waits:
        return ("staggered",) if price != wanted else ()
    if cell.fixed is not None and cell.fixed != cell.price:
        return ("edited",)
    if cell.fixed is not None or (price != wanted and cell.zone_id in policy.frozen):
        return ("frozen",)
    if price == wanted:
        return ()
    alone = min(choices(policy, cell), key=lambda option: abs(option - wanted))
    if abs(price - wanted) == abs(alone - wanted):
        return _alone(policy, decision)
    joint = {
        "neighbour_max_difference": decision.is_tight,
        "order": bool(policy.order),
        "max_distinct_prices": policy.max_distinct_prices is not None,
        "revenue_floor": policy.revenue_floor is not None,
    }
    return tuple(name for name, is_active in joint.items() if is_active)


def _alone(policy: PricingPolicy, decision: Decision) -> tuple[str, ...]:
    """The limit of the cell itself that stands between the price and what was wanted."""
    wanted = decision.wanted
    bound = bound_of(policy, decision.cell, wanted)
    if bound is not None:
        return (bound,)
    return ("step",) if decision.price % policy.tick == wanted % policy.tick == 0 else ("tick",)


def limit_words(name: str) -> tuple[str, str]:
    """In Chinese and in English; a limit without words goes by its name."""
    return _LIMITS.get(name, (name, name))


def reason_of(policy: PricingPolicy, decision: Decision, outlook: tuple[float, float, float]) -> str:
    """What was measured, what moves, what is expected, what holds it, what the rule would do, and what is believed of the response.

    `outlook`: expected occupancy and the ends of its interval.
    """
    cell = decision.cell
    mean, low, high = outlook
    moved, step = _signed(decision.price - cell.price), _signed(decision.rule_wish - cell.price)
    limits = [limit_words(name) for name in binding_of(policy, decision)]
    held = (f", held by {', '.join(en for _, en in limits)}", f"，受限于{'、'.join(zh for zh, _ in limits)}")
    held_en, held_zh = held if limits else ("", "")
    better_en, better_zh = _NO_BETTER if decision.because == "not_better" else ("", "")
    en, zh = _response(cell.response)
    careful_en, careful_zh = _careful(decision.careful)
    return (
        f"measured {cell.occupancy:.1%}, moves {moved} an hour{held_en}; {mean:.1%} ({low:.1%} to {high:.1%}) expected; "
        f"the rule would move {step}{better_en}; {en}{careful_en}{_LANGUAGES}"
        f"实测 {cell.occupancy:.1%}，每小时调整 {moved}{held_zh}；预计 {mean:.1%}（{low:.1%} 至 {high:.1%}）；"
        f"规则为 {step}{better_zh}；{zh}{careful_zh}"
    )


def languages_of(reason: str) -> tuple[str, str]:
    """A reason in English and in Chinese."""
    english, _, chinese = reason.partition(_LANGUAGES)
    return english, chinese or english


def _response(response: Response) -> tuple[str, str]:
    """What is believed of the response, in English and Chinese, with the ends of its 80 % interval."""
    low, high = response.within(Z80)
    if response.source == "prior":
        return (
            f"response is a prior ({response.mean:.2f}, {low:.2f} to {high:.2f}), not an estimate",
            f"价格响应为先验值（{response.mean:.2f}，{low:.2f} 至 {high:.2f}），非估计值",
        )
    return (
        f"response is an estimate from staggered changes ({response.mean:.2f}, {low:.2f} to {high:.2f})",
        f"价格响应由错期调价估计（{response.mean:.2f}，{low:.2f} 至 {high:.2f}）",
    )


def _careful(response: float | None) -> tuple[str, str]:
    if response is None:
        return "", ""
    return (
        f"; earlier moves went along with more ({response:.2f}, no proof of a response), so steps are kept short",
        f"；此前调价后的变化更大（相当于 {response:.2f}，并不证明价格响应），故缩小步幅",
    )


def _signed(minor: int) -> str:
    """Such as +0.50 for 50 minor units."""
    whole, part = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else '+'}{whole}.{part:02d}"
