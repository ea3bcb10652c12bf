"""Counting a zone step by step: every change of one space moves one count, so nothing is ever summed again."""

from collections.abc import Iterable

from parking.occupancy.model import SpaceState, ZoneCounts


class Tally:
    """The counts of one zone while a batch is applied; every space counts once, so the four add up to `capacity`."""

    __slots__ = (
        "capacity",
        "observed_at",
        "occupied",
        "restricted",
        "restricted_occupied",
        "revision",
        "unknown",
        "vacant",
    )

    def __init__(self, counts: ZoneCounts | None, revision: int = 0) -> None:
        self.capacity = 0 if counts is None else counts.capacity
        self.vacant = 0 if counts is None else counts.vacant
        self.occupied = 0 if counts is None else counts.occupied
        self.unknown = 0 if counts is None else counts.unknown
        self.restricted = 0 if counts is None else counts.restricted
        self.restricted_occupied = 0 if counts is None else counts.restricted_occupied
        self.observed_at = None if counts is None else counts.observed_at
        self.revision = revision if counts is None else counts.revision

    def add(self, state: SpaceState) -> None:
        self._move(state, 1)

    def drop(self, state: SpaceState) -> None:
        self._move(state, -1)

    def heard(self, observed_at: int | None) -> None:
        if observed_at is not None and (self.observed_at is None or observed_at > self.observed_at):
            self.observed_at = observed_at

    def _move(self, state: SpaceState, by: int) -> None:
        self.capacity += by
        if state.closed_until is not None or not state.in_service:
            self.restricted += by
            if state.belief == "occupied":
                self.restricted_occupied += by
        elif state.belief == "free":
            self.vacant += by
        elif state.belief == "occupied":
            self.occupied += by
        else:
            self.unknown += by

    def counts(self, zone_id: str) -> ZoneCounts:
        return ZoneCounts(
            zone_id,
            self.capacity,
            self.vacant,
            self.occupied,
            self.unknown,
            self.restricted,
            self.restricted_occupied,
            self.observed_at,
            self.revision,
        )


def count_anew(zone_id: str, states: Iterable[SpaceState], *, revision: int) -> ZoneCounts:
    """The sum over the spaces: what the step-by-step counts must equal at every instant."""
    tally = Tally(None, revision)
    for state in states:
        tally.add(state)
        tally.heard(state.observed_at)
    return tally.counts(zone_id)
