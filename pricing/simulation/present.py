"""The fees of recorded stays under what was in force when each began."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from parking.calendar.official import OFFICIAL, Calendars
from pricing.fees.arrays.amounts import amounts
from pricing.fees.arrays.columns import AREA_CLASSES, KINDS, Amounts, Mask, StayColumns
from pricing.rates.model import Posting, RateTable
from pricing.simulation.model import RecordedStays

NOT_POSTED = "not_posted"


def chosen(recorded: RecordedStays, rows: Mask) -> RecordedStays:
    return replace(recorded, stays=_some(recorded.stays, rows), zone=recorded.zone[rows])


def priced_by(table: RateTable, recorded: RecordedStays) -> Mask:
    """The stays on places that the table has any price for."""
    stays = recorded.stays
    found = np.zeros(len(stays), dtype=np.bool_)
    for collection in table.collections:
        eligible = collection.eligibility
        found |= np.isin(stays.area_class, [AREA_CLASSES.index(name) for name in eligible.area_classes]) & np.isin(
            stays.kind, [KINDS.index(name) for name in eligible.kinds]
        )
    return found


def present_amounts(
    recorded: RecordedStays, postings: Sequence[Posting], *, calendars: Calendars = OFFICIAL
) -> tuple[Amounts, tuple[str, ...]]:
    """Price every stay by the table posted at its beginning for its zone and kind; also the names of these tables.

    A vehicle's used free time goes from stay to stay within one version of one table, not across versions. A stay where
    nothing was posted is refused as `not_posted`.
    """
    stays, zones = recorded.stays, {zone_id: number for number, zone_id in enumerate(recorded.zone_ids)}
    amount, refused = np.zeros(len(stays), dtype=np.int64), np.ones(len(stays), dtype=np.bool_)
    rows_of: dict[tuple[str, int], tuple[RateTable, Mask]] = {}
    for posting in postings:
        if posting.zone_id not in zones:
            continue
        rows = (recorded.zone == zones[posting.zone_id]) & (stays.kind == KINDS.index(posting.kind))
        rows &= stays.start >= posting.start.timestamp()
        if posting.end is not None:
            rows &= stays.start < posting.end.timestamp()
        table, known = rows_of.get((posting.table.rate_table_id, posting.table.version), (posting.table, rows))
        rows_of[posting.table.rate_table_id, posting.table.version] = table, known | rows
    codes: dict[int, str] = {}
    singly = 0
    for table, rows in rows_of.values():
        places = np.flatnonzero(rows)
        found = amounts(table, _some(stays, rows), calendars=calendars)
        amount[places], refused[places] = found.amount, found.refused
        codes.update({int(places[row]): code for row, code in found.codes.items()})
        singly += found.by_calculator
    for row in np.flatnonzero(refused).tolist():
        codes.setdefault(row, NOT_POSTED)
    names = tuple(f"{name} {version}" for (name, version), (_, rows) in sorted(rows_of.items()) if rows.any())
    return Amounts(amount=amount, refused=refused, codes=codes, by_calculator=singly), names


def _some(stays: StayColumns, rows: Mask) -> StayColumns:
    place = np.cumsum(rows) - 1
    return StayColumns(
        start=stays.start[rows],
        end=stays.end[rows],
        area_class=stays.area_class[rows],
        kind=stays.kind[rows],
        use=stays.use[rows],
        vehicle_class=stays.vehicle_class[rows],
        energy=stays.energy[rows],
        payment=None if stays.payment is None else stays.payment[rows],
        payment_methods=stays.payment_methods,
        vehicle=None if stays.vehicle is None else stays.vehicle[rows],
        place=None if stays.place is None else stays.place[rows],
        used_s=None if stays.used_s is None else stays.used_s[rows],
        whole={int(place[row]): stay for row, stay in stays.whole.items() if rows[row]},
    )
