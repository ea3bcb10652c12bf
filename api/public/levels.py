"""The counts of segments, facilities, zones and districts beside the read model's spaces, moved with every change batch."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from api.public.atlas import Atlas
from parking.domain.ids import SpaceId, ZoneId
from parking.occupancy.level_counts import Cell, Group, Kind, LevelCounts, group_of
from parking.occupancy.model import SpaceState
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.places.catalogue import ListedZone


class ShardLevels:
    """One shard. A zone that the live store does not count yet has the spaces of the inventory, all of them unknown."""

    def __init__(self, atlas: Atlas, shard: Shard, spaces: Mapping[str, SpaceState], counted: Iterable[str]) -> None:
        self.atlas = atlas
        """Replaced where the new one says the same of this shard."""
        self._counts = LevelCounts()
        self.uncounted: Counter[str] = Counter()
        """By district, how many zones the live store does not count yet."""
        for space_id, state in spaces.items():
            self._counts.put(state, self._group(space_id), self._district(state.zone_id))
        known = frozenset(counted)
        for zone_id in atlas.zones_of_shard[shard]:
            if zone_id not in known:
                self.assume(zone_id)

    def move(self, space_id: str, before: SpaceState | None, after: SpaceState | None) -> None:
        """A space changed; None before it came and after it left."""
        group = self._group(space_id)
        if before is not None and after is not None and before.zone_id == after.zone_id:
            self._counts.move(before, after, group, self._district(after.zone_id))
            return
        if before is not None:
            self._counts.take(before, group, self._district(before.zone_id))
        if after is not None:
            self._counts.put(after, group, self._district(after.zone_id))

    def assume(self, zone_id: str) -> None:
        """Count the spaces of a zone by the inventory alone."""
        self._assume(zone_id, holds=True)

    def assume_no_more(self, zone_id: str) -> None:
        """The live store counts the zone from now on."""
        self._assume(zone_id, holds=False)

    def cells(self, zone_id: str) -> Mapping[Group, Cell]:
        return self._counts.cells(zone_id)

    def district_cells(self, district_id: str) -> Mapping[Kind, Cell]:
        return self._counts.district_cells(district_id)

    def _assume(self, zone_id: str, *, holds: bool) -> None:
        listed = self.atlas.catalogue.zones.get(ZoneId(zone_id))
        if listed is None or not listed.capacity:
            return
        self.uncounted[listed.zone.district_id] += 1 if holds else -1
        for space_id, state in _assumed(self.atlas, listed):
            self.move(space_id, None if holds else state, state if holds else None)

    def _group(self, space_id: str) -> Group:
        return group_of(self.atlas.catalogue.spaces.get(SpaceId(space_id)))

    def _district(self, zone_id: str) -> str | None:
        listed = self.atlas.catalogue.zones.get(ZoneId(zone_id))
        return None if listed is None else listed.zone.district_id


def told_otherwise(before: Atlas | None, after: Atlas, spaces: Mapping[Shard, Mapping[str, SpaceState]]) -> set[Shard]:
    """The shards of whose spaces the new inventory says something else; every one at first."""
    if before is None:
        return set(SHARDS)
    old, new = before.catalogue.zones, after.catalogue.zones
    changed = [zone_id for zone_id in old.keys() | new.keys() if old.get(zone_id) != new.get(zone_id)]
    moved = {space_id for zone_id in changed for space_id in _listed(old.get(zone_id)) ^ _listed(new.get(zone_id))}
    # The live store may be ahead or behind and have a space in another zone than either inventory.
    elsewhere = {shard for shard, present in spaces.items() if any(space_id in present for space_id in moved)}
    return {shard_of(zone_id) for zone_id in changed} | elsewhere


def _listed(zone: ListedZone | None) -> frozenset[SpaceId]:
    return frozenset() if zone is None else frozenset(zone.space_ids)


def _assumed(atlas: Atlas, listed: ListedZone) -> Iterator[tuple[SpaceId, SpaceState]]:
    for space_id in listed.space_ids:
        place = atlas.catalogue.spaces.get(space_id)
        yield space_id, SpaceState(listed.zone.zone_id, in_service=place is None or place.in_service)
