"""The plots of a simulation: revenue by zone, the fee by time parked, how many pay how much more, the day."""

from itertools import pairwise
from math import ceil, log10
from typing import Final

from pricing.reports import svg
from pricing.reports.style import INK, QUIET, SAME, WITHIN
from pricing.reports.svg import Scale
from pricing.reports.text import amount, figure, price
from pricing.simulation.model import SimulationResult

_WIDTH: Final = 720.0
_LEFT: Final = 70.0
_RIGHT: Final = _WIDTH - 20
_MOST_ZONES: Final = 20
_HOUR_S: Final = 3600
_DAY: Final = 24
_WHOLE_PPM: Final = 1_000_000
_COLOURS: Final = ((SAME, ("现行", "present")), (WITHIN, ("草案", "draft")))


def plots(result: SimulationResult) -> list[str]:
    """Each plot that the result has numbers for."""
    drawn = [_revenue(result)] if result.shares["zone"] else []
    if result.durations:
        drawn.append(_fee_curve(result))
    if result.changes:
        drawn.append(_changes(result))
    if result.occupancy:
        drawn.append(_day(result))
    return drawn


def _revenue(result: SimulationResult) -> str:
    """A row a zone: names have room, and a telephone shows them as well."""
    zones = sorted(result.shares["zone"], key=lambda share: -share.revenue_before)[:_MOST_ZONES]
    most = max(max(zone.revenue_before, zone.revenue_after) for zone in zones)
    left, top, row = 130.0, 4.0, 28.0
    bottom = top + row * len(zones)
    x = Scale(low=0.0, high=float(most or 1), begin=left, end=_RIGHT - 30)
    parts = svg.axis(x, top, bottom, amount)
    for number, zone in enumerate(zones):
        y = top + row * number
        parts.append(svg.label(0, y + row / 2 + 4, zone.key[:_MOST_ZONES]))
        for place, (sum_of_it, colour) in enumerate(((zone.revenue_before, SAME), (zone.revenue_after, WITHIN))):
            parts.append(
                svg.box(
                    left,
                    y + 4 + 10 * place,
                    x(sum_of_it) - left,
                    9,
                    fill=colour,
                    told=f"{zone.key}: {price(sum_of_it)}",
                )
            )
    parts.append(svg.colours(left, bottom + 36, _COLOURS))
    return figure(
        (f"各区域收入（{result.currency}）", f"Revenue by zone ({result.currency})"),
        svg.drawing(_WIDTH, bottom + 44, parts, ("各区域收入", "revenue by zone")),
        ("", "")
        if len(zones) == len(result.shares["zone"])
        else (f"收入最多的 {_MOST_ZONES} 个区域。", f"The {_MOST_ZONES} zones that bring most."),
    )


def _fee_curve(result: SimulationResult) -> str:
    top, bottom = 14.0, 190.0
    durations = result.durations
    most = max(max(each.mean_before, each.mean_after) for each in durations)
    x = Scale(low=0.0, high=durations[-1].until_s / _HOUR_S, begin=_LEFT, end=_RIGHT)
    y = Scale(low=0.0, high=(most or 1) * 1.05, begin=bottom, end=top)
    parts = [*svg.side(y, _LEFT, _RIGHT, price), *svg.axis(x, top, bottom)]
    before = [(x(each.until_s / _HOUR_S), y(each.mean_before)) for each in durations]
    after = [(x(each.until_s / _HOUR_S), y(each.mean_after)) for each in durations]
    parts += [svg.path(before, stroke=SAME), svg.path(after, stroke=WITHIN, dash="6 3")]
    parts.append(_below(bottom, ("停放小时", "hours parked")))
    parts.append(svg.colours(_LEFT, bottom + 56, _COLOURS))
    return figure(
        (f"费用随时长（{result.currency}）", f"Fee by time parked ({result.currency})"),
        svg.drawing(_WIDTH, bottom + 64, parts, ("费用随时长", "fee by time parked")),
        ("每半小时一档，各档停放的平均费用。", "The mean fee of the stays of each half hour of length."),
    )


def _changes(result: SimulationResult) -> str:
    """Most stays often do not change at all, so heights are logarithms, and say so."""
    top, bottom = 14.0, 190.0
    ends = sorted(change for change, _ in result.changes)
    # Classes lie apart by one width or several of them.
    width = min((after - before for before, after in pairwise(ends)), default=1)
    most = max(count for _, count in result.changes)
    y = Scale(low=0.0, high=log10(1 + most) * 1.05, begin=bottom, end=top)
    x = Scale(low=min(ends) - width, high=max(ends) + width, begin=_LEFT, end=_RIGHT)
    parts = []
    for tenfold in range(ceil(log10(1 + most)) + 1):
        count = 10**tenfold
        if count <= most:
            parts.append(svg.line(_LEFT, y(log10(1 + count)), _RIGHT, y(log10(1 + count))))
            parts.append(svg.label(_LEFT - 6, y(log10(1 + count)) + 4, f"{count:,}", anchor="end", kind="quiet"))
    parts += svg.axis(x, top, bottom, price)
    for change, count in result.changes:
        begin, finish = x(change - width * 0.45), x(change + width * 0.45)
        at = y(log10(1 + count))
        parts.append(
            svg.box(begin, at, finish - begin, bottom - at, fill=WITHIN if change else SAME, told=f"{count:,}")
        )
    parts.append(_below(bottom, ("草案减现行", "draft less present")))
    return figure(
        (f"每次费用变化（{result.currency}）", f"Change of the fee of a stay ({result.currency})"),
        svg.drawing(_WIDTH, bottom + 42, parts, ("每次费用变化", "change of the fee of a stay")),
        (
            "高度：停放次数，每格十倍。灰色：不变。",
            "Height: stays, ten times as many with every line. Grey: no change.",
        ),
    )


def _day(result: SimulationResult) -> str:
    top, bottom = 14.0, 190.0
    before = [sum(zone.by_hour[hour] for zone in result.occupancy) for hour in range(_DAY)]
    after = [
        sum(zone.by_hour[hour] * _factor(zone.responses[1].factor_ppm) for zone in result.occupancy)
        for hour in range(_DAY)
    ]
    x = Scale(low=0.0, high=float(_DAY), begin=_LEFT, end=_RIGHT)
    y = Scale(low=0.0, high=max(*before, *after, 1.0) * 1.05, begin=bottom, end=top)
    parts = [*svg.side(y, _LEFT, _RIGHT, "{:g}".format), svg.line(_LEFT, bottom, _RIGHT, bottom, stroke=INK)]
    parts += [
        svg.label(x(float(hour)), bottom + 16, str(hour), anchor="middle", kind="quiet")
        for hour in range(0, _DAY + 1, 3)
    ]
    parts += [
        svg.path(_steps(before, x, y), stroke=QUIET),
        svg.path(_steps(after, x, y), stroke=WITHIN, dash="6 3"),
    ]
    parts.append(_below(bottom, ("当地时间（时）", "local hour")))
    told = ((QUIET, ("记录", "recorded")), (WITHIN, ("假设下", "under the assumption")))
    parts.append(svg.colours(_LEFT, bottom + 56, told))
    return figure(
        ("全天占用的泊位", "Spaces occupied through the day"),
        svg.drawing(_WIDTH, bottom + 64, parts, ("全天占用的泊位", "spaces occupied through the day")),
    )


def _steps(values: list[float], x: Scale, y: Scale) -> list[tuple[float, float]]:
    """A value holds for its hour."""
    return [point for hour, value in enumerate(values) for point in ((x(hour), y(value)), (x(hour + 1), y(value)))]


def _below(bottom: float, text: tuple[str, str]) -> str:
    return svg.words((_LEFT + _RIGHT) / 2, bottom + 36, text, anchor="middle", kind="quiet")


def _factor(ppm: int | None) -> float:
    """A zone without an answer keeps its occupancy, and the table says so."""
    return 1.0 if ppm is None else ppm / _WHOLE_PPM
