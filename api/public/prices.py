"""Prices of a zone as JSON: its tariff, and what it charges at this moment."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from parking.domain.clock import format_instant, from_micros, to_micros
from parking.places.model import AreaClass, Zone
from pricing.rates.board import Board, PriceNow, price_at
from pricing.rates.line_sentences import price_said
from pricing.rates.model import Posting, RateLine

Document = dict[str, Any]
FOREVER_US: Final = 2**63
_NEV: Final = frozenset({"nev"})
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
    ends = [posting.start for posting in coming if posting.start > instant][:1]
    if not posted:
        return ZonePrices(None, None, min((to_micros(end) for end in ends), default=FOREVER_US))
    price = price_at(posted[0], zone.area_class, instant, calendars=board.calendars)
    ends += [until for until in (posted[0].end, price.until if price else None) if until is not None]
    if price is None:
        # The table says nothing for this moment; look again soon, it may for the next.
        ends.append(instant + _LOOK_AGAIN)
    return ZonePrices(
        tariff_document(posted[0], zone.area_class, coming, instant),
        None if price is None else price_document(price),
        min((to_micros(end) for end in ends), default=FOREVER_US),
    )


def tariff_document(posting: Posting, area_class: AreaClass, coming: list[Posting], instant: datetime) -> Document:
    table = posting.table
    following = next((item for item in coming if item.kind == posting.kind), None)
    ordinary = table.collections_for(area_class, posting.kind, "small")
    free = ordinary[0][0].free if ordinary else None
    daily = next((one for one in table.quotas if one.energies == _NEV and one.window == "local_day"), None)
    return {
        "id": table.rate_table_id,
        "version": table.version,
        "title": table.title,
        "title_en": table.title_en,
        "kind": posting.kind,
        "document": posting.document,
        "form": table.legal.form,
        "free_s": None if free is None else free.seconds,
        "nev_free_s_a_day": None if daily is None else daily.seconds,
        "effective_from": instant_json(posting.start),
        "next": None
        if following is None
        else {
            "version": following.table.version,
            "effective_from": instant_json(following.start),
            "awaits_signs": following.start <= instant,
        },
    }


def price_document(price: PriceNow) -> Document:
    """Of a line in steps or tiers the first; `says` tells them all."""
    line, currency = price.line, price.posting.table.currency
    amount, unit_s = line_price(line)
    said = price_said(line, currency)
    return {
        "kind": price.posting.kind,
        "rule": line.rule_id,
        "mode": line.mode,
        "amount": amount * price.percent // 100,
        "currency": currency,
        "unit_s": unit_s,
        "period": None if line.period is None else line.period.unit,
        "until": instant_json(price.until),
        "says": said.zh,
        "says_en": said.en,
    }


def line_price(line: RateLine) -> tuple[int, int | None]:
    """Minor units for one unit or use, and the unit's seconds; of the first step, of the first tier."""
    if line.mode == "steps":
        return line.steps[0].unit_price, line.steps[0].unit_s
    if line.mode == "tiers":
        return line.tiers[0].price, line.tiers[0].up_to_s
    return line.unit_price, line.unit_s


def instant_json(instant: datetime) -> str:
    return format_instant(to_micros(instant))
