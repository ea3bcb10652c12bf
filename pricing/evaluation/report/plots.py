"""The plots of a proposal: how full it is and may become, the methods beside each other, the prices, and the largest moves."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from pricing.evaluation.report.figures import direction
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.words import METHODS, band_words, time_words
from pricing.optimizer.comparison import Comparison, Outlook, Span
from pricing.optimizer.model import Proposal
from pricing.reports import svg
from pricing.reports.style import BAND, CHEAPER, DEARER, INK, QUIET, SAME, WITHIN
from pricing.reports.svg import Scale
from pricing.reports.text import amount, figure, percent, price, signed_price

_WIDTH: Final = 720.0
_CLASSES: Final = 10
_MOST_BARS: Final = 30
_LARGEST: Final = 15
_MOST_WIDE: Final = 36
_FIRST_WIDE: Final = "\u2e80"
_TAKEN: Final = ("停着车的泊位份额（占用率）", "share of spaces taken (occupancy)")


def plots(report: Report) -> str:
    drawn = [_occupancy(report), _prices(report)]
    if report.comparison is not None:
        drawn.insert(0, _methods(report.comparison, report.currency))
    moved = [one for one in report.proposals if direction(one)]
    if moved:
        drawn.append(_largest(report, moved))
    return "".join(drawn)


def _methods(comparison: Comparison, currency: str) -> str:
    """A row a method, a column a measure; the interval is a line."""
    outlooks = comparison.outlooks
    columns: tuple[tuple[tuple[str, str], list[Span], Callable[[float], str]], ...] = (
        (("在目标内", "within the target"), [one.in_band for one in outlooks], percent),
        (("几乎停满的时间", "time almost full"), [one.crowded for one in outlooks], _tenths),
        ((f"收入（{currency}）", f"revenue ({currency})"), [one.revenue for one in outlooks], amount),
    )
    left, top, row = 190.0, 34.0, 30.0
    height = top + row * len(outlooks) + 24
    parts = []
    for number, one in enumerate(outlooks):
        y = top + row * (number + 0.5)
        parts.append(
            svg.words(0, y + 4, _method_name(one, comparison), kind="taken" if one.name == comparison.taken else "")
        )
    wide = (_WIDTH - left) / len(columns)
    for place, (name, spans, written) in enumerate(columns):
        begin = left + place * wide
        parts.append(svg.words(begin, 14, name, kind="quiet"))
        scale = _scale_of(spans, begin + 4, begin + wide - 78)
        parts += _ends(scale, height - 22, written)
        for number, span in enumerate(spans):
            y = top + row * (number + 0.5)
            is_taken = outlooks[number].name == comparison.taken
            colour = WITHIN if is_taken else QUIET
            parts.append(svg.line(scale(span.low), y, scale(span.high), y, stroke=colour, width=3 if is_taken else 1.5))
            parts.append(svg.dot(scale(span.mean), y, fill=colour))
            parts.append(svg.label(begin + wide - 68, y + 4, written(span.mean)))
    return figure(
        ("与同等步长的规则比较", "Beside rules that may take the same steps"),
        svg.drawing(_WIDTH, height, parts, ("各方法的预计结果", "what is expected of each method")),
        (
            "每一行遵守同样的限制；线为预计区间（80%），绿色为本方案。每列下方是该列的刻度。",
            "Every row obeys the same limits; lines are intervals of 80 %, the green one is this proposal. Below each column is its scale.",
        ),
    )


def _ends(scale: Scale, y: float, written: Callable[[float], str]) -> list[str]:
    """A narrow axis: its two ends, or one where they are written alike."""
    low, high = written(scale.low), written(scale.high)
    parts = [svg.line(scale.begin, y, scale.end, y, stroke=INK)]
    parts.append(svg.label(scale.begin, y + 15, low, kind="quiet"))
    return parts if low == high else [*parts, svg.label(scale.end, y + 15, high, anchor="middle", kind="quiet")]


def _tenths(share: float) -> str:
    return percent(share, 1)


def _method_name(one: Outlook, comparison: Comparison) -> tuple[str, str]:
    chinese, english = METHODS[one.name]
    return (f"▸ {chinese}", f"▸ {english}") if one.name == comparison.taken else (chinese, english)


def _scale_of(spans: Sequence[Span], begin: float, end: float) -> Scale:
    return Scale(low=min(span.low for span in spans), high=max(span.high for span in spans), begin=begin, end=end)


def _occupancy(report: Report) -> str:
    now, then = [0.0] * _CLASSES, [0.0] * _CLASSES
    for one in report.proposals:
        now[_class_of(one.cell.occupancy)] += one.cell.weight
        then[_class_of(one.expected_occupancy)] += one.cell.weight
    whole = sum(now) or 1.0
    top, bottom, left = 16.0, 190.0, 44.0
    x = Scale(low=0.0, high=1.0, begin=left, end=_WIDTH - 24)
    y = Scale(low=0.0, high=max(*now, *then) / whole * 1.08, begin=bottom, end=top)
    policy = report.policy
    parts = [svg.box(x(policy.target_low), top, x(policy.target_high) - x(policy.target_low), bottom - top, fill=BAND)]
    parts += svg.side(y, left, x.end, percent)
    parts.append(svg.words(x(policy.target_low) + 4, top + 14, ("目标", "target"), kind="quiet"))
    for number in range(_CLASSES):
        for height, colour, begin in ((now[number], SAME, 0.012), (then[number], WITHIN, 0.05)):
            at = y(height / whole)
            parts.append(
                svg.box(
                    x(number / _CLASSES + begin),
                    at,
                    x(0.038) - x(0.0),
                    bottom - at,
                    fill=colour,
                    told=percent(height / whole, 1),
                )
            )
    parts.append(svg.line(left, bottom, x.end, bottom, stroke=INK))
    parts += _shares_below(x, bottom + 16)
    parts.append(svg.words((left + x.end) / 2, bottom + 34, _TAKEN, anchor="middle", kind="quiet"))
    parts.append(svg.colours(left, bottom + 54, ((SAME, ("测得", "measured")), (WITHIN, ("预计", "expected")))))
    return figure(
        ("停得多满：现在与预计", "How full: now and expected"),
        svg.drawing(_WIDTH, bottom + 62, parts, ("占用率分布", "distribution of occupancy")),
        (
            "高度：泊位与收费时段的份额，按平均占用率分组。",
            "Height: the share of all spaces and charged hours that were, or will be, so full on average.",
        ),
    )


def _shares_below(x: Scale, y: float) -> list[str]:
    return [svg.label(x(tenth / 10), y, f"{tenth * 10}%", anchor="middle", kind="quiet") for tenth in range(0, 11, 2)]


def _class_of(share: float) -> int:
    return min(int(share * _CLASSES), _CLASSES - 1)


def _prices(report: Report) -> str:
    now = Counter(one.cell.price for one in report.proposals)
    then = Counter(one.price_proposed for one in report.proposals)
    levels = sorted(now.keys() | then.keys())
    told = ("", "")
    if len(levels) > _MOST_BARS:
        width = -(-(levels[-1] - levels[0] + 1) // _MOST_BARS)
        now, then = (_in_classes(each, width) for each in (now, then))
        levels = sorted(now.keys() | then.keys())
        told = (f"每档宽 {price(width)}。", f"Classes of {price(width)}.")
    top, bottom, left = 10.0, 150.0, 40.0
    wide = (_WIDTH - left - 10) / len(levels)
    bar = min(wide * 0.4, 22.0)
    y = Scale(low=0.0, high=float(max(*now.values(), *then.values())), begin=bottom, end=top)
    parts = [*svg.side(y, left, _WIDTH - 10, "{:.0f}".format), svg.line(left, bottom, _WIDTH - 10, bottom, stroke=INK)]
    every = -(-len(levels) // 14)
    for number, level in enumerate(levels):
        middle = left + wide * (number + 0.5)
        parts.append(svg.box(middle - bar, y(now[level]), bar, bottom - y(now[level]), fill=SAME, told=str(now[level])))
        parts.append(svg.box(middle, y(then[level]), bar, bottom - y(then[level]), fill=WITHIN, told=str(then[level])))
        if number % every == 0:
            parts.append(svg.label(middle, bottom + 16, price(level), anchor="middle"))
    parts.append(svg.colours(left, bottom + 36, ((SAME, ("现在", "now")), (WITHIN, ("提议", "proposed")))))
    return figure(
        (f"价格分布（每小时，{report.currency}）", f"Prices of an hour ({report.currency})"),
        svg.drawing(_WIDTH, bottom + 44, parts, ("价格分布", "distribution of prices")),
        (f"高度：有多少个价格处于该水平。{told[0]}", f"Height: how many prices are of that level. {told[1]}".strip()),
    )


def _in_classes(counts: Counter[int], width: int) -> Counter[int]:
    found: Counter[int] = Counter()
    for level, count in counts.items():
        found[level // width * width] += count
    return found


def _largest(report: Report, moved: Sequence[Proposal]) -> str:
    """From what was measured to what is expected, with its interval."""
    shown = sorted(moved, key=lambda one: -abs(one.price_proposed - one.cell.price) * one.cell.weight)[:_LARGEST]
    left, top, row = 300.0, 22.0, 22.0
    height = top + row * len(shown)
    x = Scale(low=0.0, high=1.0, begin=left, end=_WIDTH - 24)
    policy = report.policy
    parts = [svg.box(x(policy.target_low), top, x(policy.target_high) - x(policy.target_low), height - top, fill=BAND)]
    parts += _shares_below(x, 14)
    for number, one in enumerate(shown):
        y = top + row * (number + 0.5)
        colour = DEARER if direction(one) > 0 else CHEAPER
        parts.append(svg.words(0, y + 4, _short_name(report, one)))
        parts.append(svg.label(left - 12, y + 4, signed_price(one.price_proposed - one.cell.price), anchor="end"))
        parts.append(svg.line(x(one.expected_low), y, x(one.expected_high), y, stroke=colour, width=4))
        parts.append(svg.dot(x(one.expected_occupancy), y, fill=colour))
        parts.append(svg.dot(x(one.cell.occupancy), y, fill=INK, size=2.5))
    return figure(
        ("影响最大的调价", "The moves that matter most"),
        svg.drawing(
            _WIDTH, height + 4, parts, ("调价最大的价格及预计占用率", "largest moves and the occupancy expected")
        ),
        (
            "横轴：停着车的泊位份额，底色为目标。小黑点：测得；彩色点与线：预计及 80% 区间。",
            "From left to right: the share of spaces taken, the target shaded. Small dot: measured; coloured dot and line: expected, and its interval of 80 %.",
        ),
    )


def _short_name(report: Report, one: Proposal) -> tuple[str, str]:
    """Days are said where they differ."""
    chinese, english = report.name(one.cell.zone_id)
    is_one = len({other.cell.day_type for other in report.proposals}) == 1
    when = band_words(one.cell.band) if is_one else time_words(one.cell.day_type, one.cell.band)
    return _cut(f"{chinese} · {when[0]}"), _cut(f"{english} · {when[1]}")


def _cut(text: str) -> str:
    """What fits: a Chinese sign is as wide as two others."""
    room = _MOST_WIDE
    for place, sign in enumerate(text):
        room -= 2 if sign >= _FIRST_WIDE else 1
        if room < 0:
            return text[:place] + "…"
    return text
