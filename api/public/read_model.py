"""What citizens are answered from: the inventory and the live state of every space, in the memory of this process.

Nothing here waits. A change batch is taken over whole between two awaits, so that no reader sees half of it and
vacant + occupied + unknown + restricted = capacity holds in every answer.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from api.public.atlas import Atlas
from api.public.journal import Journal
from api.public.levels import ShardLevels, told_otherwise
from api.public.position import change_order
from api.public.prices import Prices
from api.public.pulse import STALE_AFTER_S, Pulse
from parking.domain.errors import NotFoundError, UnavailableError
from parking.domain.ids import ZoneId
from parking.gates.reports import FacilityReports
from parking.occupancy.level_counts import Cell, Group, Kind, total
from parking.occupancy.live_reader import ShardChange, ShardSnapshot
from parking.occupancy.model import SpaceChange, SpaceState, ZoneCounts
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.occupancy.streams import START
from parking.occupancy.usual_hours import UsualHours
from parking.places.catalogue import ListedSpace
from pricing.rates.board import Board

CONFIRMED_EVERY_US: Final = 5_000_000
"""How often at most listeners hear that a zone's numbers still stand."""


class ShardView:
    """One shard as last heard of."""

    def __init__(self, pulse: Pulse, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._heard_at = -math.inf
        self.counts: dict[str, ZoneCounts] = {}
        self.spaces: dict[str, SpaceState] = {}
        self.change_id: str | None = None
        """Position in the change stream; None until the first snapshot."""
        self.pulse = pulse
        self.levels: ShardLevels | None = None
        """The counts of its levels; None until there is an inventory."""
        self.told_stale = True
        """What listeners were told last."""

    @property
    def stale(self) -> bool:
        """Asked anew for every answer: a process that was stopped wakes with numbers that it has not looked at since."""
        return self.told_stale or self.is_old

    @property
    def is_old(self) -> bool:
        """Whether the engine has not spoken lately, or what it said has not been read lately."""
        return self._monotonic() - self._heard_at > STALE_AFTER_S or self.pulse.is_stale

    def heard(self, at: float) -> None:
        """Everything that the live store held at `at` of the monotonic clock is taken over."""
        self._heard_at = max(self._heard_at, at)


class ZoneView(NamedTuple):
    """The counts of a zone now."""

    counts: ZoneCounts
    stale: bool


class SpaceView(NamedTuple):
    """The state of a space now."""

    place: ListedSpace
    state: SpaceState
    stale: bool


class DistrictView(NamedTuple):
    """The spaces of a district now, by kind, and of how many of its zones that says less than it should."""

    cells: list[tuple[Kind, Cell]]
    zones_stale: int
    zones_uncounted: int
    """Zones that the live store does not count yet: their spaces are unknown."""
    observed_at: int | None


class ReadModel:
    """`now_us` gives microseconds since 1970, `monotonic` seconds that never go back."""

    def __init__(
        self,
        *,
        now_us: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.now_us = now_us
        self.monotonic = monotonic
        self.journal = Journal()
        self.prices = Prices()
        self.reports = FacilityReports()
        self.usual: UsualHours = {}
        """What is usual at this hour; empty until history was read."""
        self.shards: Final = {shard: ShardView(Pulse(now_us, monotonic), monotonic) for shard in SHARDS}
        self.connected = False
        """Whether the change feed is being heard."""
        self._atlas: Atlas | None = None
        self._told_at: dict[str, int] = {}
        self._districts_heard: dict[str, int] = {}

    @property
    def atlas(self) -> Atlas:
        """Raise `UnavailableError` (`inventory_unavailable`) until the inventory was read once."""
        if self._atlas is None:
            raise UnavailableError("the inventory is not loaded yet; try again", code="inventory_unavailable")
        return self._atlas

    @property
    def has_inventory(self) -> bool:
        return self._atlas is not None

    @property
    def positions(self) -> Mapping[Shard, str]:
        """Where the change feed goes on; shards without a snapshot are missing."""
        return {shard: view.change_id for shard, view in self.shards.items() if view.change_id is not None}

    def zone(self, zone_id: str) -> ZoneView:
        """Raise `NotFoundError` (`zone_unknown`), or `UnavailableError` before the inventory is loaded."""
        listed = self.atlas.catalogue.zones.get(ZoneId(zone_id))
        if listed is None:
            raise NotFoundError(f"there is no zone {zone_id[:64]!r}", code="zone_unknown")
        view = self.shards[shard_of(zone_id)]
        counts = view.counts.get(zone_id)
        if counts is None:
            assumed = total(self.cells(zone_id).values())
            counts = ZoneCounts(
                zone_id, assumed.capacity, 0, 0, assumed.unknown, assumed.restricted, 0, None, listed.revision
            )
        return ZoneView(counts, view.stale)

    def cells(self, zone_id: str) -> Mapping[Group, Cell]:
        """The spaces of a zone, counted apart by where they stand and of what kind they are."""
        levels = self.shards[shard_of(zone_id)].levels
        return {} if levels is None else levels.cells(zone_id)

    def district(self, district_id: str) -> DistrictView:
        """A district of the inventory; raise `UnavailableError` before it is loaded."""
        cells: list[tuple[Kind, Cell]] = []
        uncounted = stale = 0
        for shard, zones in self.atlas.district_zones.get(district_id, {}).items():
            view = self.shards[shard]
            stale += zones if view.stale else 0
            if view.levels is not None:
                cells += view.levels.district_cells(district_id).items()
                uncounted += view.levels.uncounted[district_id]
        return DistrictView(
            cells, zones_stale=stale, zones_uncounted=uncounted, observed_at=self._districts_heard.get(district_id)
        )

    def space(self, place: ListedSpace) -> SpaceView:
        """A space that the engine has not heard of is unknown, or restricted when it is out of service."""
        view = self.shards[shard_of(place.zone_id)]
        state = view.spaces.get(place.space_id)
        if state is None:
            state = SpaceState(place.zone_id, in_service=place.in_service)
        return SpaceView(place, state, view.stale)

    def missing_zones(self) -> list[str]:
        """Zones of the inventory with spaces that the live store does not count yet, in order of id."""
        return [
            zone_id
            for zone_id, listed in self.atlas.catalogue.zones.items()
            if listed.capacity and zone_id not in self.shards[shard_of(zone_id)].counts
        ]

    def adopt_inventory(self, atlas: Atlas) -> None:
        """Replace the inventory; listeners read everything again."""
        before, self._atlas = self._atlas, atlas
        present = {shard: view.spaces for shard, view in self.shards.items()}
        anew = told_otherwise(before, atlas, present)
        for shard, view in self.shards.items():
            if view.levels is None or shard in anew:
                self._count_anew(shard)
            else:
                view.levels.atlas = atlas
        if before is not None:
            self.journal.record(starts_over=True)

    def adopt_board(self, board: Board) -> None:
        """Replace the price board, and tell listeners of the zones on either."""
        zone_ids = {posting.zone_id for posting in (*self.prices.board.postings, *board.postings)}
        self.prices = Prices(board)
        if zone_ids:
            self.journal.record(zone_ids=tuple(sorted(zone_ids)))

    def adopt_snapshot(self, shard: Shard, snapshot: ShardSnapshot) -> None:
        """Take a whole shard over; who resumes from before it starts over."""
        view = self.shards[shard]
        first = view.change_id is None
        view.counts, view.spaces, view.change_id = snapshot.counts, snapshot.spaces, snapshot.change_id
        self._count_anew(shard)
        view.pulse.beat(snapshot.heartbeat_us)
        view.heard(self.monotonic())
        self.journal.forget(shard, change_order(snapshot.change_id))
        if not first:
            self.journal.record(starts_over=True)

    def confirm(self, shard: Shard, spaces: Iterable[tuple[str, SpaceState]]) -> None:
        """Take over when spaces were last confirmed, which changes do not tell, where the belief is the same."""
        view = self.shards[shard]
        for space_id, theirs in spaces:
            ours = view.spaces.get(space_id)
            if ours is not None and ours is not theirs and _same_belief(ours, theirs):
                _put(view, space_id, ours, theirs)

    def apply(self, change: ShardChange) -> None:
        """Take one change batch over, whole."""
        view, batch = self.shards[change.shard], change.batch
        if view.levels is not None:
            for counts in batch.counts:
                if counts.zone_id not in view.counts:
                    view.levels.assume_no_more(counts.zone_id)
        for item in batch.changes:
            before = view.spaces.get(item.space_id)
            _put(view, item.space_id, before, None if item.removed else _state_after(before, item))
        told = [counts.zone_id for counts in batch.counts if self._is_news(view.counts.get(counts.zone_id), counts)]
        for counts in batch.counts:
            view.counts[counts.zone_id] = counts
            self._hear_district(counts)
        for zone_id in batch.removed_zones:
            if view.counts.pop(zone_id, None) is not None and view.levels is not None:
                view.levels.assume(zone_id)
        view.change_id = change.change_id
        self.journal.record(
            change.shard,
            change_order(change.change_id),
            zone_ids=(*told, *batch.removed_zones),
            changes=batch.changes,
        )
        age_s = max(0.0, (self.now_us() - batch.at) / 1e6)
        # Behind a backlog the feed never reaches the end, and is not old for that.
        view.heard(self.monotonic() - age_s)
        if view.stale and age_s < STALE_AFTER_S:
            # A batch of now is a sign of life; the next look at the pulse would say so up to a second later.
            self.observe({change.shard: batch.at}, connected=self.connected)

    def heard(self, shards: Iterable[Shard], at: float) -> None:
        """Everything that the live store held of the shards at `at` of the monotonic clock is taken over."""
        for shard in shards:
            self.shards[shard].heard(at)

    def observe(self, heartbeats: Mapping[Shard, int | None], *, connected: bool) -> None:
        """Note the engines' pulse and whether we hear the store at all, and tell listeners whose staleness turned."""
        self.connected = connected
        for shard, heartbeat in heartbeats.items():
            self.shards[shard].pulse.beat(heartbeat)
        turned = set()
        for shard, view in self.shards.items():
            stale = not connected or view.change_id in {None, START} or view.is_old
            if stale != view.told_stale:
                view.told_stale = stale
                turned.add(shard)
        if turned and self._atlas is not None:
            zones = self._atlas.catalogue.zones
            self.journal.record(zone_ids=tuple(zone_id for zone_id in zones if shard_of(zone_id) in turned))

    def _count_anew(self, shard: Shard) -> None:
        """In time proportional to the spaces of the shard: for a fresh snapshot or another inventory only."""
        if self._atlas is None:
            return
        view = self.shards[shard]
        view.levels = ShardLevels(self._atlas, shard, view.spaces, view.counts)
        for counts in view.counts.values():
            self._hear_district(counts)

    def _hear_district(self, counts: ZoneCounts) -> None:
        listed = None if self._atlas is None else self._atlas.catalogue.zones.get(ZoneId(counts.zone_id))
        if listed is not None and counts.observed_at is not None:
            district_id = listed.zone.district_id
            self._districts_heard[district_id] = max(counts.observed_at, self._districts_heard.get(district_id, 0))

    def _is_news(self, before: ZoneCounts | None, after: ZoneCounts) -> bool:
        now = self.now_us()
        told_lately = now - self._told_at.get(after.zone_id, 0) < CONFIRMED_EVERY_US
        if told_lately and before is not None and _numbers(before) == _numbers(after):
            return False
        self._told_at[after.zone_id] = now
        return True


def _put(view: ShardView, space_id: str, before: SpaceState | None, after: SpaceState | None) -> None:
    """The one way in which a space of the read model changes, so that its levels move with it; None for no space."""
    if after is None:
        view.spaces.pop(space_id, None)
    else:
        view.spaces[space_id] = after
    if view.levels is not None:
        view.levels.move(space_id, before, after)


def _numbers(counts: ZoneCounts) -> tuple[int, ...]:
    return (
        counts.capacity,
        counts.vacant,
        counts.occupied,
        counts.unknown,
        counts.restricted,
        counts.restricted_occupied,
    )


def _same_belief(ours: SpaceState, theirs: SpaceState) -> bool:
    return (ours.belief, ours.in_service, ours.closed_until, ours.since, ours.zone_id) == (
        theirs.belief,
        theirs.in_service,
        theirs.closed_until,
        theirs.since,
        theirs.zone_id,
    )


def _state_after(before: SpaceState | None, change: SpaceChange) -> SpaceState:
    return SpaceState(
        change.zone_id,
        change.belief,
        change.since,
        change.observed_at,
        change.at,
        0 if before is None else before.silence_s,
        change.device_id,
        change.evidence,
        change.confidence,
        change.reason,
        change.status != "restricted" or (change.closed_until is not None and change.in_service),
        change.closed_until,
        change.closed_for,
    )
