"""The page about a backtest: decisions beside what was done, the policy's own course, and how well effects were foretold."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from pricing.evaluation.backtest import Backtest, Foretold, Review
from pricing.evaluation.report.cells import cells_table, limits_table
from pricing.evaluation.report.doubts import cleaning_told, doubts
from pricing.evaluation.report.experiment import experiment
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.page import period_of, where
from pricing.evaluation.report.plots import plots
from pricing.optimizer.comparison import Span
from pricing.reports import svg
from pricing.reports.counted import counted
from pricing.reports.frame import document
from pricing.reports.style import INK, QUIET, WITHIN
from pricing.reports.svg import Scale
from pricing.reports.text import amount, both, figure, heading, paragraph, percent, price, table

Written = Callable[[float], str]
_WIDTH: Final = 720.0
_COLUMNS: Final = (
    ("评估期", "Period"),
    ("价格数", "Prices"),
    ("已知决定", "Decisions known"),
    ("本政策相同", "Same as the policy's"),
    ("规则相同", "Same as the rule's"),
    ("方向相反", "Other way"),
    ("价格反应", "Response believed"),
    ("说明", "Remark"),
)
_REFUSED: Final = ("限制相互矛盾，无法提议：", "refused, as its limits contradict each other: ")


_ABOUT: Final = paragraph(
    "对过去每一次评估，本页回答：若只知道当时已知的情况，这一政策会定什么价格？当时实际定了什么？",
    "For every review of the past this page asks: which prices would the policy have set, from what was known then, and which were set?",
)


def past_page(report: Report, found: Backtest) -> str:
    """`report` of the last review that was not refused."""
    first, last = found.reviews[0].start, found.reviews[-1].start
    shown = replace(report, period=f"{first}" if first == last else f"{first} – {last}")
    return document(
        ("价格政策回测", "Backtest of a pricing policy"),
        shown.title,
        [
            _ABOUT,
            _headline(found),
            heading("逐期决定", "Decisions, review by review"),
            table(_COLUMNS, [_row(one) for one in found.reviews], "words"),
            heading("若采用本政策（推算）", "Had the policy been in force (worked out, not measured)"),
            _effects(found),
            _lotteries(found),
            _course(found, report.currency),
            _foretold(found.foretold),
            heading("最近一期的提议", "The latest review"),
            where(report),
            plots(report),
            limits_table(report),
            doubts(report),
            experiment(report.estimate),
            cleaning_told(report.cleaning),
            cells_table(report),
        ],
        period=period_of(shown),
    )


def _headline(found: Backtest) -> str:
    known = sum(len(one.known) for one in found.reviews)
    same, rule = sum(one.same for one in found.reviews), sum(one.rule_same for one in found.reviews)
    against = sum(one.against for one in found.reviews)
    if not known:
        return paragraph("历史中没有已知的决定可供比较。", "The history holds no decision to compare with.", "lead")
    return paragraph(
        f"历史中有 {known:,} 个已知的价格决定；按本政策，{percent(same / known, 1)} 会完全相同，{against:,} 个方向相反。"
        f"按其规则则 {percent(rule / known, 1)} 相同。",
        f"The history holds {counted(known, 'decision', 'decisions')} on prices. Under this policy {percent(same / known, 1)} would have been the very same, and "
        f"{against:,} would have gone the other way. Its rule by itself gives {percent(rule / known, 1)} the same.",
        "lead",
    )


def _row(one: Review) -> list[str]:
    remark = both(_REFUSED[0] + one.refusal, _REFUSED[1] + one.refusal) if one.refusal else "–"
    compared = (one.same, one.rule_same, one.against)
    told = [f"{each:,}" for each in compared] if one.known else ["–"] * len(compared)
    believed = (
        both("先验", "prior") if one.estimate is None or one.estimate.source == "prior" else both("估计", "estimate")
    )
    return [one.start.isoformat(), f"{len(one.decisions):,}", f"{len(one.known):,}", *told, believed, remark]


def _effects(found: Backtest) -> str:
    last, count = found.course[-1], len(found.course)
    if count == 1:
        return paragraph(
            "历史只有一期，没有之后的时期可供推算。",
            "The history has one period, and nothing after it that could be worked out.",
            "quiet",
        )
    low, high = percent(last.in_band_policy.low), percent(last.in_band_policy.high)
    return paragraph(
        f"没有人测量过另一种价格会带来什么。以下把每期测得的占用率按所认定的价格响应（未经本地测量时为先验）换算到本政策的价格。"
        f"经过 {count} 期，处于目标内的份额：实际 {percent(last.in_band_done)}，推算 {percent(last.in_band_policy.mean)}（{low} 至 {high}）。",
        f"Nobody has measured what other prices would have done. Below, what was measured in each period is moved to the policy's own prices by what is "
        f"believed of the response, a prior unless it was measured here. After {counted(count, 'period', 'periods')} {percent(last.in_band_done)} was within the target as "
        f"recorded, and {percent(last.in_band_policy.mean)} ({low} to {high}) is worked out for the policy.",
        "unknown",
    )


def _lotteries(found: Backtest) -> str:
    """Empty where the policy holds none."""
    waves = [one.decided for one in found.course[:-1] if one.decided is not None and one.decided.lots]
    if not waves:
        return ""
    waiting = sum(len(one.waiting) for one in waves)
    return paragraph(
        f"本政策在 {len(waves)} 期中抽签，让部分区域晚一期调价（合计 {waiting} 区次）；等待期间价格同样遵守全部限制。这里的效果是推算的，因此不能从这些抽签中学到什么。",
        f"In {counted(len(waves), 'period', 'periods')} the policy held a lottery and let some zones move one period later ({waiting} in all, a zone counted each time). Prices that wait obey "
        "every limit as well. As effects here are worked out, nothing can be learnt from these lotteries.",
    )


def _course(found: Backtest, currency: str) -> str:
    course = found.course
    if len(course) == 1:
        return ""
    days = [one.start.isoformat() for one in course]
    prices = [Span(mean=one.price_policy, low=one.price_policy, high=one.price_policy) for one in course]
    return (
        _lines(
            ("处于目标内的份额", "Share within the target"),
            days,
            [one.in_band_done for one in course],
            [one.in_band_policy for one in course],
            percent,
        )
        + _lines(
            (f"每小时平均价格（{currency}）", f"Mean price of an hour ({currency})"),
            days,
            [one.price_done for one in course],
            prices,
            price,
        )
        + _lines(
            (f"每期收入（{currency}）", f"Revenue of a period ({currency})"),
            days,
            [one.revenue_done for one in course],
            [one.revenue_policy for one in course],
            amount,
        )
    )


def _lines(
    name: tuple[str, str], days: Sequence[str], done: Sequence[float], policy: Sequence[Span], written: Written
) -> str:
    left, top, bottom, right = 78.0, 12.0, 150.0, _WIDTH - 60
    values = [*done, *(one.low for one in policy), *(one.high for one in policy)]
    room = (max(values) - min(values)) * 0.08 or max(values) * 0.05 or 1.0
    y = Scale(low=max(min(values) - room, 0.0), high=max(values) + room, begin=bottom, end=top)
    x = Scale(low=0.0, high=float(max(len(days) - 1, 1)), begin=left, end=right)
    upper = [(x(number), y(one.high)) for number, one in enumerate(policy)]
    lower = [(x(number), y(one.low)) for number, one in enumerate(policy)]
    own = [(x(number), y(one.mean)) for number, one in enumerate(policy)]
    was = [(x(number), y(each)) for number, each in enumerate(done)]
    parts = [svg.line(left, bottom, right, bottom, stroke=INK)]
    parts += svg.side(y, left, right, written)
    parts += [
        svg.ribbon(upper, lower, fill=WITHIN),
        svg.path(was, stroke=QUIET),
        svg.path(own, stroke=WITHIN, dash="6 3"),
    ]
    parts += [svg.dot(*point, fill=QUIET, size=3) for point in was] + [
        svg.dot(*point, fill=WITHIN, size=3) for point in own
    ]
    every = -(-len(days) // 7)
    parts += [
        svg.label(x(number), bottom + 18, day, anchor="middle", kind="quiet")
        for number, day in enumerate(days)
        if number % every == 0
    ]
    parts += [
        svg.box(left, bottom + 30, 10, 10, fill=QUIET),
        svg.words(left + 16, bottom + 39, ("实际", "as recorded")),
        svg.box(left + 110, bottom + 30, 10, 10, fill=WITHIN),
        svg.words(
            left + 126, bottom + 39, ("本政策（推算；底色为 80% 区间）", "the policy (worked out; shaded: 80 %)")
        ),
    ]
    return figure(name, svg.drawing(_WIDTH, bottom + 48, parts, name))


def _foretold(found: Foretold | None) -> str:
    title = heading("预计是否应验", "Did what was expected come?")
    if found is None:
        return title + paragraph(
            "历史中没有可供核对的调价。", "No price moved between measured periods, so nothing can be checked."
        )
    is_better = found.error < found.error_as_before
    verdict = (
        (
            "这比假定不变更准，但不能证明是价格的作用。",
            "That is closer than taking it to stay, and still no proof that the price did it.",
        )
        if is_better
        else (
            "这并不比假定不变更准：历史不支持把变化归因于价格。",
            "That is no closer than taking it to stay: the history is no evidence of an effect of price.",
        )
    )
    return title + paragraph(
        f"{found.moves:,} 次实际调价之后，预计占用率的平均误差为 {percent(found.error, 1)}，假定不变则为 {percent(found.error_as_before, 1)}；"
        f"{percent(found.within)} 落在只含价格响应不确定性的区间内。{verdict[0]}",
        f"After {counted(found.moves, 'move that was made', 'moves that were made')}, the occupancy expected was off by {percent(found.error, 1)} on average, and taking it to stay as it was "
        f"by {percent(found.error_as_before, 1)}; {percent(found.within)} came to lie in the interval, which holds the doubt about the response alone. {verdict[1]}",
    )
