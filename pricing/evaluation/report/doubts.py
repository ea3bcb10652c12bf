"""What is not known, and what was done to the history before it was used."""

from html import escape

from pricing.demand.prior import PRIOR, Z80
from pricing.evaluation.report.model import Report
from pricing.history.cleaning import Cleaning
from pricing.reports.counted import counted
from pricing.reports.text import both, heading, paragraph, table

_FATES = {"dropped": ("舍弃", "dropped"), "clipped": ("截断", "clipped"), "kept": ("保留并说明", "kept, and told")}


def doubts(report: Report) -> str:
    """Of the response to price, and of what the model leaves out."""
    low, high = PRIOR.within(Z80)
    measured = sum(one.cell.response.source == "experiment" for one in report.proposals)
    told = []
    if measured < len(report.proposals):
        told.append(
            (
                f"对 {len(report.proposals) - measured:,} 个价格，只是假定而未测量：价格上涨 1%，停车需求减少约 {-PRIOR.mean:g}%（80% 可能在 {-high:.2f} 至 {-low:.2f} 之间）。这是其他城市的经验（先验）；没有通过安慰剂检验的本地实验，就不称其为估计。",
                f"For {counted(len(report.proposals) - measured, 'price', 'prices')} it is supposed, not measured, that demand falls by about {-PRIOR.mean:g} % when a price rises by 1 % (80 %: {-high:.2f} to {-low:.2f}). That is experience elsewhere, a prior; without an experiment here that passed its placebo test it is not called an estimate.",
            )
        )
    if measured:
        told.append(
            (
                f"对 {measured:,} 个价格，司机的反应由本市的抽签调价实验估计，见下文。",
                f"For {counted(measured, 'price', 'prices')} the response of drivers is estimated from an experiment in this city, which is drawn below.",
            )
        )
    told += _LEFT_OUT
    items = "".join(f"<li>{both(*each)}</li>" for each in told)
    return heading("我们不知道什么", "What we do not know") + f'<ul class="unknown">{items}</ul>'


_LEFT_OUT = [
    (
        "需求随季节、天气和活动变化；这里假定其与测量时相同。",
        "Demand moves with seasons, weather and events; here it is taken to be as it was when measured.",
    ),
    (
        "停满的区域会把车辆挤向邻近街道；没有测得的转移不计入预计。",
        "A full zone sends cars to streets nearby; a shift that was not measured is not in what is expected.",
    ),
    (
        "先前偏高或偏低的测量会自行回归平均；因此调价后的变化并不全是价格的作用。",
        "What was measured as very full or empty comes back to the mean by itself, so not all of a change afterwards is the price's doing.",
    ),
]


def cleaning_told(cleaning: Cleaning | None) -> str:
    """Empty where no file was read."""
    if cleaning is None:
        return ""
    title = heading("历史数据的清理", "Cleaning of the history")
    rows = [
        [
            both(rule.zh, rule.en),
            both(*_FATES[rule.fate]),
            f"{times:,}",
            escape("; ".join(examples)),
        ]
        for _, rule, times, examples in cleaning.told()
    ]
    if not rows:
        return title + paragraph(
            f"{cleaning.rows:,} 行，均可用。", f"{counted(cleaning.rows, 'row, which is', 'rows, all of them')} sound."
        )
    read = paragraph(
        f"共 {cleaning.rows:,} 行：舍弃 {cleaning.dropped:,}，截断 {cleaning.clipped:,}。",
        f"{counted(cleaning.rows, 'row', 'rows')}: {cleaning.dropped:,} dropped, {cleaning.clipped:,} clipped.",
    )
    columns = (("规则", "Rule"), ("处理", "What became of it"), ("次数", "Times"), ("例", "Such as"))
    return title + read + table(columns, rows, "words")
