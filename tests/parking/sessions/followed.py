"""The stays of one space as evidence moves them, kept in memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from parking.bus.codec import fact_of
from parking.events.envelope import CloudEvent
from parking.events.space import SpaceStateChanged
from parking.sessions.following import follow
from parking.sessions.model import ParkingSession


class Ledger:
    """Every stay of one space so far."""

    def __init__(self) -> None:
        self.stays: dict[str, ParkingSession] = {}
        self.contradictions: list[str] = []
        self._numbers = count(1)

    @property
    def open(self) -> ParkingSession | None:
        return next((stay for stay in self.stays.values() if stay.state == "open"), None)

    def hears(self, *groups: Sequence[CloudEvent]) -> None:
        for event in (event for group in groups for event in group):
            fact = fact_of(event)
            assert isinstance(fact, SpaceStateChanged)
            moved = follow(self.open, fact, event.time, new_id=lambda: str(next(self._numbers)))
            for stay in (moved.before, moved.begun):
                if stay is not None:
                    self.stays[stay.session_id] = stay
            self.contradictions += [] if moved.contradiction is None else [moved.contradiction]
            assert sum(stay.state == "open" for stay in self.stays.values()) <= 1

    @property
    def only(self) -> ParkingSession:
        (stay,) = self.stays.values()
        return stay


def charged(stay: ParkingSession, until: datetime | None = None) -> timedelta:
    end = stay.ended_at or until
    assert end is not None
    return (end - stay.started_at) - sum((gap.end - gap.start for gap in stay.uncharged(end)), timedelta())
