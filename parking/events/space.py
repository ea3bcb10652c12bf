"""Facts about single spaces and about the counts of the zone they stand in."""

from datetime import datetime
from typing import ClassVar, Literal

from parking.events.fact import Fact

PublicStatus = Literal["free", "occupied", "unknown", "restricted"]


class SpaceStateChanged(Fact, frozen=True, kw_only=True):
    """The belief about one space changed, or a second restatement agreed with the one that had changed it: then
    `status` and `previous_status` are the same and `since` lies before `observed_at`.
    """

    TYPE: ClassVar[str] = "parking.space.state_changed"

    space_id: str
    zone_id: str
    status: PublicStatus
    previous_status: PublicStatus
    since: datetime
    """From when the status holds, as far as the evidence tells."""
    observed_at: datetime | None
    """Device time of the evidence; None when silence was the evidence."""
    evidence: str
    """Kind of evidence: `change`, `restate`, `startup`, `fault`, or `silence`, `inventory`, `restriction`; `testimony` of
    people and plate readers; `history` where the frames of its devices were put in their order and nothing new was heard."""
    device_id: str | None
    confidence: float | None
    reason: str | None
    """Why a status is unknown or restricted."""
    belief: Literal["free", "occupied", "unknown"] | None = None
    """What is believed of the space whether it may be entered or not; None from a publisher that did not say."""
    grounds_at: datetime | None = None
    """Device time of the evidence on which the belief before this change rested."""
    turned_after: datetime | None = None
    """Device time of the last evidence of the belief before the present one: the change lies between it and `since`."""
    previous_s: tuple[int, int] | None = None
    """How long the state before lasted, at least and below, as the device of a change frame counted it, in seconds."""

    @property
    def subject(self) -> str:
        return self.space_id


class SpaceEvidenceReordered(Fact, frozen=True, kw_only=True):
    """Frames about one space came out of order: from `evidence_from` on it is told anew from history, and its stays with it."""

    TYPE: ClassVar[str] = "parking.space.evidence_reordered"

    space_id: str
    zone_id: str
    evidence_from: datetime
    """Device time of the earliest of them."""

    @property
    def subject(self) -> str:
        return self.space_id


class ZoneCountsChanged(Fact, frozen=True, kw_only=True):
    """The counts of a zone changed; `vacant + occupied + unknown + restricted = capacity`."""

    TYPE: ClassVar[str] = "parking.zone.counts_changed"

    zone_id: str
    capacity: int
    vacant: int
    occupied: int
    unknown: int
    restricted: int
    restricted_occupied: int
    """How many of the restricted spaces are occupied all the same."""
    observed_at: datetime | None

    @property
    def subject(self) -> str:
        return self.zone_id
