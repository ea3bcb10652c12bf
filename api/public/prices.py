"""Prices as JSON: the tariff of a zone, what it charges at this moment, and the sentences of the price board."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from parking.domain.clock import format_instant, from_micros, to_micros
from parking.domain.money import Money
from parking.places.model import AreaClass, Zone
from pricing.rates.board import Board, PriceNow, price_at
from pricing.rates.model import Posting, RateLine

Document = dict[str, Any]
FOREVER_US: Final = 2**63
_HOUR_S: Final = 3600
_LOOK_AGAIN: Final = timedelta(minutes=1)


class ZonePrices(NamedTuple):
    """The members `tariff` and `price_now` of a zone, and until when they are true, in microseconds since 1970."""

    tariff: Document | None
    price_now: Document | None
    until_us: int


class Prices:
    """The price board with each zone's rendered prices, kept for as long as they are true."""

    def __init__(self, board: Board | None = None) -> None:
        self.board: Final = board or Board()
        self._kept: dict[str, tuple[AreaClass, ZonePrices]] = {}

    def of_zone(self, zone: Zone, now_us: int) -> ZonePrices:
        """Of a zone with several kinds of places, the prices at its kerb; the price board has them all."""
        kept = self._kept.get(zone.zone_id)
        if kept is None or kept[0] != zone.area_class or now_us >= kept[1].until_us:
            prices = _zone_prices(self.board, zone, from_micros(now_us))
            kept = self._kept[zone.zone_id] = (zone.area_class, prices)
        return kept[1]


def _zone_prices(board: Board, zone: Zone, instant: datetime) -> ZonePrices:
    posted = board.posted(zone.zone_id, instant)
    coming = board.coming(zone.zone_id, instant)
    ends = [coming[0].start] if coming else []
    if not posted:
        return ZonePrices(None, None, min((to_micros(end) for end in ends), default=FOREVER_US))
    price = price_at(posted[0], zone.area_class, instant)
    ends += [until for until in (posted[0].end, price.until if price else None) if until is not None]
    if price is None:
        # The table says nothing for this moment; look again soon, it may for the next.
        ends.append(instant + _LOOK_AGAIN)
    return ZonePrices(
        tariff_document(posted[0], coming),
        None if price is None else price_document(price),
        min((to_micros(end) for end in ends), default=FOREVER_US),
    )


def tariff_document(posting: Posting, coming: list[Posting]) -> Document:
    table = posting.table
    following = next((item for item in coming if item.kind == posting.kind), None)
    return {
        "id": table.rate_table_id,
        "version": table.version,
        "title": table.title,
        "title_en": table.title_en,
        "kind": posting.kind,
        "document": posting.document,
        "form": table.legal.form,
        "free_s": None if table.free is None else table.free.seconds,
        "nev_free_s_a_day": None if table.energy_quota is None else table.energy_quota.seconds_a_day,
        "effective_from": _instant(posting.start),
        "next": None
        if following is None
        else {"version": following.table.version, "effective_from": _instant(following.start)},
    }


def price_document(price: PriceNow) -> Document:
    line = price.line
    return {
        "kind": price.posting.kind,
        "rule": line.rule_id,
        "mode": line.mode,
        "amount": line.unit_price,
        "currency": price.posting.table.currency,
        "unit_s": line.unit_s,
        "until": _instant(price.until),
    }


def board_document(posting: Posting, area_class: AreaClass, coming: list[Posting], instant: datetime) -> Document:
    """One entry of the price board: data, and the same in words."""
    lines = [line for line in posting.table.lines if line.area_class == area_class and posting.kind in line.kinds]
    price = price_at(posting, area_class, instant)
    return {
        "kind": posting.kind,
        "tariff": tariff_document(posting, coming),
        "price_now": None if price is None else price_document(price),
        "lines": [_line_document(line, posting.table.currency) for line in lines],
        "says": "；".join([*_promises(posting, 0), *(_sentence(line, posting, 0) for line in lines)]),
        "says_en": "; ".join([*_promises(posting, 1), *(_sentence(line, posting, 1) for line in lines)]),
    }


def _line_document(line: RateLine, currency: str) -> Document:
    return {
        "rule": line.rule_id,
        "vehicle_class": line.vehicle_class,
        "start": line.start.isoformat("minutes"),
        "end": line.end.isoformat("minutes"),
        "mode": line.mode,
        "amount": line.unit_price,
        "currency": currency,
        "unit_s": line.unit_s,
    }


def _promises(posting: Posting, language: int) -> list[str]:
    table, said = posting.table, []
    if table.free is not None:
        minutes = table.free.seconds // 60
        said.append((f"前 {minutes} 分钟免费", f"the first {minutes} min are free")[language])
    if table.energy_quota is not None:
        hours = table.energy_quota.seconds_a_day / _HOUR_S
        said.append((f"新能源车每日免费 {hours:g} 小时", f"new-energy vehicles: {hours:g} h free a day")[language])
    return said


def _sentence(line: RateLine, posting: Posting, language: int) -> str:
    span = f"{line.start:%H:%M}-{line.end:%H:%M}" if line.start != line.end else ("全天", "all day")[language]
    vehicle = {"small": ("小型车", "small"), "large": ("大型车", "large")}[line.vehicle_class][language]
    money = _spoken(Money(line.unit_price, posting.table.currency), language)
    if line.mode == "per_unit" and line.unit_s is not None:
        price = (f"每 {line.unit_s // 60} 分钟 {money}", f"{money} per {line.unit_s // 60} min")[language]
    elif line.mode == "per_use":
        price = (f"每次 {money}", f"{money} per use")[language]
    else:
        price = ("免费", "free")[language]
    return f"{vehicle} {span} {price}"


def _spoken(money: Money, language: int) -> str:
    if money.currency != "CNY":
        return str(money)
    figure = str(money).removesuffix(" CNY")
    return (f"{figure} 元", f"¥{figure}")[language]


def _instant(instant: datetime) -> str:
    return format_instant(to_micros(instant))
