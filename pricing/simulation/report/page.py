"""A simulation as one HTML file that needs nothing else."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from pricing.reports.counted import counted
from pricing.reports.frame import document
from pricing.reports.text import both, card, cards, heading, paragraph, price, table
from pricing.simulation.model import Share, SimulationResult
from pricing.simulation.report.plots import plots
from pricing.simulation.report.words import DIMENSIONS, Words, factor, key_words, money, percent, source_words

_FIGURES: Final[tuple[Words, ...]] = (
    ("停放次数", "Stays"),
    ("现行收入", "Revenue now"),
    ("草案收入", "Draft"),
    ("变化", "Change"),
    ("多付", "Pay more"),
    ("少付", "Pay less"),
    ("多付合计", "Sum more"),
    ("少付合计", "Sum less"),
    ("免费（现行）", "Free now"),
    ("免费（草案）", "Free, draft"),
)


def page(result: SimulationResult, *, timezone: str) -> str:
    """The report; days are written in the time zone of the tariff."""
    begin, finish = (_written(second, ZoneInfo(timezone)) for second in (result.start, result.end))
    recorded = f"{begin} – {finish} ({timezone})"
    return document(
        ("收费方案模拟", "Tariff simulation"),
        f"{result.draft} {result.draft_version}",
        [
            _lead(result),
            _cards(result),
            _assumed(result),
            _drawn(result),
            *(_section(name, result.shares[key]) for key, name in DIMENSIONS.items()),
            _occupancy(result),
            _left_out(result),
        ],
        period=(f"记录时段 {recorded}", f"recorded {recorded}"),
    )


def _written(second: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(second, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _lead(result: SimulationResult) -> str:
    total = result.total
    more, less = percent(total.pay_more, total.stays), percent(total.pay_less, total.stays)
    present = ", ".join(result.present) or "–"
    return paragraph(
        f"{total.stays:,} 次停放若照草案计费，{more} 多付，{less} 少付，其余不变。",
        f"Of {counted(total.stays, 'stay', 'stays')}, {more} pay more under the draft, {less} pay less, and the others pay what they paid.",
        "lead",
    ) + paragraph(
        f"对比对象：{present}。金额假定停车行为与记录相同，停放均属合法。",
        f"Compared with: {present}. The amounts suppose that everybody parks as recorded, on lawful grounds.",
    )


def _cards(result: SimulationResult) -> str:
    total, currency = result.total, result.currency
    change = percent(total.revenue_after - total.revenue_before, total.revenue_before)
    return cards(
        card(
            (f"收入（{currency}）", f"Revenue ({currency})"),
            f"{price(total.revenue_before)} → {price(total.revenue_after)}",
            (f"变化 {change}", f"change {change}"),
        ),
        card(
            ("多付的停放", "Stays that pay more"),
            percent(total.pay_more, total.stays),
            (f"合计多付 {money(total.more, currency)}", f"{money(total.more, currency)} more in all"),
        ),
        card(
            ("少付的停放", "Stays that pay less"),
            percent(total.pay_less, total.stays),
            (f"合计少付 {money(total.less, currency)}", f"{money(total.less, currency)} less in all"),
        ),
        card(
            ("免费的停放", "Stays that cost nothing"),
            f"{percent(total.free_before, total.stays)} → {percent(total.free_after, total.stays)}",
            ("现行 → 草案", "now → draft"),
        ),
    )


def _assumed(result: SimulationResult) -> str:
    assumed = result.assumptions
    chinese, english = source_words(assumed.source)
    elasticity = f"{assumed.elasticity:g} (± {assumed.spread:g})"
    told = paragraph(
        f"假设：停放时间的价格弹性为 {elasticity}。{chinese}",
        f"Assumption: the elasticity of parked time is {elasticity}. {english}",
        "unknown",
    )
    revenue = result.revenue_after_response
    if revenue is not None:
        sum_of_it = money(revenue, result.currency)
        told += paragraph(f"按该弹性，草案收入为 {sum_of_it}。", f"Under that elasticity the draft brings {sum_of_it}.")
    days = assumed.resident_days
    return told + paragraph(
        f"居民：记录期内在同一区域至少 {days} 天停放的车辆，按加密车牌识别。",
        f"A resident is a vehicle that began stays in one zone on at least {counted(days, 'local day', 'local days')} of the record, known by its plate token.",
        "quiet",
    )


def _drawn(result: SimulationResult) -> str:
    drawn = plots(result)
    return "".join([heading("图表", "Plots"), *drawn]) if drawn else ""


def _section(name: Words, shares: Iterable[Share]) -> str:
    return heading(*name) + table((name, *_FIGURES), [_cells(share) for share in shares], "figures")


def _cells(share: Share) -> tuple[str, ...]:
    return (
        both(*key_words(share.key)),
        f"{share.stays:,}",
        price(share.revenue_before),
        price(share.revenue_after),
        percent(share.revenue_after - share.revenue_before, share.revenue_before),
        percent(share.pay_more, share.stays),
        percent(share.pay_less, share.stays),
        price(share.more),
        price(share.less),
        percent(share.free_before, share.stays),
        percent(share.free_after, share.stays),
    )


def _occupancy(result: SimulationResult) -> str:
    """Empty where no stay was priced."""
    if not result.occupancy:
        return ""
    columns = [("区域", "Zone"), ("泊位", "Spaces"), ("平均占用", "Occupied"), ("假设下", "Under the assumption")]
    columns += [
        (f"停放时间（{response.elasticity:g}）", f"Parked time ({response.elasticity:g})")
        for response in result.occupancy[0].responses
    ]
    rows = [
        (
            escape(zone.zone_id),
            "–" if zone.capacity is None else f"{zone.capacity:,}",
            f"{zone.occupied_before:.1f}",
            "–" if zone.occupied_after is None else f"{zone.occupied_after:.1f}",
            *(factor(response.factor_ppm) for response in zone.responses),
        )
        for zone in result.occupancy
    ]
    return (
        heading("占用变化（假设）", "Occupancy under the assumption")
        + paragraph(
            "停放时间的变化，括号内为所假设的弹性。同一区域各时段使用同一系数；价格从零开始或变为零时弹性无意义，以“–”表示。",
            "By how much the time parked changes, with the elasticity assumed in brackets. One factor for all hours of a zone; where a price begins or ends at nothing an elasticity says nothing: –.",
        )
        + table(columns, rows, "figures")
    )


def _left_out(result: SimulationResult) -> str:
    if not result.unpriced:
        return ""
    rows = [(both(*key_words(each.tariff)), escape(each.code), f"{each.stays:,}") for each in result.unpriced]
    columns = (("方案", "Tariff"), ("原因", "Code"), ("次数", "Stays"))
    return heading("无法计价，未计入", "Refused, in no sum above") + table(columns, rows)
