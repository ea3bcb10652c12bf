"""The door into the engine: the stream of readings, as those who write to it see it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from parking.occupancy.evidence import MendEntry, Observation, RetoldEntry, ZoneEntry


class ReadingStream(Protocol):
    """Append-only, durable, sharded by zone. What `append` has returned from survives a crash of any process."""

    async def append(self, observations: Sequence[Observation]) -> None:
        """Durable in the live store when it returns, in order per device.

        Raises `UnavailableError` (code `live_store_unavailable` when it cannot be reached, `backlog_full` above the
        high-water mark); then nothing of the call may be taken as accepted, although parts may have been written:
        the caller's client repeats, and the engine drops what it already has.
        """

    async def define_zone(self, zone: ZoneEntry) -> None:
        """Tell the engine which spaces a zone has; idempotent by revision."""

    async def correct(self, entry: RetoldEntry) -> None:
        """Tell the engine what a space is by history, because frames about it had come out of order; idempotent."""

    async def mend(self, entry: MendEntry) -> None:
        """Tell the engine what a check has found wrong in a shard; idempotent."""

    async def backlog(self) -> Mapping[int, int]:
        """Entries per shard that history has not committed yet."""
