"""Prices stays by the million: the fee of every row, equal to the calculator's to the last minor unit."""

from typing import Final

import numpy as np

from parking.calendar.official import OFFICIAL, Calendars
from pricing.fees.arrays.columns import ENERGIES, Amounts, Ints, Mask, StayColumns
from pricing.fees.arrays.compiled import Compiled, compile_collection
from pricing.fees.arrays.evaluate import Grants, owed_by
from pricing.fees.arrays.groups import Group, groups_of
from pricing.fees.arrays.one_by_one import OneByOne
from pricing.fees.arrays.scope import carries_usage, sort_rows
from pricing.fees.arrays.settle import fees, fits
from pricing.fees.arrays.timeline import Timeline, timeline
from pricing.fees.arrays.usage import takers, used_in_days, used_in_windows
from pricing.fees.local_time import zone_of
from pricing.rates.model import RateLineCollection, RateTable, TimeQuota

CHUNK: Final = 16_384
"""Stays at a time, so that their arrays stay within the cache of a core."""
_KINDS_OF_DAY: Final = frozenset({"workday", "restday", "holiday"})


def amounts(table: RateTable, stays: StayColumns, *, calendars: Calendars = OFFICIAL) -> Amounts:
    """Price every stay under one table.

    A stay that the calculator refuses is refused here with the same code. Vehicles carry what they use of quotas from
    each of their stays to the next; a refused stay uses nothing.
    """
    return _Run(table, stays, calendars).result()


class _Run:
    def __init__(self, table: RateTable, stays: StayColumns, calendars: Calendars) -> None:
        self._table, self._stays, self._calendars = table, stays, calendars
        self._amount = np.zeros(len(stays), dtype=np.int64)
        self._singly = OneByOne(table, stays, calendars, self._amount)
        self._layouts: dict[tuple[str, bool], Timeline] = {}
        self._sorted = sort_rows(table, stays)
        fast = (stays.end > stays.start) & ~self._sorted.one_by_one
        self._low, self._high = (int(stays.start[fast].min()), int(stays.end[fast].max())) if fast.any() else (0, 0)
        self._groups = list(groups_of(table, stays, fast))
        self._used: Ints | None = stays.used_s
        self._origin: Ints | None = None
        if stays.vehicle is not None:
            self._carry(stays.vehicle)

    def result(self) -> Amounts:
        singly, codes = self._sorted.one_by_one & ~self._sorted.in_order, self._singly.codes
        codes.update(dict.fromkeys(np.flatnonzero(self._sorted.invalid).tolist(), "stay_invalid"))
        for group in self._groups:
            if group.refusal is not None:
                codes.update(dict.fromkeys(group.rows.tolist(), group.refusal))
            else:
                singly[self._left_of(group)] = True
        self._singly.price_each(np.flatnonzero(singly).tolist(), self._used, self._origin)
        in_order = self._sorted.in_order | self._misled(singly)
        self._singly.price_in_order(in_order)
        refused = np.zeros(len(self._amount), dtype=np.bool_)
        refused[np.fromiter(codes, dtype=np.int64, count=len(codes))] = True
        count = int(np.count_nonzero(singly | in_order))
        return Amounts(amount=self._amount, refused=refused, codes=codes, by_calculator=count)

    def _left_of(self, group: Group) -> Ints:
        """Price a group chunk by chunk; returns the rows that are left to the calculator."""
        if group.collection is None or not group.is_simple:
            return group.rows
        compiled = compile_collection(self._table, group.collection, group.percent)
        if not fits(self._table, compiled, int((self._stays.end - self._stays.start)[group.rows].max())):
            return group.rows
        by_day = (group.quota is not None and group.quota.window == "local_day") or any(
            cap.scope == "local_day" for cap in group.collection.caps
        )
        layout = self._layout(group.collection, midnights=by_day)
        chunks = (group.rows[low : low + CHUNK] for low in range(0, len(group.rows), CHUNK))
        return np.concatenate([self._price(compiled, layout, group.quota, rows) for rows in chunks])

    def _price(self, compiled: Compiled, layout: Timeline, quota: TimeQuota | None, rows: Ints) -> Ints:
        start, end = self._stays.start[rows], self._stays.end[rows]
        grants = None if quota is None else self._grants(compiled.collection, quota, rows)
        owed = owed_by(compiled, layout, start, end, grants)
        self._amount[rows] = fees(self._table, compiled, owed.total, self._stays, rows)
        return rows[owed.deferred]

    def _grants(self, collection: RateLineCollection, quota: TimeQuota, rows: Ints) -> Grants:
        seconds = self._a_window(collection, quota, rows)
        used = 0 if self._used is None else self._used[rows]
        if quota.window == "local_day" or quota.window_s is None:
            return Grants(first=np.maximum(seconds - used, 0), others=seconds, stacks_on_free=quota.stacks_on_free)
        # Without earlier stays the first window begins with the stay; what was used today says nothing of it.
        origin, used = (self._stays.start, 0) if self._origin is None else (self._origin, used)
        return Grants(
            first=np.maximum(seconds - used, 0),
            others=seconds,
            stacks_on_free=quota.stacks_on_free,
            origin=origin[rows],
            window_s=quota.window_s,
        )

    def _a_window(self, collection: RateLineCollection, quota: TimeQuota, rows: Ints) -> Ints:
        """Seconds that the quota may grant each stay in a window, 0 where the free allowance covers it whole instead."""
        free = collection.free
        is_off = free is None or (free.limit is not None and free.limit.entries < 1)
        if free is None or is_off or not quota.short_stays_use_nothing:
            return np.full(len(rows), quota.seconds, dtype=np.int64)
        length = self._stays.end[rows] - self._stays.start[rows]
        return np.where(length <= free.seconds, 0, quota.seconds)

    def _layout(self, collection: RateLineCollection, *, midnights: bool) -> Timeline:
        key = (collection.collection_id, midnights)
        if key not in self._layouts:
            asks = any(line.days & _KINDS_OF_DAY for line in collection.lines)
            self._layouts[key] = timeline(
                collection.lines,
                self._low,
                self._high,
                zone_of(self._table.timezone),
                self._calendars(self._table.calendar) if asks else None,
                midnights=midnights,
            )
        return self._layouts[key]

    def _carry(self, vehicle: Ints) -> None:
        """Find what each stay's vehicle has used of its quota before, by quota."""
        stays = self._stays
        granting: dict[str, list[tuple[Group, TimeQuota, RateLineCollection]]] = {}
        for group in self._groups:
            if group.collection is not None and group.quota is not None:
                granting.setdefault(group.quota.quota_id, []).append((group, group.quota, group.collection))
        if not granting:
            return
        self._used = np.zeros(len(stays), dtype=np.int64) if stays.used_s is None else stays.used_s.copy()
        self._origin = stays.start.copy()
        for groups in granting.values():
            quota = groups[0][1]
            rows = np.concatenate([group.rows for group, _, _ in groups])
            seconds = np.concatenate([self._a_window(collection, quota, group.rows) for group, _, collection in groups])
            if quota.window != "local_day":
                # What was used today says nothing of another window.
                self._used[rows] = 0
            known = vehicle[rows] >= 0
            rows, seconds = rows[known], seconds[known]
            keys = vehicle[rows] if quota.place == "everywhere" or stays.place is None else self._pairs(vehicle, rows)
            of = takers(rows, keys, stays.start[rows], stays.end[rows], seconds)
            if quota.window == "local_day":
                days = timeline((), self._low, self._high, zone_of(self._table.timezone), None, midnights=True)
                self._used[of.rows] = used_in_days(of, self._used[of.rows], days)
            elif quota.window == "from_first_use" and quota.window_s is not None:
                self._used[of.rows], self._origin[of.rows] = used_in_windows(of, quota.window_s)

    def _pairs(self, vehicle: Ints, rows: Ints) -> Ints:
        """A number for each vehicle at each place."""
        places = vehicle[rows] if self._stays.place is None else self._stays.place[rows]
        order = np.lexsort((places, vehicle[rows]))
        changes = (np.diff(vehicle[rows][order], prepend=-1) != 0) | (
            np.diff(places[order], prepend=places[order][:1]) != 0
        )
        pairs = np.empty(len(rows), dtype=np.int64)
        pairs[order] = np.cumsum(changes)
        return pairs

    def _misled(self, singly: Mask) -> Mask:
        """Stays of vehicles of which the calculator refused one: the others may have counted its use of a quota."""
        stays, codes = self._stays, self._singly.codes
        misled = np.zeros(len(stays), dtype=np.bool_)
        refused = [row for row in np.flatnonzero(singly).tolist() if row in codes]
        if stays.vehicle is None or not refused or not any(carries_usage(self._table, energy) for energy in ENERGIES):
            return misled
        vehicles = stays.vehicle[refused]
        misled = np.isin(stays.vehicle, vehicles[vehicles >= 0]) & ~self._sorted.in_order & ~self._sorted.invalid
        for row in np.flatnonzero(misled).tolist():
            codes.pop(row, None)
        return misled
