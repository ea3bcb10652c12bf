"""Section 1 of the exact meaning: what each second of the stay is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pricing.fees.model import LaterTable, Move, Stay
from pricing.rates.model import RateLineCollection, RateTable
from tests.pricing.fees.second_by_second.wall_time import (
    DAY_S,
    Mask,
    Seconds,
    second_at_or_after,
    second_at_or_before,
    wall_seconds,
)


class RefusedError(Exception):
    """The stay has no price."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def refuse_unless_one(holding: Seconds, mask: Mask) -> None:
    """Refuse by the earliest second of the mask that none, or more than one, holds at."""
    wrong = np.flatnonzero(mask & (holding != 1))
    if len(wrong):
        raise RefusedError("rate_missing" if holding[wrong[0]] == 0 else "rate_ambiguous")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the vehicle stands for some seconds."""

    area_class: str
    kind: str
    use: str
    place_id: str | None


@dataclass(frozen=True, kw_only=True)
class StaySeconds:
    """One element of each array is one second of the stay."""

    at: Seconds
    local_day: Seconds
    places: tuple[Place, ...]
    place: Seconds
    """Index in `places`."""
    version: Seconds
    """0 is the version of the entry, k the k-th later one."""
    charging: Mask
    idle: Mask
    accrues: Mask

    @property
    def start(self) -> int:
        return int(self.at[0])

    @property
    def end(self) -> int:
        return int(self.at[-1]) + 1


def seconds_of(stay: Stay, table: RateTable, later: tuple[LaterTable, ...]) -> StaySeconds:
    at = np.arange(second_at_or_after(stay.start), second_at_or_before(stay.end), dtype=np.int64)
    stands: tuple[Stay | Move, ...] = (stay, *stay.moves)
    places = tuple(
        Place(area_class=one.area_class, kind=one.kind, use=one.use, place_id=one.place_id) for one in stands
    )
    place = last_begun(at, [move.at for move in stay.moves])
    charging = _charging(at, stay, table)
    accrues = ~_uncharged(at, stay) & ~_exempt(at, stay, table)
    if table.charging is not None and table.charging.while_charging == "free":
        accrues &= ~charging
    on_charging_space = np.array([one.use == "charging" for one in places])[place]
    return StaySeconds(
        at=at,
        local_day=wall_seconds(table.timezone, at) // DAY_S,
        places=places,
        place=place,
        version=last_begun(at, [version.at for version in later] if table.price_moment == "as_you_go" else []),
        charging=charging,
        idle=accrues & on_charging_space & ~charging & (table.charging is not None),
        accrues=accrues,
    )


def percents_at(seconds: StaySeconds, collection: RateLineCollection, stay: Stay) -> list[int | None]:
    """What the vehicle pays of the collection's prices at each of the places; None where it is for others."""
    return [
        collection.eligibility.percent_for(place.area_class, place.kind, stay.vehicle_class, stay.energy, place.use)
        for place in seconds.places
    ]


def last_begun(at: Seconds, beginnings: list[datetime]) -> Seconds:
    """At each second the number of the beginnings that have been reached."""
    index = np.zeros(len(at), dtype=np.int64)
    for number, beginning in enumerate(beginnings, start=1):
        index[at >= second_at_or_after(beginning)] = number
    return index


def _within(at: Seconds, start: datetime, end: datetime | None) -> Mask:
    inside = at >= second_at_or_before(start)
    return inside if end is None else inside & (at < second_at_or_after(end))


def _uncharged(at: Seconds, stay: Stay) -> Mask:
    found = np.zeros(len(at), dtype=bool)
    for item in stay.uncharged:
        found |= _within(at, item.span.start, item.span.end)
    return found


def _exempt(at: Seconds, stay: Stay, table: RateTable) -> Mask:
    listed = {exemption.exempt_class for exemption in table.exemptions}
    found = np.zeros(len(at), dtype=bool)
    for right in stay.rights:
        if right.exempt_class in listed:
            found |= True if right.span is None else _within(at, right.span.start, right.span.end)
    return found


def _charging(at: Seconds, stay: Stay, table: RateTable) -> Mask:
    grace = timedelta(seconds=0 if table.charging is None else table.charging.grace_s)
    found = np.zeros(len(at), dtype=bool)
    for span in stay.charging:
        found |= _within(at, span.start, None if span.end is None else span.end + grace)
    return found
