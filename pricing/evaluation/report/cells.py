"""Every price with its explanation, and the limits of the policy with how many prices each of them holds."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pricing.demand.prior import Z80
from pricing.evaluation.report.figures import direction
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.words import time_words
from pricing.optimizer.explain import languages_of, limit_words
from pricing.optimizer.model import PricingPolicy, Proposal
from pricing.reports.counted import counted
from pricing.reports.text import both, heading, paragraph, percent, price, signed_price, table

_SHOWN: Final = 40
_COLUMNS: Final = (
    ("区域与时段", "Zone and time"),
    ("现价 → 提议", "Now → proposed"),
    ("规则", "Rule"),
    ("测得占用", "Measured"),
    ("预计占用", "Expected"),
    ("价格反应", "Response"),
    ("受限于", "Held by"),
    ("说明", "Why"),
)


def cells_table(report: Report) -> str:
    """The largest changes first."""
    order = sorted(report.proposals, key=lambda one: -abs(one.price_proposed - one.cell.price))
    rows = [_row(report, one) for one in order]
    return (
        heading("全部价格与理由", "Every price, and why")
        + paragraph(
            f"每小时价格，{report.currency}，变化大的在前。“规则”是按固定规则、在同样限制下的价格；“停满”是占用率至少 90% 的时间；“预计”下方为 80% 区间；“价格反应”是价格上涨 1% 时停车需求变化的百分数。",
            f"Prices of an hour in {report.currency}, the largest changes first. “Rule”: the price of the fixed rule under the same limits. “Full”: the time with 90 % or "
            "more taken. Below what is expected is its interval of 80 %. “Response”: by how many per cent demand changes when the price rises by 1 %.",
            "quiet",
        )
        + table(_COLUMNS, rows[:_SHOWN], "cells")
        + _folded(rows[_SHOWN:])
    )


def _folded(rows: Sequence[Sequence[str]]) -> str:
    """The others are there for who looks for a street, and not in the way of who reads or prints."""
    if not rows:
        return ""
    title = both(f"其余 {len(rows):,} 个价格", counted(len(rows), "more price", "more prices"))
    return f"<details><summary>{title}</summary>{table(_COLUMNS, rows, 'cells')}</details>"


def _row(report: Report, one: Proposal) -> list[str]:
    cell, way = one.cell, direction(one)
    change = signed_price(one.price_proposed - cell.price)
    english, chinese = languages_of(one.reason)
    low, high = cell.response.within(Z80)
    source = ("先验", "prior") if cell.response.source == "prior" else ("估计", "estimate")
    limits = [limit_words(name) for name in one.binding]
    full = (
        ""
        if cell.full_share is None
        else _small(both(*(f"{name} {percent(cell.full_share)}" for name in ("停满", "full"))))
    )
    return [
        both(*report.name(cell.zone_id)) + _small(both(*time_words(cell.day_type, cell.band))),
        f'{price(cell.price)} → <b>{price(one.price_proposed)}</b><span class="{ {1: "up", -1: "down", 0: "quiet"}[way] }">{_small(change)}</span>',
        price(one.rule_price),
        percent(cell.occupancy, 1) + full,
        percent(one.expected_occupancy, 1) + _small(f"{percent(one.expected_low)}–{percent(one.expected_high)}"),
        f"{cell.response.mean:.2f}" + _small(f"{low:.2f} … {high:.2f}") + _small(both(*source)),
        both("、".join(name for name, _ in limits), ", ".join(name for _, name in limits)) if limits else "–",
        both(chinese, english),
    ]


def _small(html: str) -> str:
    return f"<small>{html}</small>"


def limits_table(report: Report) -> str:
    held = Counter(name for one in report.proposals for name in one.binding)
    rows = [
        [both(*limit_words(name)), both(*value), str(held.pop(name, 0) or "–")]
        for name, value in _values(report.policy, report.currency)
    ]
    rows += [[both(*limit_words(name)), "", str(count)] for name, count in held.items()]
    return (
        heading("限制", "Limits")
        + paragraph(
            "所有价格都遵守以下限制。最后一列：有多少个价格因此没有达到方法所希望的水平。",
            "Every price obeys all of these. The last column says how many prices each of them keeps from what the method wanted.",
        )
        + table((("限制", "Limit"), ("值", "Value"), ("受限价格数", "Prices held")), rows)
    )


def _values(policy: PricingPolicy, currency: str) -> list[tuple[str, tuple[str, str]]]:
    def money(minor: float) -> tuple[str, str]:
        return (f"{price(minor)} {currency}",) * 2

    found: list[tuple[str, tuple[str, str]]] = [("floor", money(policy.floor)), ("cap", money(policy.cap))]
    found.append(("tick", money(policy.tick)))
    steps = f"+{price(policy.step_up)} / −{price(policy.step_down)} {currency}"
    found.append(("step", (steps, steps)))
    if policy.neighbour_m is not None and policy.neighbour_max_difference is not None:
        most = price(policy.neighbour_max_difference)
        found.append(
            (
                "neighbour_max_difference",
                (
                    f"{policy.neighbour_m:g} 米内不超过 {most} {currency}",
                    f"{most} {currency} within {policy.neighbour_m:g} m",
                ),
            )
        )
    if policy.order:
        found.append(("order", (" ≥ ".join(policy.order),) * 2))
    if policy.max_distinct_prices is not None:
        found.append(("max_distinct_prices", (str(policy.max_distinct_prices),) * 2))
    if policy.revenue_floor is not None:
        found.append(("revenue_floor", money(policy.revenue_floor)))
    for zone_id, highest in sorted(policy.affordability_caps.items()):
        zh, en = money(highest)
        found.append(("affordability_cap", (f"{zone_id}: {zh}", f"{zone_id}: {en}")))
    if policy.frozen:
        found.append(("frozen", (", ".join(sorted(policy.frozen)),) * 2))
    return found
