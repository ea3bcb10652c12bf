"""What changes, what it costs drivers, what is expected and what is not known, in a few sentences and figures."""

from html import escape

from pricing.evaluation.report.figures import Summary, summary_of
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.words import BECAUSE
from pricing.optimizer.comparison import Comparison, Span
from pricing.optimizer.model import Proposal
from pricing.reports.counted import counted
from pricing.reports.text import amount, card, cards, paragraph, percent, price, table

_CLASS_COLUMNS = (
    ("区域等级", "Area class"),
    ("区域", "Zones"),
    ("上调", "Dearer"),
    ("下调", "Cheaper"),
    ("不变", "Unchanged"),
    ("平均现价", "Mean price now"),
    ("平均提议价", "Mean price proposed"),
)


def headline(report: Report) -> str:
    told = summary_of(report.proposals)
    parts = [_lead(told), _drivers(told, report.currency), _cards(report, told), _where(report)]
    if report.comparison is not None:
        parts.append(paragraph(*BECAUSE[report.comparison.because]))
    return "".join([*parts, _unknown(told)])


def _lead(told: Summary) -> str:
    return paragraph(
        f"在 {told.zones:,} 个区域的 {told.cells:,} 个价格中，{told.up.cells:,} 个上调，{told.down.cells:,} 个下调，"
        f"{told.same.cells:,} 个不变。",
        f"Of {counted(told.cells, 'price', 'prices')} in {counted(told.zones, 'zone', 'zones')}, {counted(told.up.cells, 'rises', 'rise')}, "
        f"{counted(told.down.cells, 'falls', 'fall')} and {counted(told.same.cells, 'stays as it is', 'stay as they are')}.",
        "lead",
    )


def _drivers(told: Summary, currency: str) -> str:
    up, down, same = told.up, told.down, told.same
    chinese, english = [], []
    if up.cells:
        chinese.append(f"{percent(up.parked)} 的停放小时变贵，平均每小时贵 {price(up.change)} {currency}")
        english.append(
            f"{percent(up.parked)} of the hours parked become dearer, by {price(up.change)} {currency} an hour on average"
        )
    if down.cells:
        chinese.append(f"{percent(down.parked)} 的停放小时变便宜，平均每小时便宜 {price(-down.change)} {currency}")
        english.append(
            f"{percent(down.parked)} of the hours parked become cheaper, by {price(-down.change)} {currency} an hour on average"
        )
    if same.cells:
        chinese.append(f"{percent(same.parked)} 的停放小时价格不变")
        english.append(f"{percent(same.parked)} cost what they cost now")
    return paragraph(
        f"若停车情况与测量时相同：{'；'.join(chinese)}。",
        f"If people park as they did when it was measured, {'; '.join(english)}.",
    )


def _where(report: Report) -> str:
    """By area class, where there are several."""
    by_class: dict[str, list[Proposal]] = {}
    for one in report.proposals:
        by_class.setdefault(report.zones[one.cell.zone_id].area_class, []).append(one)
    if len(by_class) == 1:
        return ""
    rows = []
    for area_class, own in sorted(by_class.items()):
        told = summary_of(own)
        counts = (told.zones, told.up.cells, told.down.cells, told.same.cells)
        rows.append(
            [escape(area_class), *(f"{count:,}" for count in counts), price(told.price_now), price(told.price_then)]
        )
    return table(_CLASS_COLUMNS, rows)


def _cards(report: Report, told: Summary) -> str:
    policy, currency = report.policy, report.currency
    target = f"{percent(policy.target_low)}–{percent(policy.target_high)}"
    found = [
        card(
            ("每小时平均价格", "Mean price of an hour"),
            f"{price(told.price_now)} → {price(told.price_then)}",
            (f"{currency}，按泊位与收费时段平均", f"{currency}, over spaces and charged hours"),
        )
    ]
    if report.comparison is not None:
        found += _expected(report.comparison, target, currency)
    return cards(*found)


def _expected(comparison: Comparison, target: str, currency: str) -> list[str]:
    now, then = comparison.of("now"), comparison.of(comparison.taken)
    return [
        card(
            (f"不太满也不太空（{target}）的份额", f"Neither too full nor too empty ({target} taken)"),
            _change(percent(now.in_band.mean), percent(then.in_band.mean)),
            _interval(percent(then.in_band.low), percent(then.in_band.high)),
        ),
        card(
            ("几乎停满（至少 90%）的时间", "Time almost full (90% or more)"),
            _change(percent(now.crowded.mean, 1), percent(then.crowded.mean, 1)),
            _interval(percent(then.crowded.low, 1), percent(then.crowded.high, 1)),
        ),
        card(
            (f"一个评估期的收入（{currency}）", f"Revenue of a review period ({currency})"),
            _change(amount(now.revenue.mean), amount(then.revenue.mean)),
            _interval(*_ordered(then.revenue)),
        ),
    ]


def _ordered(span: Span) -> tuple[str, str]:
    return amount(span.low), amount(span.high)


def _change(now: str, then: str) -> str:
    return f"{now} → {then}"


def _interval(low: str, high: str) -> tuple[str, str]:
    return f"预计；可能在 {low} 至 {high} 之间", f"expected; between {low} and {high}"


def _unknown(told: Summary) -> str:
    if told.measured:
        return paragraph(
            "司机对价格的反应由本市错期调价测得；区间表示其不确定性。",
            "How drivers respond to prices was measured in this city, by changes staggered at random; the intervals say how well.",
            "unknown",
        )
    return paragraph(
        "尚不知道：本市司机对价格的反应没有测量过。以上“预计”依据其他城市的经验（先验），而不是本市的测量；区间只反映这一不确定性，"
        "不含需求本身的变化。调价之后应当核对。",
        "Not known: how drivers in this city respond to prices has not been measured. What is “expected” above rests on experience elsewhere (a "
        "prior) and not on a measurement here. The intervals hold that doubt alone, not a change of demand itself. It has to be checked after "
        "the change.",
        "unknown",
    )
