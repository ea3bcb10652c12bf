"""The belief about a space and the counts of a zone: what the live store keeps and readers see."""

from typing import Literal

import msgspec

from parking.events.space import PublicStatus
from parking.occupancy.evidence import EvidenceSource

Belief = Literal["free", "occupied", "unknown"]


class SpaceState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is believed of one space, with its evidence. Times are microseconds since 1970 UTC.

    A space that nobody has heard of is unknown; it is never invented as free.
    """

    zone_id: str
    belief: Belief = "unknown"
    since: int | None = None
    observed_at: int | None = None
    """Device time of the evidence that the belief rests on."""
    heard_at: int | None = None
    """Receipt of the last message of any kind from its device; silence counts from here."""
    silence_s: int = 0
    device_id: str | None = None
    evidence: str | None = None
    confidence: float | None = None
    reason: str | None = "never_heard"
    """Why it is unknown: `never_heard`, `silent`, `device_fault` (it says so itself), `device_faulty` (we say so),
    `device_uncertain`, `contradictory` (two kinds of evidence do not agree); None while it is known."""
    in_service: bool = True
    closed_until: int | None = None
    """End of the restriction that holds now; None when none does."""
    closed_for: str | None = None
    """Its reason, as the city gave it."""
    spoken_at: int | None = None
    """Newest observed time of any message about it; one that was under way when it was taken to be silent refutes that."""
    turned_after: int | None = None
    """Device time of the last evidence of the belief before: the change lies between it and `since`."""
    source: EvidenceSource | None = None
    """What kind of thing the belief rests on."""

    @property
    def restricted(self) -> bool:
        return self.closed_until is not None or not self.in_service

    @property
    def status(self) -> PublicStatus:
        """What the public sees: a space that may not be entered is restricted, occupied or not."""
        return "restricted" if self.restricted else self.belief


class ZoneCounts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How many spaces of a zone are in which state; the four always add up to `capacity`."""

    zone_id: str
    capacity: int
    vacant: int
    occupied: int
    unknown: int
    restricted: int
    restricted_occupied: int
    observed_at: int | None
    """Device time of the newest evidence in the zone; None when nothing has been heard."""
    revision: int


class SpaceChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One published change of one space."""

    space_id: str
    zone_id: str
    status: PublicStatus
    previous_status: PublicStatus
    since: int
    observed_at: int | None
    at: int
    """When the engine published it."""
    evidence: str
    device_id: str | None
    confidence: float | None
    reason: str | None
    belief: Belief
    removed: bool = False
    """True when the space left the inventory; readers forget it."""
    grounds_at: int | None = None
    """Device time of the evidence on which the belief before this change rested."""
    in_service: bool = True
    """Of a restricted space without `closed_until` it says nothing: the writer may not have known the field."""
    closed_until: int | None = None
    closed_for: str | None = None
    turned_after: int | None = None
    """Device time of the last evidence of the belief before the present one."""
    previous_s: tuple[int, int] | None = None
    """How long the state before lasted, at least and below, as the device of a change frame counted it."""


class ChangeBatch(msgspec.Struct, frozen=True, array_like=True):
    """One entry of `changes:{shard}`: what one engine batch did, whole or not at all."""

    at: int
    changes: list[SpaceChange]
    counts: list[ZoneCounts]
    """The new counts of every zone that the batch touched, also where only `observed_at` moved on."""
    read: list[tuple[str, bytes]]
    """Entries of the reading stream that the batch consumed, with one disposition letter per observation:
    `a` applied, `c` confirmed without a change, `w` weighed without moving what is told, `o` any of them and not in the order
    of time, `l` late, `d` duplicate, `t` told nothing about the state, `u` unknown space. History writes all but the duplicates."""
    removed_zones: list[str] = []
