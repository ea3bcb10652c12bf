"""The price board as JSON: every rule of a place's prices as data, and the same said in Chinese and English."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from api.public.prices import Document, line_price, price_document, tariff_document
from parking.places.model import AreaClass, PlaceKind
from pricing.rates.board import Board, price_at
from pricing.rates.model import Posting, RateLine, RateLineCollection, RateTable, VehicleRate
from pricing.rates.sentences import CollectionSaid, collection_said, table_said
from pricing.rates.signs import SignException
from pricing.rates.words import Said

_NOT_YET: Final = Said("收费公示牌尚未设置，不收费", "nothing is charged until the sign stands")


def board_document(
    posting: Posting,
    area_class: AreaClass,
    coming: list[Posting],
    instant: datetime,
    board: Board,
) -> Document:
    """One entry of the price board: what a kind of place in a zone charges, and every price that it may charge."""
    table = posting.table
    said = [(one, collection_said(table, one)) for one in _collections(table, posting.kind, area_class)]
    price = price_at(posting, area_class, instant, calendars=board.calendars)
    rules = table_said(table)
    return {
        "kind": posting.kind,
        "tariff": tariff_document(posting, area_class, coming, instant),
        "price_now": None if price is None else price_document(price),
        "lines": [
            _line_document(line, vehicle, table.currency, words.lines[line.rule_id])
            for collection, words in said
            for vehicle in collection.eligibility.vehicles
            for line in collection.lines
        ],
        "collections": [_collection_document(collection, words) for collection, words in said],
        "rules": _rules_document(posting),
        "exceptions": [_exception_document(one, posting.kind, area_class) for one in board.exceptions_of(posting)],
        "says": _joined((words for _, words in said), rules, 0),
        "says_en": _joined((words for _, words in said), rules, 1),
    }


def _collections(table: RateTable, kind: PlaceKind, area_class: AreaClass) -> list[RateLineCollection]:
    return [
        one for one in table.collections if area_class in one.eligibility.area_classes and kind in one.eligibility.kinds
    ]


def _exception_document(one: SignException, kind: PlaceKind, area_class: AreaClass) -> Document:
    """A place that keeps an older version, said in full; without one, nothing is charged there."""
    document: Document = {"place": one.place_id, "name": one.name, "name_en": one.name_en, "keeps": None}
    if one.keeps is None:
        return document | {"says": _NOT_YET.zh, "says_en": _NOT_YET.en}
    said = [collection_said(one.keeps, found) for found in _collections(one.keeps, kind, area_class)]
    rules = table_said(one.keeps)
    return document | {
        "keeps": {"id": one.keeps.rate_table_id, "version": one.keeps.version},
        "says": _joined(said, rules, 0),
        "says_en": _joined(said, rules, 1),
    }


def _line_document(line: RateLine, vehicle: VehicleRate, currency: str, said: Said) -> Document:
    amount, unit_s = line_price(line)
    return {
        "rule": line.rule_id,
        "vehicle_class": vehicle.vehicle_class,
        "start": line.start.isoformat("minutes"),
        "end": line.end.isoformat("minutes"),
        "mode": line.mode,
        "amount": amount * vehicle.percent // 100,
        "currency": currency,
        "unit_s": unit_s,
        "says": said.zh,
        "says_en": said.en,
    }


def _collection_document(collection: RateLineCollection, said: CollectionSaid) -> Document:
    document: Document = msgspec.to_builtins(collection, order="deterministic")
    return document | {"says": [one.zh for one in said.all], "says_en": [one.en for one in said.all]}


def _rules_document(posting: Posting) -> Document:
    """What holds for all collections of the table."""
    table = posting.table
    names = ("quotas", "exemptions", "charging", "discounts", "tax", "rounding", "price_moment", "calendar", "timezone")
    document: Document = msgspec.to_builtins({name: getattr(table, name) for name in names}, order="deterministic")
    return document


def _joined(collections: Iterable[CollectionSaid], rules: Iterable[Said], language: int) -> str:
    comma, stop = ("；", "。") if language == 0 else ("; ", ". ")
    parts = [comma.join(one[language] for one in words.all) for words in collections]
    parts += [comma.join(one[language] for one in rules)] if rules else []
    return stop.join(parts)
