"""A simulation as one HTML file that needs nothing else."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from pricing.simulation.model import Share, SimulationResult
from pricing.simulation.report.plots import plots
from pricing.simulation.report.words import DIMENSIONS, factor, key_words, money, percent

_STYLE: Final = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#172b4d;
max-width:62rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:.85rem}th,td{padding:.3rem .5rem;text-align:right;
border-bottom:1px solid #dfe1e6;font-variant-numeric:tabular-nums}th:first-child,td:first-child{text-align:left}
.assumed{background:#fff7e0;border-left:4px solid #d9a400;padding:.5rem 1rem}figure{margin:1.5rem 0}
figcaption{font-weight:600}svg{max-width:100%;height:auto}.scroll{overflow-x:auto}
@media(prefers-color-scheme:dark){svg{background:#fff}}
"""
_COLUMNS: Final = (
    "",
    "停放次数<br>Stays",
    "现行收入<br>Revenue now",
    "草案收入<br>Draft",
    "变化<br>Change",
    "多付<br>Pay more",
    "少付<br>Pay less",
    "多付合计<br>Sum more",
    "少付合计<br>Sum less",
    "免费（现行）<br>Free now",
    "免费（草案）<br>Free, draft",
)


def page(result: SimulationResult, *, timezone: str) -> str:
    """The report; days are written in the time zone of the tariff."""
    title = f"收费方案模拟 / Tariff simulation: {result.draft} {result.draft_version}"
    tables = [_section(name, result.shares[key], result) for key, name in DIMENSIONS.items()]
    figures = [f"<figure><figcaption>{escape(name)}</figcaption>{svg}</figure>" for name, svg in plots(result)]
    body = [f"<h1>{escape(title)}</h1>", _about(result, timezone), _table((result.total,), result)]
    body += [*figures, *tables, _occupancy(result), _left_out(result)]
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _about(result: SimulationResult, timezone: str) -> str:
    zone = ZoneInfo(timezone)
    begin, finish = (
        datetime.fromtimestamp(second, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M")
        for second in (result.start, result.end)
    )
    assumed = result.assumptions
    told = (
        f"<p>对比对象 / Compared with: {escape(', '.join(result.present)) or '–'}. "
        f"记录时段 / Recorded: {begin} – {finish} ({escape(timezone)}). "
        "下列金额假定停车行为不变 / The amounts suppose that everybody parks as recorded, on lawful grounds.</p>"
        f'<div class="assumed"><p><b>假设 / Assumption.</b> 停放时间的价格弹性 / Elasticity of parked time: '
        f"{assumed.elasticity:g} (± {assumed.spread:g}). {escape(assumed.source)}</p>"
        f"<p>居民：记录期内在同一区域至少 {assumed.resident_days} 天停放的车辆；按加密车牌识别 / A resident is a vehicle that "
        f"began stays in one zone on at least {assumed.resident_days} local days of the record, known by its plate token."
        "</p></div>"
    )
    revenue = result.revenue_after_response
    if revenue is not None:
        told += (
            f"<p>按该弹性的草案收入 / The draft's revenue under that elasticity: {money(revenue, result.currency)}.</p>"
        )
    return told


def _section(name: str, shares: Sequence[Share], result: SimulationResult) -> str:
    return f"<h2>{escape(name)}</h2>{_table(shares, result)}"


def _table(shares: Iterable[Share], result: SimulationResult) -> str:
    return _html_table(_COLUMNS, [_cells(share, result.currency) for share in shares])


def _html_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """`columns` is HTML already; cells are text."""
    head = "".join(f"<th>{name}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(share: Share, currency: str) -> tuple[str, ...]:
    return (
        key_words(share.key),
        f"{share.stays:,}",
        money(share.revenue_before, currency),
        money(share.revenue_after, currency),
        percent(share.revenue_after - share.revenue_before, share.revenue_before),
        percent(share.pay_more, share.stays),
        percent(share.pay_less, share.stays),
        money(share.more, currency),
        money(share.less, currency),
        percent(share.free_before, share.stays),
        percent(share.free_after, share.stays),
    )


def _occupancy(result: SimulationResult) -> str:
    columns = ["区域<br>Zone", "泊位<br>Spaces", "平均占用<br>Occupied", "假设下<br>Under the assumption"]
    columns += [f"停放时间 / Parked time<br>ε = {response.elasticity:g}" for response in result.occupancy[0].responses]
    rows = [
        (
            zone.zone_id,
            "–" if zone.capacity is None else str(zone.capacity),
            f"{zone.occupied_before:.1f}",
            "–" if zone.occupied_after is None else f"{zone.occupied_after:.1f}",
            *(factor(response.factor_ppm) for response in zone.responses),
        )
        for zone in result.occupancy
    ]
    return (
        "<h2>占用变化（假设） / Occupancy under the assumption</h2>"
        "<p>同一区域各时段使用同一系数；价格从零开始或变为零时弹性无意义，以“–”表示 / One factor for all hours of a zone; where a "
        f"price begins or ends at nothing an elasticity says nothing: –.</p>{_html_table(columns, rows)}"
    )


def _left_out(result: SimulationResult) -> str:
    if not result.unpriced:
        return ""
    rows = [(key_words(each.tariff), each.code, f"{each.stays:,}") for each in result.unpriced]
    columns = ("方案<br>Tariff", "原因<br>Code", "次数<br>Stays")
    return f"<h2>无法计价，未计入 / Refused, in no sum above</h2>{_html_table(columns, rows)}"
