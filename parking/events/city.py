"""Facts of the city's other works as far as they touch parking: street cleaning (C4 of the city catalogue)."""

from datetime import datetime
from typing import ClassVar, Literal

from parking.events.fact import Fact


class CleaningWindowPlanned(Fact, frozen=True, kw_only=True):
    """A crew will clean along some spaces over a window; planned again with the same id it changes nothing."""

    TYPE: ClassVar[str] = "city.cleaning.window_planned"

    window_id: str
    start: datetime
    end: datetime
    announced_at: datetime
    """When drivers could first know of it."""
    authority: str
    permit: str | None = None
    space_ids: tuple[str, ...] = ()
    segment_ids: tuple[str, ...] = ()
    zone_ids: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return self.window_id


class CleaningWindowEnded(Fact, frozen=True, kw_only=True):
    """The crew is through, did not come, or the plan was given up: the spaces are not needed any longer."""

    TYPE: ClassVar[str] = "city.cleaning.window_ended"

    window_id: str
    ended_at: datetime
    outcome: Literal["finished", "missed", "cancelled"]

    @property
    def subject(self) -> str:
        return self.window_id


class CleaningWindowRefused(Fact, frozen=True, kw_only=True):
    """No space is closed for a planned window, and why."""

    TYPE: ClassVar[str] = "city.cleaning.window_refused"

    window_id: str
    code: str
    detail: str

    @property
    def subject(self) -> str:
        return self.window_id
