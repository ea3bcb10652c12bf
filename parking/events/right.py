"""Facts about rights: granted, taken back, reserved. A plate never travels, and neither does its token."""

from datetime import datetime
from typing import ClassVar, Literal

from parking.events.fact import Fact

RightKind = Literal["resident", "monthly", "staff", "exempt", "shared_hours"]


class RightGranted(Fact, frozen=True, kw_only=True):
    """A vehicle may stand in some places, or a space was opened to the public in some hours."""

    TYPE: ClassVar[str] = "parking.right.granted"

    right_id: str
    kind: RightKind
    zone_ids: tuple[str, ...]
    facility_ids: tuple[str, ...]
    space_ids: tuple[str, ...]
    """All three empty: everywhere in the city."""
    valid_from: datetime
    valid_to: datetime | None

    @property
    def subject(self) -> str:
        return self.right_id


class RightRevoked(Fact, frozen=True, kw_only=True):
    """A right ended before its time."""

    TYPE: ClassVar[str] = "parking.right.revoked"

    right_id: str
    kind: RightKind
    revoked_at: datetime

    @property
    def subject(self) -> str:
        return self.right_id


class ReservationBooked(Fact, frozen=True, kw_only=True):
    """Spaces are kept for one vehicle over a span."""

    TYPE: ClassVar[str] = "parking.reservation.booked"

    reservation_id: str
    space_ids: tuple[str, ...]
    start: datetime
    end: datetime

    @property
    def subject(self) -> str:
        return self.reservation_id


class ReservationCancelled(Fact, frozen=True, kw_only=True):
    """Reserved spaces are given back."""

    TYPE: ClassVar[str] = "parking.reservation.cancelled"

    reservation_id: str
    space_ids: tuple[str, ...]
    cancelled_at: datetime

    @property
    def subject(self) -> str:
        return self.reservation_id
