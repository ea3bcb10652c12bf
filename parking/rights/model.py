"""What a right is: pure values. A vehicle is a plate's token; a plate is never part of a right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from parking.domain.time_span import TimeSpan

PermitKind = Literal["resident", "monthly", "staff", "exempt"]
DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Permit:
    """A vehicle may stand in some zones and facilities; where both are empty, everywhere in the city."""

    permit_id: str
    """The issuer's own id."""
    kind: PermitKind
    exempt_class: str | None
    """Of the kind `exempt`: the class by which a rate table frees it from the fee."""
    proof: str | None
    """The document that was seen; the kind `exempt` always has one, and an end."""
    plate_token: str
    zone_ids: tuple[str, ...]
    facility_ids: tuple[str, ...]
    span: TimeSpan
    granted_by: str
    revoked_at: datetime | None = None

    @property
    def in_force(self) -> TimeSpan | None:
        """The span up to a revocation; None where it was revoked before it began."""
        if self.revoked_at is None or (self.span.end is not None and self.span.end <= self.revoked_at):
            return self.span
        return TimeSpan(self.span.start, self.revoked_at) if self.span.start < self.revoked_at else None

    def holds_at(self, zone_id: str, facility_id: str | None) -> bool:
        """Whether the permit is good at a place, whatever the time."""
        if not self.zone_ids and not self.facility_ids:
            return True
        return zone_id in self.zone_ids or (facility_id is not None and facility_id in self.facility_ids)


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Spaces kept for one vehicle over a span; a facility is all spaces that it had when it was reserved."""

    reservation_id: str
    space_ids: tuple[str, ...]
    plate_token: str
    span: TimeSpan
    booked_by: str
    cancelled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A vehicle that an authority has excluded from permits and reservations; it still parks and pays as anybody."""

    listing_id: str
    plate_token: str
    authority: str
    legal_basis: str
    reason: str
    span: TimeSpan
    listed_by: str
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """From a minute of an ISO weekday (1 is Monday) for some minutes, which may reach into the next day."""

    weekday: int
    start_minute: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A space that its holder shares with the public in weekly hours of local time."""

    offer_id: str
    space_id: str
    holder: str
    hours: tuple[WeeklyHours, ...]
    timezone: str
    span: TimeSpan
    offered_by: str
    withdrawn_at: datetime | None = None

    def open_span(self, at: datetime) -> TimeSpan | None:
        """The open hours around an instant, windows that touch taken together and cut by the offer's own span."""
        return next((span for span in self._spans(at, at) if at in span), None)

    def covers(self, span: TimeSpan) -> bool:
        """Whether the space is offered during the whole span, which has an end."""
        end = span.end or span.start
        return any(
            one.start <= span.start and one.end is not None and end <= one.end for one in self._spans(span.start, end)
        )

    def _spans(self, start: datetime, end: datetime) -> Sequence[TimeSpan]:
        zone = ZoneInfo(self.timezone)
        day = start.astimezone(zone).date() - timedelta(days=8)
        last = end.astimezone(zone).date() + timedelta(days=8)
        merged: list[tuple[datetime, datetime]] = []
        while day <= last:
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            for hours in sorted(self.hours, key=lambda one: one.start_minute):
                if hours.weekday == day.isoweekday():
                    opens = midnight + timedelta(minutes=hours.start_minute)
                    _join(merged, opens, opens + timedelta(minutes=hours.minutes))
            day += timedelta(days=1)
        limits = (self.span.start, self.withdrawn_at or self.span.end)
        cut = [(max(low, limits[0]), high if limits[1] is None else min(high, limits[1])) for low, high in merged]
        return [TimeSpan(low, high) for low, high in cut if low < high]


def _join(merged: list[tuple[datetime, datetime]], opens: datetime, closes: datetime) -> None:
    if merged and opens <= merged[-1][1]:
        merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
    else:
        merged.append((opens, closes))
