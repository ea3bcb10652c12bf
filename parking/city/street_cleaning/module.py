"""Turns planned cleaning windows into restrictions, and gives the spaces back when the crew is through or stays away.

It keeps nothing: what it decides follows from the event and its settings, and every restriction it asks for ends by
itself. A window that nobody ends, because this module or the crew's own system is dead, ends at its planned time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.city.street_cleaning.manifest import MANIFEST, CleaningSettings
from parking.domain.clock import Clock
from parking.events.city import CleaningWindowEnded, CleaningWindowPlanned, CleaningWindowRefused
from parking.events.restriction import RestrictionRequested, RestrictionRevoked, Severity
from parking.plugins.sdk import Context, Occasion

REASON = "street_cleaning"


def setup(context: Context) -> None:
    """Called by the host once per life."""
    settings = context.settings
    if not isinstance(settings, CleaningSettings):
        raise TypeError(f"street cleaning cannot be set up with {type(settings).__name__}")
    cleaning = StreetCleaning(settings, context.clock)
    context.subscribe(CleaningWindowPlanned, cleaning.planned)
    context.subscribe(CleaningWindowEnded, cleaning.ended)


@dataclass(frozen=True)
class StreetCleaning:
    """The rules of the city for its cleaning windows."""

    settings: CleaningSettings
    clock: Clock

    async def planned(self, window: CleaningWindowPlanned, occasion: Occasion) -> None:
        """Ask for the spaces from the planned start, or from when drivers have had their notice."""
        start = max(window.start, window.announced_at + timedelta(minutes=self.settings.notice_minutes))
        refusal = self._refusal(window, start)
        if refusal is not None:
            await occasion.publish(refusal)
            return
        requests = [_request(window, start, window.end, self.settings.severity, closure_id(window.window_id))]
        if window.announced_at < start and self.clock() < start:
            requests.insert(0, _request(window, window.announced_at, start, "advisory", notice_id(window.window_id)))
        await occasion.publish(*requests)

    async def ended(self, window: CleaningWindowEnded, occasion: Occasion) -> None:
        """The spaces are free again, whether the crew has cleaned or never came."""
        ids = (notice_id(window.window_id), closure_id(window.window_id))
        await occasion.publish(
            *(RestrictionRevoked(restriction_id=restriction_id, requester=MANIFEST.name) for restriction_id in ids)
        )

    def _refusal(self, window: CleaningWindowPlanned, start: datetime) -> CleaningWindowRefused | None:
        if window.end <= window.start:
            code, detail = "window_invalid", "the window ends before it starts"
        elif window.end <= self.clock():
            code, detail = "window_past", "the window was over before it was heard of"
        elif window.end - window.start > timedelta(minutes=self.settings.longest_minutes):
            code, detail = "window_too_long", f"a cleaning takes {self.settings.longest_minutes} minutes at most"
        elif start >= window.end:
            code, detail = "notice_too_short", f"drivers need {self.settings.notice_minutes} minutes of notice"
        else:
            return None
        return CleaningWindowRefused(window_id=window.window_id, code=code, detail=detail)


def closure_id(window_id: str) -> str:
    return f"{MANIFEST.name}:{window_id}"


def notice_id(window_id: str) -> str:
    return f"{MANIFEST.name}:{window_id}:notice"


def _request(
    window: CleaningWindowPlanned, start: datetime, end: datetime, severity: Severity, restriction_id: str
) -> RestrictionRequested:
    return RestrictionRequested(
        restriction_id=restriction_id,
        requester=MANIFEST.name,
        space_ids=window.space_ids,
        segment_ids=window.segment_ids,
        zone_ids=window.zone_ids,
        start=start,
        end=end,
        severity=severity,
        reason=REASON,
        authority=window.authority,
        permit=window.permit,
        stops_charging=severity != "advisory",
    )
