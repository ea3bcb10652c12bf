"""Zones where they lie, by what happens to their prices and by how full they were; drawn from their positions alone."""

from collections.abc import Callable, Mapping, Sequence
from math import cos, floor, radians, sqrt
from typing import Final, NamedTuple

from pricing.evaluation.report.model import Report
from pricing.evaluation.report.words import time_words
from pricing.optimizer.model import PricingPolicy, PricingZone, Proposal
from pricing.reports import svg
from pricing.reports.counted import counted
from pricing.reports.style import CHEAPER, DEARER, QUIET, SAME, WITHIN
from pricing.reports.text import both, figure, percent, price, signed_price

_WIDTH: Final = 340.0
_LEAST_HEIGHT: Final = 150.0
_MOST_HEIGHT: Final = 420.0
_MARGIN: Final = 26.0
_EDGE: Final = 70.0
"""So near to a side a name would not fit on both sides of its mark."""
_NAMED: Final = 14
"""Most zones whose names fit beside them."""
_MOST_MAPS: Final = 6
"""So many pairs of part of the city and time get a map each; more are drawn by the means over all times."""
_MOST_PARTS: Final = 9
_APART_M: Final = 3_000.0
"""Parts with an empty field of this width between them have a map each."""
_METRES_PER_DEGREE: Final = 111_195.0
_LEAST_SPAN_M: Final = 500.0
_ROUND_METRES: Final = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)


class _Mark(NamedTuple):
    direction: int
    colour: str
    told: str


class _Place(NamedTuple):
    x: float
    y: float
    zone: PricingZone


def maps(report: Report) -> str:
    """Empty where no zone has a position."""
    placed = [zone for zone in report.zones.values() if zone.lat is not None and zone.lon is not None]
    used = {one.cell.zone_id for one in report.proposals}
    placed = [zone for zone in placed if zone.zone_id in used]
    if not placed:
        return ""
    parts = _parts(placed)
    boards = [_Board(part) for part in parts[:_MOST_PARTS]]
    times = _times(report.proposals, len(boards))
    mean = ("；全部时段的平均", "; means over all days and bands") if None in times and len(boards) > 1 else ("", "")
    missing = _missing(len(used) - len(placed), sum(len(part) for part in parts[_MOST_PARTS:]))
    return figure(
        ("价格在哪里变化", "Where prices change"),
        _key([(1, DEARER, ("上调", "dearer")), (-1, CHEAPER, ("下调", "cheaper")), (0, SAME, ("不变", "unchanged"))])
        + _panels(report, boards, times, _price_mark),
        (
            f"上北；标记越大，泊位越多{mean[0]}{missing[0]}。",
            f"North is up; the larger a mark, the more spaces{mean[1]}{missing[1]}.",
        ),
    ) + figure(
        ("哪里停得满、哪里空", "Where it is full and where it is empty"),
        _key(
            [
                (1, DEARER, ("高于目标", "above the target")),
                (0, WITHIN, ("在目标内", "within the target")),
                (-1, CHEAPER, ("低于目标", "below the target")),
            ]
        )
        + _panels(report, boards, times, lambda own: _occupancy_mark(report.policy, own)),
        (f"测得的平均占用率，调价之前{mean[0]}。", f"Mean occupancy as measured, before the change{mean[1]}."),
    )


def _missing(unplaced: int, apart: int) -> tuple[str, str]:
    chinese, english = "", ""
    if unplaced:
        chinese += f"；{unplaced} 个区域没有坐标，未画出"
        english += f"; {counted(unplaced, 'zone without a position is', 'zones without a position are')} not drawn"
    if apart:
        chinese += f"；另有 {apart} 个相距较远的区域未画出"
        english += f"; {counted(apart, 'zone far from the others is', 'zones far from the others are')} not drawn"
    return chinese, english


def _parts(placed: Sequence[PricingZone]) -> list[list[PricingZone]]:
    """Parts of a city that lie apart, those with the most spaces first: on one map of them all each would be a dot."""
    shrink = cos(radians(sum(zone.lat or 0.0 for zone in placed) / len(placed)))
    fields: dict[tuple[int, int], list[PricingZone]] = {}
    for zone in placed:
        north, east = (
            degrees * _METRES_PER_DEGREE / _APART_M for degrees in (zone.lat or 0.0, (zone.lon or 0.0) * shrink)
        )
        fields.setdefault((floor(north), floor(east)), []).append(zone)
    parts = []
    while fields:
        reached, part = [next(iter(fields))], []
        while reached:
            row, column = reached.pop()
            part += fields.pop((row, column), [])
            around = ((row + up, column + right) for up in (-1, 0, 1) for right in (-1, 0, 1))
            reached += [field for field in around if field in fields]
        parts.append(part)
    return sorted(parts, key=lambda part: -sum(zone.spaces for zone in part))


def _times(proposals: Sequence[Proposal], boards: int) -> Mapping[tuple[str, str] | None, Sequence[Proposal]]:
    """By day type and band; all under None where the maps would be too many."""
    found: dict[tuple[str, str] | None, list[Proposal]] = {}
    for one in proposals:
        found.setdefault((one.cell.day_type, one.cell.band), []).append(one)
    return found if len(found) * boards <= _MOST_MAPS else {None: proposals}


def _panels(
    report: Report,
    boards: Sequence["_Board"],
    times: Mapping[tuple[str, str] | None, Sequence[Proposal]],
    mark_of: Callable[[Sequence[Proposal]], _Mark],
) -> str:
    panels = []
    for time, proposals in times.items():
        by_zone: dict[str, list[Proposal]] = {}
        for one in proposals:
            by_zone.setdefault(one.cell.zone_id, []).append(one)
        marks = {zone_id: mark_of(own) for zone_id, own in by_zone.items()}
        name = ("全部时段的平均", "mean over all days and bands") if time is None else time_words(*time)
        for board in boards:
            about = name
            if len(boards) > 1:
                chinese, english = report.name(board.largest)
                about = f"{chinese}一带", f"Around {english}"
                if time is not None:
                    about = f"{about[0]} · {name[0]}", f"{about[1]} · {name[1]}"
            panels.append(f"<div><h3>{both(*about)}</h3>{board.drawn(marks, report, about)}</div>")
    return f'<div class="maps">{"".join(panels)}</div>'


def _price_mark(own: Sequence[Proposal]) -> _Mark:
    weight = sum(one.cell.weight for one in own) or 1.0
    now = sum(one.cell.price * one.cell.weight for one in own) / weight
    then = sum(one.price_proposed * one.cell.weight for one in own) / weight
    way = (then > now) - (then < now)
    return _Mark(
        way, {1: DEARER, -1: CHEAPER, 0: SAME}[way], f"{price(now)} → {price(then)} ({signed_price(then - now)})"
    )


def _occupancy_mark(policy: PricingPolicy, own: Sequence[Proposal]) -> _Mark:
    weight = sum(one.cell.weight for one in own) or 1.0
    share = sum(one.cell.occupancy * one.cell.weight for one in own) / weight
    way = (share > policy.target_high) - (share < policy.target_low)
    return _Mark(way, {1: DEARER, -1: CHEAPER, 0: WITHIN}[way], percent(share))


def _key(entries: Sequence[tuple[int, str, tuple[str, str]]]) -> str:
    items = [
        f'<span><svg viewBox="0 0 14 14" aria-hidden="true">{svg.mark(7, 7, 5, way, fill=colour)}</svg>{both(*name)}</span>'
        for way, colour, name in entries
    ]
    return f'<div class="key">{"".join(items)}</div>'


def _named(place: _Place, size: float, name: tuple[str, str]) -> str:
    """Above the mark, or below at the upper edge, and never beyond the sides."""
    y = place.y - size - 4 if place.y > _MARGIN + size else place.y + size + 12
    anchor: svg.Anchor = "middle"
    if place.x < _EDGE:
        anchor = "start"
    elif place.x > _WIDTH - _EDGE:
        anchor = "end"
    x = place.x + {"start": -size, "middle": 0.0, "end": size}[anchor]
    return svg.words(x, y, name, anchor=anchor)


class _Board:
    """North is up; one scale for both directions, at the middle latitude. `largest` is the zone of most spaces."""

    def __init__(self, zones: Sequence[PricingZone]) -> None:
        self.largest = max(zones, key=lambda zone: zone.spaces).zone_id
        points = [(zone.lat, zone.lon, zone) for zone in zones if zone.lat is not None and zone.lon is not None]
        south, north = min(lat for lat, _, _ in points), max(lat for lat, _, _ in points)
        west, east = min(lon for _, lon, _ in points), max(lon for _, lon, _ in points)
        shrink = cos(radians((south + north) / 2))
        wide, tall = (east - west) * shrink * _METRES_PER_DEGREE, (north - south) * _METRES_PER_DEGREE
        inner = _WIDTH - 2 * _MARGIN
        self._metre = min(inner / max(wide, _LEAST_SPAN_M), (_MOST_HEIGHT - 2 * _MARGIN) / max(tall, _LEAST_SPAN_M))
        self._height = max(tall * self._metre + 2 * _MARGIN, _LEAST_HEIGHT)
        degree = self._metre * _METRES_PER_DEGREE
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        self._places = [
            _Place(_WIDTH / 2 + (lon - middle_x) * shrink * degree, self._height / 2 - (lat - middle_y) * degree, zone)
            for lat, lon, zone in points
        ]
        # The discs of an evenly filled board cover a tenth of it.
        spaces = sum(zone.spaces for zone in zones) or 1
        self._area = inner * (self._height - 2 * _MARGIN) * 0.1 / spaces

    def drawn(self, marks: Mapping[str, _Mark], report: Report, about: tuple[str, str]) -> str:
        parts = [self._scale_bar()]
        # Large ones first, so that none lies hidden under another.
        for place in sorted(self._places, key=lambda one: -one.zone.spaces):
            mark = marks.get(place.zone.zone_id)
            if mark is None:
                continue
            size = min(max(sqrt(place.zone.spaces * self._area / 3.14), 2.5), 11.0)
            chinese, english = report.name(place.zone.zone_id)
            name = chinese if chinese == english else f"{chinese} / {english}"
            parts.append(
                svg.mark(place.x, place.y, size, mark.direction, fill=mark.colour, told=f"{name}: {mark.told}")
            )
            if len(self._places) <= _NAMED:
                parts.append(_named(place, size, (chinese, english)))
        return svg.drawing(_WIDTH, self._height, parts, about)

    def _scale_bar(self) -> str:
        metres = max((each for each in _ROUND_METRES if each * self._metre <= _WIDTH / 3), default=_ROUND_METRES[0])
        y, long = self._height - 8, metres * self._metre
        name = f"{metres} m" if metres < 1_000 else f"{metres // 1_000} km"  # noqa: PLR2004 - metres of a kilometre
        return svg.line(8, y, 8 + long, y, stroke=QUIET, width=2) + svg.label(12 + long, y + 4, name, kind="quiet")
