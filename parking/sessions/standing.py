"""The stays on some spaces in one transaction: read together, moved one after the other in memory, written together."""

from collections.abc import Collection
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from parking.sessions import repository
from parking.sessions.model import ParkingSession


class Standing:
    """What `repository` would answer after each move. The caller holds the spaces (`repository.lock_places`)."""

    def __init__(self, open_stays: Collection[ParkingSession], latest: Collection[ParkingSession]) -> None:
        self._open = {stay.place_id: stay for stay in open_stays}
        self._latest = {stay.place_id: stay for stay in latest}
        self._saved: dict[str, ParkingSession] = {}
        self._begun: dict[str, ParkingSession] = {}

    @classmethod
    async def on(cls, session: AsyncSession, space_ids: Collection[str]) -> Self:
        return cls(*await repository.open_and_latest_on(session, space_ids))

    def open_on(self, space_id: str) -> ParkingSession | None:
        return self._open.get(space_id)

    def latest_on(self, space_id: str) -> ParkingSession | None:
        """The one that started last, open or ended."""
        return self._latest.get(space_id)

    def save(self, stay: ParkingSession) -> None:
        (self._begun if stay.session_id in self._begun else self._saved)[stay.session_id] = stay
        self._put(stay)

    def begin(self, stay: ParkingSession) -> None:
        self._begun[stay.session_id] = stay
        self._put(stay)

    async def write(self, session: AsyncSession) -> None:
        """What ends goes first: of open stays the database takes one a space."""
        if self._saved:
            await repository.save_all(session, list(self._saved.values()))
        if self._begun:
            await repository.add_all(session, list(self._begun.values()))

    def _put(self, stay: ParkingSession) -> None:
        place = stay.place_id
        if stay.state == "open":
            self._open[place] = stay
        elif place in self._open and self._open[place].session_id == stay.session_id:
            del self._open[place]
        latest = self._latest.get(place)
        if latest is None or latest.session_id == stay.session_id or _order(latest) < _order(stay):
            self._latest[place] = stay


def _order(stay: ParkingSession) -> tuple[object, ...]:
    return stay.started_at, stay.session_id
