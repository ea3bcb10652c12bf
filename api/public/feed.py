"""Keeps the read model up with the live store: snapshots, then changes, and the engines' pulse once a second."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from api.public.atlas import Atlas
from api.public.prices import FOREVER_US, ZonePrices
from api.public.pulse import STALE_AFTER_S
from api.public.read_model import ReadModel
from parking.db.unit_of_work import Database
from parking.domain.clock import from_micros
from parking.domain.ids import ZoneId
from parking.gates.reports import changes_since
from parking.occupancy.live_reader import AT_ONCE, LiveReader
from parking.occupancy.shards import SHARDS, Shard
from parking.occupancy.usual_hours import usual_hours
from parking.places.model import Zone
from parking.places.repository import load_catalogue
from parking.places.repository.version import inventory_version
from pricing.rates.board_loading import load_board

TIMEOUT_S: Final = 5.0
BLOCK_MS: Final = 500
ENTRIES: Final = 16
"""Change batches per shard at once: few, so that a catching-up feed does not hold up answers."""
PULSE_S: Final = 1.0
LOOK_AGAIN_S: Final = 60.0
_HOUR_US: Final = 3_600_000_000
_HISTORY_AGAIN_S: Final = 600.0
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
            asked_at = self._model.monotonic()
            async with asyncio.timeout(TIMEOUT_S):
                feed = await self._reader.changes(self._model.positions, count=ENTRIES, block_ms=BLOCK_MS)
            for entry in feed.entries:
                self._model.apply(entry)
                await asyncio.sleep(0)
            self._anew |= feed.gaps
            read = Counter(entry.shard for entry in feed.entries)
            self._model.heard({shard for shard in SHARDS if read[shard] < ENTRIES} - feed.gaps, asked_at)

    async def listen(self) -> None:
        """Hear the pulse of every shard; when it cannot be heard, everything is stale at once."""
        try:
            while True:
                # Who waits longer for the pulse than it may be old tells listeners too late that it has stopped.
                async with asyncio.timeout(STALE_AFTER_S):
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
            spaces = iter(snapshot.spaces.items())
            while part := list(itertools.islice(spaces, AT_ONCE)):
                self._model.confirm(shard, part)
                await asyncio.sleep(0)


class PriceFeed:
    """Keeps the price board up, and tells listeners at the instant at which a price changes."""

    def __init__(self, model: ReadModel, database: Database) -> None:
        self._model = model
        self._database = database
        self._renewed = asyncio.Event()

    async def refresh(self) -> None:
        """Load what is in force and what comes; called whenever the registry says that something changed."""
        async with self._database.transaction() as session:
            board = await load_board(session, from_micros(self._model.now_us()))
        if not board.says_the_same(self._model.prices.board):
            self._model.adopt_board(board)
            self._renewed.set()

    async def follow(self) -> None:
        """Until cancelled."""
        told: Mapping[ZoneId, ZonePrices] = {}
        while True:
            self._renewed.clear()
            now_us = self._model.now_us()
            prices = {zone.zone_id: self._model.prices.of_zone(zone, now_us) for zone in self._zones()}
            changed = tuple(zone_id for zone_id, found in prices.items() if told.get(zone_id, found) != found)
            if changed:
                self._model.journal.record(zone_ids=changed)
            told = prices
            next_us = min((found.until_us for found in prices.values()), default=FOREVER_US)
            with suppress(TimeoutError):
                # Bounded, because the clock that prices go by may be set.
                await asyncio.wait_for(self._renewed.wait(), min((next_us - now_us) / 1e6, LOOK_AGAIN_S))

    def _zones(self) -> list[Zone]:
        """The zones that have a price now or later; none before the inventory is loaded."""
        if not self._model.has_inventory:
            return []
        known = self._model.atlas.catalogue.zones
        priced = {ZoneId(posting.zone_id) for posting in self._model.prices.board.postings}
        return [known[zone_id].zone for zone_id in sorted(priced) if zone_id in known]


class ReportFeed:
    """Keeps what facilities tell of themselves; called whenever one of them has."""

    def __init__(self, model: ReadModel, database: Database) -> None:
        self._model = model
        self._database = database
        self._written_at: datetime | None = None

    async def refresh(self) -> None:
        async with self._database.transaction() as session:
            changes = await changes_since(session, self._written_at)
        self._model.reports.adopt(changes)
        self._written_at = changes.written_at


class HourFeed:
    """Keeps what is usual at the present hour of the week, for the estimates of what is unknown."""

    def __init__(self, model: ReadModel, database: Database) -> None:
        self._model = model
        self._database = database

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            await self.refresh()
            left_us = _HOUR_US - self._model.now_us() % _HOUR_US
            # Bounded, because the clock may be set, and because history may be brought in meanwhile.
            await asyncio.sleep(min(left_us / 1e6, _HISTORY_AGAIN_S))

    async def refresh(self) -> None:
        async with self._database.transaction() as session:
            self._model.usual = await usual_hours(session, from_micros(self._model.now_us()))


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
