"""Each collection's charged time in the parts that its lines make of it, ready to be priced ("Exact meaning", 3)."""

from collections.abc import Sequence
from typing import NamedTuple

from parking.calendar.official import Calendars
from pricing.fees.accrual import Piece, collection_for
from pricing.fees.intervals import Interval, without
from pricing.fees.local_time import local_day
from pricing.fees.model import Stay
from pricing.fees.parts import Part, Uses, joined, parts_of
from pricing.fees.plan import CollectionPlan, TablePlan, plan_of
from pricing.fees.shares import Share


class Account(NamedTuple):
    """One collection's charged time."""

    plan: CollectionPlan
    percent: int
    """Of the vehicle's class."""
    parts: Sequence[Part]


def account_of(plan: TablePlan, stay: Stay, share: Share, free: Sequence[Interval], calendars: Calendars) -> Account:
    """What is left of the share without its free seconds, part by part.

    Raises `FeeRefusedError`: `rate_missing` or `rate_ambiguous` where a charged second has not one line.
    """
    groups: dict[CollectionPlan, Uses] = {}
    first, last = 0, 0
    for piece in share.pieces:
        left = [(piece.low, piece.high)]
        if share.by_quota:
            left = without(left, share.by_quota)
        if free:
            left = without(left, free)
        if not left:
            continue
        lines = _lines_of(plan, stay, piece, calendars)
        groups.setdefault(lines, {}).setdefault(piece.use, []).extend(left)
        first, last = first or left[0][0], left[-1][1] - 1
    percent = share.pieces[0].percent
    if not groups:
        return Account(share.plan, percent, ())
    # A span that crosses midnight begins on the day before the first second.
    first_day = local_day(first, plan.zone).toordinal() - 1
    parts = parts_of(groups, first_day, local_day(last, plan.zone).toordinal(), plan.table.charging)
    return Account(share.plan, percent, joined(parts, share.plan.collection, share.seconds))


def last_unit_part(accounts: Sequence[Account]) -> Part | None:
    """Of all parts that are charged by begun units, the one that begins last."""
    parts = [part for account in accounts for part in account.parts if part.rate.mode in {"per_unit", "steps"}]
    return max(parts, key=_first_second, default=None)


def _first_second(part: Part) -> int:
    return part.spans[0][0]


def _lines_of(plan: TablePlan, stay: Stay, piece: Piece, calendars: Calendars) -> CollectionPlan:
    if piece.version is plan.table:
        return piece.collection
    version = plan_of(piece.version, calendars, plan.table.timezone, plan.table.calendar)
    return collection_for(version, stay, piece.place)[0]
