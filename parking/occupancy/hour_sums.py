"""What one hour of one place comes to, from the conditions of its spaces and their changes. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from parking.occupancy.changes import TESTIMONY

Condition = Literal["free", "occupied", "restricted", "unknown", "disbelieved", "unheard"]
"""A status as the public saw it, with the two kinds of unknown that say something of themselves: a device that is declared
faulty spoke, and nobody has ever spoken."""

HOUR_US: Final = 3_600_000_000
_SECOND_US: Final = 1_000_000
_KNOWN: Final = frozenset({"free", "occupied"})
_UNKNOWN: Final = frozenset({"unknown", "disbelieved", "unheard"})
_SAYS_NOTHING: Final = frozenset({"unheard", "restricted"})


class Place(NamedTuple):
    """What hours are counted for."""

    zone_id: str
    kind: str


class Change(NamedTuple):
    """From `at_us` on the space is in this condition."""

    at_us: int
    space_id: str
    condition: Condition


class HourSums(NamedTuple):
    """Of one place over one hour; space-seconds, seconds of being full, and spaces known and occupied at the hour and half past."""

    spaces: int
    known_s: int
    occupied_s: int
    full_s: int
    unknown_s: int
    disbelieved_s: int
    moments: tuple[int, ...]


def condition_of(status: str, reason: str | None, *, previous_status: str, evidence: str) -> Condition:
    """From a published change.

    Who takes a space by a person's word where nothing else speaks is known to stand there, but nobody would have said that it is free: a
    share of such spaces would be all taken, however empty the street.
    """
    if evidence == TESTIMONY and (status, previous_status) == ("occupied", "unknown"):
        return "unknown"
    if status != "unknown":
        return status  # type: ignore[return-value] # the other three
    if reason == "device_faulty":
        return "disbelieved"
    return "unheard" if reason == "never_heard" else "unknown"


def sum_hour(
    start_us: int, places: Mapping[str, Place], conditions: Mapping[str, Condition], changes: Iterable[Change]
) -> dict[Place, HourSums]:
    """Sums of the hour that begins at `start_us`, from the conditions at its beginning and its changes in order.

    A place of whose spaces nobody was ever heard has no entry. Full is nine tenths of the spaces with a known state.
    """
    tallies: dict[Place, _Tally] = {}
    for space_id, place in places.items():
        tallies.setdefault(place, _Tally(start_us)).add(conditions.get(space_id, "unheard"))
    now = dict(conditions)
    for change in changes:
        place_of = places.get(change.space_id)
        if place_of is not None:
            tallies[place_of].move(change.at_us, now.get(change.space_id, "unheard"), change.condition)
            now[change.space_id] = change.condition
    return {place: tally.finish(start_us + HOUR_US) for place, tally in tallies.items() if tally.is_heard}


class _Tally:
    """One place while its hour passes; all times in microseconds."""

    def __init__(self, start_us: int) -> None:
        self.is_heard = False
        self._at_us = start_us
        self._moments_us = [start_us, start_us + HOUR_US // 2]
        self._moments: list[int] = []
        self._spaces = self._known = self._occupied = self._unknown = self._disbelieved = 0
        self._known_us = self._occupied_us = self._full_us = self._unknown_us = self._disbelieved_us = 0

    def add(self, condition: Condition) -> None:
        self._spaces += 1
        self._count(condition, 1)

    def move(self, at_us: int, before: Condition, after: Condition) -> None:
        self._pass(at_us)
        self._count(before, -1)
        self._count(after, 1)

    def finish(self, end_us: int) -> HourSums:
        self._pass(end_us)
        known_s = self._known_us // _SECOND_US
        unknown_s = self._unknown_us // _SECOND_US
        return HourSums(
            self._spaces,
            known_s,
            min(self._occupied_us // _SECOND_US, known_s),
            self._full_us // _SECOND_US,
            unknown_s,
            min(self._disbelieved_us // _SECOND_US, unknown_s),
            tuple(self._moments),
        )

    def _count(self, condition: Condition, step: int) -> None:
        self.is_heard = self.is_heard or condition not in _SAYS_NOTHING
        self._known += step * (condition in _KNOWN)
        self._occupied += step * (condition == "occupied")
        self._unknown += step * (condition in _UNKNOWN)
        self._disbelieved += step * (condition == "disbelieved")

    def _pass(self, until_us: int) -> None:
        while self._moments_us and self._moments_us[0] < until_us:
            del self._moments_us[0]
            self._moments += [self._known, self._occupied]
        passed = until_us - self._at_us
        self._known_us += passed * self._known
        self._occupied_us += passed * self._occupied
        self._unknown_us += passed * self._unknown
        self._disbelieved_us += passed * self._disbelieved
        if self._known and self._occupied * 10 >= self._known * 9:
            self._full_us += passed
        self._at_us = until_us
