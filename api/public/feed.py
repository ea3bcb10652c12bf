"""Keeps the read model up with the live store: snapshots, then changes, and the engines' pulse once a second."""

import asyncio
import itertools
from typing import Final

from api.public.atlas import Atlas
from api.public.read_model import ReadModel
from parking.db.unit_of_work import Database
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.shards import SHARDS, Shard
from parking.places.repository import load_catalogue
from parking.places.repository.version import inventory_version

TIMEOUT_S: Final = 5.0
BLOCK_MS: Final = 500
ENTRIES: Final = 16
"""Change batches per shard at once: few, so that a catching-up feed does not hold up answers."""
PULSE_S: Final = 1.0
CONFIRM_S: Final = 2.0
"""One shard is read anew each time, so that every space's time of confirmation is at most half a minute behind."""


class ReadModelFeed:
    """Each method runs until cancelled and raises what the live store raises; whoever runs it starts it again."""

    def __init__(self, model: ReadModel, reader: LiveReader) -> None:
        self._model = model
        self._reader = reader
        self._anew: set[Shard] = set(SHARDS)

    async def follow(self) -> None:
        """Apply every change batch in order; a shard with a gap is read anew."""
        while True:
            for shard in sorted(self._anew):
                async with asyncio.timeout(TIMEOUT_S):
                    self._model.adopt_snapshot(shard, await self._reader.snapshot(shard))
                self._anew.discard(shard)
                self._model.observe({}, connected=self._model.connected)
            async with asyncio.timeout(TIMEOUT_S):
                feed = await self._reader.changes(self._model.positions, count=ENTRIES, block_ms=BLOCK_MS)
            for entry in feed.entries:
                self._model.apply(entry)
                await asyncio.sleep(0)
            self._anew |= feed.gaps

    async def listen(self) -> None:
        """Hear the pulse of every shard; when it cannot be heard, everything is stale at once."""
        try:
            while True:
                async with asyncio.timeout(TIMEOUT_S):
                    heartbeats = await self._reader.heartbeats()
                self._model.observe(heartbeats, connected=True)
                await asyncio.sleep(PULSE_S)
        finally:
            self._model.observe({}, connected=False)

    async def confirm(self) -> None:
        """Read shard after shard anew, for what changes do not tell."""
        for shard in itertools.cycle(SHARDS):
            await asyncio.sleep(CONFIRM_S)
            async with asyncio.timeout(TIMEOUT_S):
                snapshot = await self._reader.snapshot(shard)
            self._model.confirm(shard, snapshot)


class InventoryFeed:
    """Loads the inventory when the registry says that something changed, and takes it over when it really did."""

    def __init__(self, model: ReadModel, database: Database) -> None:
        self._model = model
        self._database = database
        self._version: str | None = None

    async def refresh(self) -> None:
        """The registry speaks of keys and devices as well, and a whole inventory is much to read for nothing."""
        async with self._database.transaction() as session:
            version = await inventory_version(session)
        if version == self._version:
            return
        async with self._database.transaction() as session:
            catalogue = await load_catalogue(session)
        self._model.adopt_inventory(await asyncio.to_thread(Atlas, catalogue))
        # Read before the catalogue: what changed in between is read once more and not missed.
        self._version = version
