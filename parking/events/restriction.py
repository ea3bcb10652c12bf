"""Facts about what closes or limits spaces for a time: contract K1 of the city modules."""

from datetime import datetime
from typing import ClassVar, Literal

from parking.events.fact import Fact

Severity = Literal["advisory", "no_new_entry", "clear_out", "tow"]
"""An advisory restricts nothing; the others make a space restricted, ever more strictly."""


class RestrictionRequested(Fact, frozen=True, kw_only=True):
    """A city module asks for spaces over a window; every window has an end, so that nothing stays closed by accident."""

    TYPE: ClassVar[str] = "parking.restriction.requested"

    restriction_id: str
    """The requester's own id: asking twice changes nothing."""
    requester: str
    space_ids: tuple[str, ...]
    start: datetime
    end: datetime
    severity: Severity
    reason: str
    authority: str
    permit: str | None = None
    stops_charging: bool = True
    segment_ids: tuple[str, ...] = ()
    """All spaces of these as well: a module knows streets, the inventory knows their spaces."""
    zone_ids: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return self.restriction_id


class RestrictionApplied(Fact, frozen=True, kw_only=True):
    """The restriction stands in the inventory and takes effect in its window."""

    TYPE: ClassVar[str] = "parking.restriction.applied"

    restriction_id: str
    requester: str
    space_ids: tuple[str, ...]
    start: datetime
    end: datetime
    severity: Severity
    reason: str

    @property
    def subject(self) -> str:
        return self.restriction_id


class RestrictionRevoked(Fact, frozen=True, kw_only=True):
    """The requester needs the spaces no longer."""

    TYPE: ClassVar[str] = "parking.restriction.revoked"

    restriction_id: str
    requester: str

    @property
    def subject(self) -> str:
        return self.restriction_id


class RestrictionRejected(Fact, frozen=True, kw_only=True):
    """A request that changes nothing, and why."""

    TYPE: ClassVar[str] = "parking.restriction.rejected"

    restriction_id: str
    requester: str
    code: str
    detail: str

    @property
    def subject(self) -> str:
        return self.restriction_id


class RestrictionReleased(Fact, frozen=True, kw_only=True):
    """The restriction no longer holds; others over the same spaces are untouched."""

    TYPE: ClassVar[str] = "parking.restriction.released"

    restriction_id: str
    requester: str
    released_at: datetime
    cause: Literal["ended", "withdrawn", "module_disabled"]

    @property
    def subject(self) -> str:
        return self.restriction_id
