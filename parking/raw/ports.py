"""The door into the platform for whatever carries evidence: readings, and the bodies that they came in."""

from collections.abc import Sequence
from typing import Protocol

from parking.occupancy.evidence import Observation
from parking.raw.model import RawMessage


class Inbox(Protocol):
    """What `append` has returned from survives a crash of any process."""

    async def ensure_room(self) -> None:
        """Raise `UnavailableError` (code `raw_backlog_full`) while more bodies wait to be kept than may."""

    async def append(self, observations: Sequence[Observation], messages: Sequence[RawMessage]) -> None:
        """Durable when it returns, both of them in one round trip.

        Raises `UnavailableError` as `ReadingStream.append`; then nothing of the call may be taken as accepted,
        although parts may have been written: the sender repeats, and the engine drops what it already has.
        """
