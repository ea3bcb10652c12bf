"""Section 2 of the exact meaning: the seconds that quotas grant and that the free allowance frees."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pricing.rates.model import FreeAllowance, RateLineCollection, RateTable, TimeQuota
from tests.pricing.fees.second_by_second.stay_seconds import StaySeconds
from tests.pricing.fees.second_by_second.wall_time import DAY_S, Mask, Seconds, local_day, second_of_wall

Key = tuple[str, str | None]
"""Id of a quota or collection, and the place where it counts by place."""
Spans = list[tuple[int, int]]
Granted = dict[Key, Spans]
Entries = dict[Key, list[int]]


class Windowed(Protocol):
    """What a time quota and an entry limit have in common."""

    @property
    def window(self) -> str: ...

    @property
    def window_s(self) -> int | None: ...

    @property
    def place(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Priced:
    """One collection of the entry version with its seconds A_c and the vehicle's percentage."""

    collection: RateLineCollection
    percent: int
    mask: Mask


class FreeTime:
    """The free seconds of one stay, with the usage before and after it."""

    def __init__(
        self, stay: StaySeconds, table: RateTable, energy: str, granted: Granted, entries: Entries, priced: list[Priced]
    ) -> None:
        self.stay = stay
        self.table = table
        self.energy = energy
        self.granted = {key: list(spans) for key, spans in granted.items()}
        self.entries = {key: list(instants) for key, instants in entries.items()}
        self.priced = priced
        self.by_quota: dict[str, Mask] = {}
        self._fill_quotas()

    def charged(self, one: Priced) -> Mask:
        """B_c; frees the allowance's seconds and counts its entry."""
        quotas = [(quota, self.by_quota[quota.quota_id] & one.mask) for quota in self.table.quotas]
        by_quotas = np.zeros(len(self.stay.at), dtype=bool)
        for _, mask in quotas:
            by_quotas |= mask
        left = one.mask & ~by_quotas
        free = one.collection.free
        if free is None or not self._applies(one, free):
            return left
        counted = one.mask if self._idle_uses("free") else one.mask & ~self.stay.idle
        if all(quota.stacks_on_free for quota, mask in quotas if mask.any()):
            counted = counted & ~by_quotas
        freed = counted & (np.cumsum(counted) <= free.seconds) & left
        if freed.any() and free.limit is not None:
            entries = self.entries.setdefault(self._limit_key(one), [])
            if self.stay.start not in entries:
                entries.append(self.stay.start)
        return left & ~freed

    def _applies(self, one: Priced, free: FreeAllowance) -> bool:
        return self._has_entries_left(one, free) and (
            one.mask.sum() <= free.seconds or free.when_exceeded == "deducted"
        )

    def _is_covered_whole(self, one: Priced) -> bool:
        free = one.collection.free
        return free is not None and one.mask.sum() <= free.seconds and self._has_entries_left(one, free)

    def _idle_uses(self, what: str) -> bool:
        rule = self.table.charging
        return rule is None or (rule.idle_uses_free if what == "free" else rule.idle_uses_quota)

    def _limit_key(self, one: Priced) -> Key:
        assert one.collection.free is not None
        assert one.collection.free.limit is not None
        here = one.collection.free.limit.place == "here"
        first = self.stay.places[self.stay.place[np.argmax(one.mask)]]
        return (one.collection.collection_id, first.place_id if here else None)

    def _has_entries_left(self, one: Priced, free: FreeAllowance) -> bool:
        if free.limit is None:
            return True
        earlier = [entry for entry in self.entries.get(self._limit_key(one), []) if entry != self.stay.start]
        first = int(self.stay.at[np.argmax(one.mask)])
        return _in_window_of(self.table.timezone, free.limit, earlier, first) < free.limit.entries

    def _fill_quotas(self) -> None:
        taken = np.zeros(len(self.stay.at), dtype=bool)
        for quota in self.table.quotas:
            candidates = self._candidates(quota) & ~taken
            mask = np.zeros(len(self.stay.at), dtype=bool)
            for place_id in self._place_ids(quota):
                mask |= self._grant(quota, (quota.quota_id, place_id), candidates & self._at_place(quota, place_id))
            self.by_quota[quota.quota_id] = mask
            taken |= mask

    def _candidates(self, quota: TimeQuota) -> Mask:
        if quota.energies and self.energy not in quota.energies:
            return np.zeros(len(self.stay.at), dtype=bool)
        candidates = self.stay.accrues.copy()
        if not self._idle_uses("quota"):
            candidates &= ~self.stay.idle
        if quota.short_stays_use_nothing:
            for one in self.priced:
                if self._is_covered_whole(one):
                    candidates &= ~one.mask
        return candidates

    def _place_ids(self, quota: TimeQuota) -> set[str | None]:
        return {None} if quota.place == "everywhere" else {place.place_id for place in self.stay.places}

    def _at_place(self, quota: TimeQuota, place_id: str | None) -> Mask:
        if quota.place == "everywhere":
            return np.ones(len(self.stay.at), dtype=bool)
        return np.array([place.place_id == place_id for place in self.stay.places])[self.stay.place]

    def _grant(self, quota: TimeQuota, key: Key, candidates: Mask) -> Mask:
        before = self.granted.get(key, [])
        if not candidates.any():
            return candidates
        if quota.window == "local_day":
            mask = _grant_by_day(self.table.timezone, self.stay, quota, before, candidates)
        elif quota.window == "rolling":
            mask = _grant_rolling(self.stay, quota, before, candidates)
        else:
            mask = _grant_from_first_use(self.stay, quota, before, candidates)
        self.granted[key] = before + _spans(self.stay.at[mask])
        return mask


def _spans(seconds: Seconds) -> Spans:
    runs = np.split(seconds, np.flatnonzero(np.diff(seconds) != 1) + 1)
    return [(int(run[0]), int(run[-1]) + 1) for run in runs if len(run)]


def _in_window_of(zone: str, limit: Windowed, earlier: list[int], second: int) -> int:
    """How many of the earlier instants lie in the window that holds the second."""
    if limit.window == "local_day":
        return sum(local_day(zone, instant) == local_day(zone, second) for instant in earlier)
    assert limit.window_s is not None
    if limit.window == "rolling":
        return sum(second - limit.window_s <= instant < second for instant in earlier)
    before = [(instant, instant + 1) for instant in earlier if instant < second]
    begun, count = _last_begun_window(before, limit.window_s)
    return count if begun is not None and second < begun + limit.window_s else 0


def _last_begun_window(spans: Spans, window_s: int) -> tuple[int | None, int]:
    """The beginning of the last window that the used seconds form, and how many of them it holds."""
    begun: int | None = None
    count = 0
    for start, end in spans:
        for second in range(start, end):
            if begun is None or second >= begun + window_s:
                begun, count = second, 0
            count += 1
    return begun, count


def _held(stay: StaySeconds, before: Spans) -> Mask:
    """Seconds of the stay that were granted when it was priced before."""
    mask = np.zeros(len(stay.at), dtype=bool)
    for start, end in before:
        mask |= (stay.at >= start) & (stay.at < end)
    return mask


def _grant_by_day(zone: str, stay: StaySeconds, quota: TimeQuota, before: Spans, candidates: Mask) -> Mask:
    mask = candidates & _held(stay, before)
    fresh = np.flatnonzero(candidates & ~mask)
    for of_day in np.split(fresh, np.flatnonzero(np.diff(stay.local_day[fresh])) + 1):
        if len(of_day):
            day = int(stay.local_day[of_day[0]])
            midnight, next_midnight = second_of_wall(zone, day * DAY_S), second_of_wall(zone, (day + 1) * DAY_S)
            used = sum(max(0, min(end, next_midnight) - max(start, midnight)) for start, end in before)
            mask[of_day[: max(0, quota.seconds - used)]] = True
    return mask


def _grant_rolling(stay: StaySeconds, quota: TimeQuota, before: Spans, candidates: Mask) -> Mask:
    assert quota.window_s is not None
    window, limit = quota.window_s, quota.seconds
    origin = stay.start - window
    used = bytearray(window + len(stay.at))
    for start, end in before:
        for second in range(max(start, origin), min(end, stay.end)):
            used[second - origin] = 1
    count = sum(used[:window])
    for index, candidate in enumerate(candidates.tolist()):
        if candidate and count < limit:
            used[window + index] = 1
        count += used[window + index] - used[index]
    granted: Mask = np.frombuffer(used, dtype=np.bool_)[window:]
    return candidates & granted


def _grant_from_first_use(stay: StaySeconds, quota: TimeQuota, before: Spans, candidates: Mask) -> Mask:
    assert quota.window_s is not None
    window, first = quota.window_s, stay.start
    begun, count = _last_begun_window([(start - first, min(end - first, 0)) for start, end in before], window)
    held = _held(stay, before)
    mask = candidates & held
    for index in np.flatnonzero(candidates | held).tolist():
        if begun is None or index >= begun + window:
            if not held[index] and quota.seconds == 0:
                continue
            begun, count = index, 0
        elif not held[index] and count >= quota.seconds:
            continue
        count += 1
        mask[index] = candidates[index]
    return mask
