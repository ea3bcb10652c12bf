"""The inventory prepared for answering: search indexes, positions and the parts of answers that never move."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

from parking.domain.clock import format_instant, to_micros
from parking.domain.geo import Box, Position, centroid
from parking.domain.ids import SpaceId, ZoneId
from parking.domain.spatial_index import SpatialIndex
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.places.catalogue import Catalogue, ListedSpace, ListedZone


class Atlas:
    """Immutable; built anew when the inventory changes, in time proportional to the number of spaces."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue: Final = catalogue
        self.positions: Final = {zone_id: self._centre(listed) for zone_id, listed in catalogue.zones.items()}
        """`(longitude, latitude)` of each zone that has a geometry or a space."""
        self.zone_facts: Final = {zone_id: self._zone_facts(listed) for zone_id, listed in catalogue.zones.items()}
        self.zones_of_shard: Final = self._zones_of_shard(catalogue.zones)
        self.district_zones: Final = self._district_zones(catalogue.zones)
        """Of each district, how many zones it has in which shard."""
        self.segment_positions: Final = self._segment_positions(catalogue.spaces)
        """`(longitude, latitude)` of the middle of each segment's spaces."""
        self.facility_spaces: Final = self._facility_spaces(catalogue.spaces)
        points = self._points()
        self._zone_of_point = [zone_id for zone_id, _ in points]
        self._points_index = SpatialIndex([at[0] for _, at in points], [at[1] for _, at in points])

    def zones_near(self, position: Position, radius_m: float) -> list[tuple[ZoneId, float]]:
        """Zones with a space within the radius, and metres to the nearest of its spaces; nearest first."""
        nearest: dict[ZoneId, float] = {}
        for point, metres in self._points_index.near(position, radius_m):
            nearest.setdefault(self._zone_of_point[point], metres)
        return list(nearest.items())

    def zones_within(self, box: Box) -> list[ZoneId]:
        """Zones with a space in the box, in order of id."""
        return sorted({self._zone_of_point[point] for point in self._points_index.within(box)})

    def _centre(self, listed: ListedZone) -> Position | None:
        if listed.zone.geometry is not None:
            return centroid(listed.zone.geometry)
        if not listed.space_ids:
            return None
        spaces = [self.catalogue.spaces[space_id] for space_id in listed.space_ids]
        return (
            sum(space.longitude for space in spaces) / len(spaces),
            sum(space.latitude for space in spaces) / len(spaces),
        )

    @staticmethod
    def _zone_facts(listed: ListedZone) -> dict[str, Any]:
        zone = listed.zone
        return {
            "id": zone.zone_id,
            "name": zone.name,
            "name_en": zone.name_en,
            "district": zone.district_id,
            "area_class": zone.area_class,
            "modified_at": format_instant(to_micros(listed.modified_at)),
        }

    @staticmethod
    def _zones_of_shard(zones: Mapping[ZoneId, ListedZone]) -> Mapping[Shard, list[ZoneId]]:
        found: dict[Shard, list[ZoneId]] = {shard: [] for shard in SHARDS}
        for zone_id in zones:
            found[shard_of(zone_id)].append(zone_id)
        return found

    @staticmethod
    def _district_zones(zones: Mapping[ZoneId, ListedZone]) -> Mapping[str, Counter[Shard]]:
        found: defaultdict[str, Counter[Shard]] = defaultdict(Counter)
        for zone_id, listed in zones.items():
            found[listed.zone.district_id][shard_of(zone_id)] += 1
        return found

    @staticmethod
    def _segment_positions(spaces: Mapping[SpaceId, ListedSpace]) -> Mapping[str, Position]:
        sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for space in spaces.values():
            if space.segment_id is not None:
                one = sums[space.segment_id]
                one[0] += space.longitude
                one[1] += space.latitude
                one[2] += 1
        return {segment_id: (east / count, north / count) for segment_id, (east, north, count) in sums.items()}

    @staticmethod
    def _facility_spaces(spaces: Mapping[SpaceId, ListedSpace]) -> Mapping[str, list[SpaceId]]:
        inside: defaultdict[str, list[SpaceId]] = defaultdict(list)
        for space in spaces.values():
            if space.facility_id is not None:
                inside[space.facility_id].append(space.space_id)
        return inside

    def _points(self) -> list[tuple[ZoneId, Position]]:
        """Every space; a zone that has none yet is found by its centre."""
        points: list[tuple[ZoneId, Position]] = [
            (space.zone_id, (space.longitude, space.latitude)) for space in self.catalogue.spaces.values()
        ]
        for zone_id, listed in self.catalogue.zones.items():
            position = self.positions[zone_id]
            if not listed.space_ids and position is not None:
                points.append((zone_id, position))
        return points
