"""A stay as a frozen value, in the words of APDS: a session on one space or at one facility, its uncertain ends, and the time that counts.

Rule (street.md, "uncertain times"): doubt favours the driver. A stay counts from the last moment at which the space may
still have been empty to the first at which it may have been empty again; between them, time without evidence does not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec

from parking.events.session import SessionSource

SessionState = Literal["open", "ended"]
VehicleClass = Literal["motorcycle", "small", "medium", "large"]
Energy = Literal["fuel", "nev"]
GapReason = Literal["silent", "fault", "uncertain", "restricted", "contradicted"]
"""Why time does not accrue: no message, a faulty device, one that does not know, a closed space, evidence against it."""


class Gap(msgspec.Struct, frozen=True):
    """`[start, end)` in which no time accrues."""

    start: datetime
    end: datetime
    reason: GapReason


class Proof(msgspec.Struct, frozen=True):
    """One piece of evidence that moved a stay; a plate is never part of it."""

    at: datetime
    """When it was observed."""
    what: Literal[
        "started",
        "joined",
        "claimed",
        "paused",
        "resumed",
        "ended",
        "superseded",
        "reassigned",
        "pictured",
        "withdrawn",
    ]
    source: SessionSource
    evidence: str | None = None
    """Kind of sensor evidence."""
    device_id: str | None = None
    by: str | None = None
    """Who did it: the name of a key or account."""
    evidence_id: str | None = None
    """The picture or document that shows it (`parking.evidence`)."""


WORDS: Final = ("started", "claimed", "pictured")
"""What of that a person says about a vehicle that is there."""


@dataclass(frozen=True, kw_only=True)
class ParkingSession:
    """One stay. Charge `[started_at, ended_at)` without `gaps`; the other instants keep how uncertain both ends are."""

    session_id: str
    space_id: str | None
    """None for a stay at a facility as a whole."""
    facility_id: str | None
    """Set for what a gate saw and no single space is known of; of a stay on a space of a facility it is None."""
    zone_id: str
    state: SessionState
    started_at: datetime
    """The latest possible beginning."""
    started_earliest: datetime
    ended_at: datetime | None
    """The earliest possible end, never before `started_at`; None while open."""
    ended_earliest: datetime | None
    ended_latest: datetime | None
    start_source: SessionSource
    end_source: SessionSource | None
    vehicle_class: VehicleClass
    energy: Energy | None
    """None while nobody knows: priced as fuel."""
    plate_token: str | None
    claimed_at: datetime | None
    last_positive_at: datetime | None
    """Newest sensor evidence that the space was occupied during the stay; None without any."""
    paused_at: datetime | None
    """From when on no time accrues at present."""
    pause_reason: GapReason | None
    gaps: tuple[Gap, ...]
    evidence: tuple[Proof, ...]

    @property
    def place_id(self) -> str:
        """The space or the facility: of each, stays are moved one after the other."""
        place = self.space_id or self.facility_id
        if place is None:
            raise ValueError("a stay is on a space or at a facility")
        return place

    @property
    def is_attributed(self) -> bool:
        return self.plate_token is not None

    @property
    def last_word(self) -> datetime:
        """When a person last told something that shows the vehicle; sensors speak by `last_positive_at`."""
        words = (proof.at for proof in self.evidence if proof.source != "sensor" and proof.what in WORDS)
        return max(words, default=self.started_at)

    @property
    def is_unheard(self) -> bool:
        """Only people told of it, and nobody for so long that it was paused."""
        return self.state == "open" and self.last_positive_at is None and self.pause_reason == "silent"

    def uncharged(self, until: datetime) -> tuple[Gap, ...]:
        """The gaps, the present one included, up to `until` (the end of an ended stay, now for an open one)."""
        if self.paused_at is None or self.pause_reason is None or self.paused_at >= until:
            return self.gaps
        return (*self.gaps, Gap(self.paused_at, until, self.pause_reason))
