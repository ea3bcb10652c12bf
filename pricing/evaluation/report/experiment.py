"""What an experiment here says of the response to price, drawn: beside the prior, among lotteries that were not held, and before the prices moved."""

from typing import Final, NamedTuple

from pricing.demand.checks import Check, Drawn
from pricing.demand.estimate import Estimate, OfGroup
from pricing.demand.prior import NEIGHBOURS, PRIOR, Z80, Response
from pricing.evaluation.report.words import Words, band_words
from pricing.reports import svg
from pricing.reports.counted import counted
from pricing.reports.style import DEARER, INK, QUIET, SAME, WITHIN
from pricing.reports.svg import Scale
from pricing.reports.text import figure, heading, paragraph, percent

_WIDTH: Final = 720.0
_MOST_GROUPS: Final = 24
_UNIT: Final = ("价格上涨 1% 时停车需求变化的百分数", "change of demand, in %, when a price rises by 1 %")


class _Row(NamedTuple):
    name: Words
    response: Response
    colour: str
    told: Words


def experiment(estimate: Estimate | None) -> str:
    """Empty where nobody looked; where tests failed they are drawn all the same, and the prior stands."""
    if estimate is None:
        return ""
    parts = [
        heading("本市的价格实验", "The experiment with prices in this city"),
        paragraph(f"{estimate.said_zh}。", f"{estimate.said_en[0].upper()}{estimate.said_en[1:]}.", "lead"),
        paragraph(
            f"数据自 {estimate.first} 至 {estimate.last}；抽签 {estimate.waves} 次。抽签决定哪些区域先调价、哪些晚一期，二者之差才能归因于价格。",
            f"Data from {estimate.first} to {estimate.last}, {counted(estimate.waves, 'lottery', 'lotteries')}. A lottery decides which zones move first and which one period later; "
            "only that difference can be laid to the price.",
        ),
    ]
    if estimate.shown is not None:
        parts += [_responses(estimate), _placebo(estimate.placebo), _before(estimate.pre_trend)]
    return "".join(parts)


def _responses(estimate: Estimate) -> str:
    rows = _rows(estimate)
    ends = [end for row in rows for end in row.response.within(Z80)]
    left, top, step = 200.0, 10.0, 24.0
    bottom = top + step * len(rows)
    x = Scale(low=min(*ends, -0.1), high=max(*ends, 0.1), begin=left, end=_WIDTH - 150)
    parts = [*svg.axis(x, top, bottom), svg.line(x(0.0), top, x(0.0), bottom, stroke=INK)]
    for number, row in enumerate(rows):
        y = top + step * (number + 0.5)
        low, high = row.response.within(Z80)
        parts += [
            svg.words(0, y + 4, row.name),
            svg.line(x(low), y, x(high), y, stroke=row.colour, width=3),
            svg.dot(x(row.response.mean), y, fill=row.colour),
            svg.words(_WIDTH - 140, y + 4, row.told, kind="quiet"),
        ]
    parts.append(svg.words(x((x.low + x.high) / 2), bottom + 34, _UNIT, anchor="middle", kind="quiet"))
    return figure(
        ("司机对价格的反应", "How drivers respond to prices"),
        svg.drawing(_WIDTH, bottom + 40, parts, ("价格反应及 80% 区间", "responses with intervals of 80 %")),
        (
            "点为最可能的值，线为 80% 区间；0 表示没有反应。灰色为先验（其他城市的经验），绿色为现在所认定的，橙色只看实验本身。",
            "Dot: most likely; line: 80 %; 0 is no response. Grey: the prior, experience elsewhere; green: what is believed now; orange: the experiment alone.",
        ),
    )


def _rows(estimate: Estimate) -> list[_Row]:
    shown = estimate.shown
    rows = [_Row(("先验", "prior"), PRIOR, QUIET, ("", ""))]
    if shown is not None:
        alone = Response(mean=shown.own, sd=shown.own_error)
        rows.append(_Row(("全市，仅凭实验", "whole city, experiment alone"), alone, DEARER, ("", "")))
    rows += [
        _Row(_group_name(one), one.own.response, WITHIN, _rests_on(one.own.changes, one.own.zones))
        for one in estimate.groups[:_MOST_GROUPS]
    ]
    if shown is not None and shown.neighbours is not None and shown.neighbours_error is not None:
        near = Response(mean=shown.neighbours, sd=shown.neighbours_error)
        rows += [
            _Row(("对邻近价格，先验", "to prices nearby, prior"), NEIGHBOURS, QUIET, ("", "")),
            _Row(("对邻近价格，仅凭实验", "to prices nearby, alone"), near, DEARER, ("", "")),
            _Row(("对邻近价格，所认定", "to prices nearby, believed"), estimate.neighbours.response, WITHIN, ("", "")),
        ]
    return rows


def _group_name(group: OfGroup) -> Words:
    chinese, english = band_words(group.band)
    return f"{group.area_class} {chinese}", f"{group.area_class} {english}"


def _rests_on(changes: int, zones: int) -> Words:
    if not changes:
        return "先验", "prior"
    return f"{zones} 个区域 {changes} 次", f"{counted(changes, 'move', 'moves')}, {counted(zones, 'zone', 'zones')}"


def _placebo(check: Check | None) -> str:
    if check is None or check.drawn is None or check.found is None:
        return ""
    verdict = _verdict(passes=check.passes)
    return figure(
        ("安慰剂检验：从未举行的抽签", "Placebo: lotteries that were never held"),
        _heap(check.drawn, _UNIT, ("实际抽签的估计", "the lottery that was held")),
        (
            (
                f"灰色：去除价格作用后重新抽签 {check.draws} 次所得的“估计”，只是偶然。竖线若在灰堆之内，偶然就足以解释。"
                f"其中 {percent(check.found, 1)} 会误报有作用（至多允许 {percent(check.limit, 1)}）：{verdict[0]}。"
            ),
            (
                f"Grey: “estimates” of {counted(check.draws, 'lottery', 'lotteries')} drawn again with the effect taken out, which are chance alone. A line within the heap is no more than "
                f"chance explains. Of them {percent(check.found, 1)} would have claimed an effect (at most {percent(check.limit, 1)} may): {verdict[1]}."
            ),
        ),
    )


def _before(check: Check | None) -> str:
    name = ("事前检验：调价之前", "Before the prices moved")
    if check is None or check.drawn is None or check.found is None:
        told = (
            "调价之前没有可比的一期，无法检验，因此不采用估计。",
            "There was no period before to look at, so the test could not be made and no estimate is believed.",
        )
        return figure(name, "", told)
    verdict = _verdict(passes=check.passes)
    return figure(
        name,
        _heap(
            check.drawn,
            (
                "先调与后调区域的事前差异（以偶然的幅度为单位）",
                "difference between who moved first and who later, in units of chance",
            ),
            ("实际抽签", "the lottery that was held"),
        ),
        (
            (
                f"价格尚未变化时，先调与后调的区域不应有差异。灰色：{check.draws} 次重新抽签中由偶然产生的差异；偶然产生同样大差异的概率为 {percent(check.found, 1)}"
                f"（低于 {percent(check.limit)} 则不通过）：{verdict[0]}。"
            ),
            (
                f"Before any price moved, who moved first and who later should not differ. Grey: differences that chance makes in {counted(check.draws, 'lottery', 'lotteries')} drawn again. Chance "
                f"makes one as large with a probability of {percent(check.found, 1)} (below {percent(check.limit)} fails): {verdict[1]}."
            ),
        ),
    )


def _verdict(*, passes: bool) -> Words:
    return ("通过", "passed") if passes else ("未通过", "failed")


def _heap(drawn: Drawn, unit: Words, held: Words) -> str:
    left, top, bottom, right = 40.0, 30.0, 150.0, _WIDTH - 20
    room = (drawn.high - drawn.low) * 0.05
    x = Scale(low=min(drawn.low, drawn.held) - room, high=max(drawn.high, drawn.held) + room, begin=left, end=right)
    most = max(drawn.counts)
    y = Scale(low=0.0, high=float(most), begin=bottom, end=top)
    wide = (drawn.high - drawn.low) / len(drawn.counts)
    parts = svg.axis(x, top, bottom)
    for number, count in enumerate(drawn.counts):
        begin = x(drawn.low + number * wide)
        parts.append(
            svg.box(begin, y(count), x(drawn.low + (number + 1) * wide) - begin - 1, bottom - y(count), fill=SAME)
        )
    at = x(drawn.held)
    side: svg.Anchor = "start" if at < (left + right) / 2 else "end"
    parts += [
        svg.line(at, top - 8, at, bottom, stroke=DEARER, width=2.5),
        svg.words(at + (6 if side == "start" else -6), top - 12, held, anchor=side),
        svg.label(left - 6, top + 4, str(most), anchor="end", kind="quiet"),
        svg.label(left - 6, bottom + 4, "0", anchor="end", kind="quiet"),
        svg.words(left, 14, ("次数", "draws"), anchor="end", kind="quiet"),
        svg.words((left + right) / 2, bottom + 34, unit, anchor="middle", kind="quiet"),
    ]
    return svg.drawing(_WIDTH, bottom + 40, parts, (f"{held[0]}与偶然之比较", f"{held[1]} among what chance makes"))
