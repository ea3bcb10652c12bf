"""Facts about stays: when they began and ended, by which evidence, and whose they are."""

from datetime import datetime
from typing import ClassVar, Literal

from parking.events.fact import Fact

SessionSource = Literal["sensor", "terminal", "attendant", "app"]


class SessionStarted(Fact, frozen=True, kw_only=True):
    """A stay began; without a plate it is nobody's until it is claimed."""

    TYPE: ClassVar[str] = "parking.session.started"

    session_id: str
    space_id: str
    """The space, or the facility where the stay is one of a facility as a whole."""
    zone_id: str
    started_at: datetime
    """The latest moment at which it can have begun: doubt favours the driver."""
    source: SessionSource
    has_plate: bool
    facility_id: str | None = None

    @property
    def subject(self) -> str:
        return self.space_id


class SessionClaimed(Fact, frozen=True, kw_only=True):
    """A stay without a plate was given one, by a person or a reader. The plate itself never travels."""

    TYPE: ClassVar[str] = "parking.session.claimed"

    session_id: str
    space_id: str
    """The space, or the facility where the stay is one of a facility as a whole."""
    zone_id: str
    claimed_at: datetime
    source: SessionSource
    facility_id: str | None = None

    @property
    def subject(self) -> str:
        return self.space_id


class SessionReassigned(Fact, frozen=True, kw_only=True):
    """A person has found that a stay is another vehicle's than was read. No plate travels."""

    TYPE: ClassVar[str] = "parking.session.reassigned"

    session_id: str
    space_id: str
    """The space, or the facility where the stay is one of a facility as a whole."""
    zone_id: str
    reassigned_at: datetime
    facility_id: str | None = None

    @property
    def subject(self) -> str:
        return self.space_id


class SessionEnded(Fact, frozen=True, kw_only=True):
    """A stay ended; its fee can be issued."""

    TYPE: ClassVar[str] = "parking.session.ended"

    session_id: str
    space_id: str
    """The space, or the facility where the stay is one of a facility as a whole."""
    zone_id: str
    started_at: datetime
    ended_at: datetime
    """The earliest moment at which it can have ended."""
    source: SessionSource
    has_plate: bool
    facility_id: str | None = None

    @property
    def subject(self) -> str:
        return self.space_id


class SessionRevised(Fact, frozen=True, kw_only=True):
    """Evidence that had come out of order was put in its place, and a stay is another than was told. A fee that was
    issued stays as it is; what it would be now is for settlement to see.
    """

    TYPE: ClassVar[str] = "parking.session.revised"

    session_id: str
    space_id: str
    zone_id: str
    evidence_from: datetime
    """Device time of the earliest evidence that had come out of order."""
    revised_at: datetime
    started_at: datetime
    ended_at: datetime | None
    was_started_at: datetime
    was_ended_at: datetime | None
    is_withdrawn: bool
    """It never was: another stay took its time, and it lasts none."""

    @property
    def subject(self) -> str:
        return self.space_id


class SessionContradicted(Fact, frozen=True, kw_only=True):
    """Evidence contradicts an open stay, or the absence of one; a person decides."""

    TYPE: ClassVar[str] = "parking.session.contradicted"

    session_id: str | None
    space_id: str
    """The space, or the facility where the stay is one of a facility as a whole."""
    zone_id: str
    observed_at: datetime
    reason: str
    facility_id: str | None = None

    @property
    def subject(self) -> str:
        return self.space_id
