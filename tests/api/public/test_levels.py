"""Segments, facilities, zones and districts count what their spaces are, after any batches, gaps and inventories."""

from collections import Counter
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from api.public.atlas import Atlas
from api.public.documents import district_document, district_kinds, zone_detail
from api.public.facility_documents import facility_document
from api.public.read_model import ReadModel
from api.public.segment_documents import segment_detail
from parking.domain.ids import DistrictId, FacilityId, SegmentId, SpaceId, ZoneId
from parking.occupancy.engine_batch import Outcome, ShardState, apply_closures, apply_entries, apply_silence
from parking.occupancy.level_counts import counted_as
from parking.occupancy.live_reader import ShardChange, ShardSnapshot
from parking.occupancy.model import SpaceState
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.places.catalogue import Catalogue, ListedSpace
from parking.places.model import District, Facility, PlaceKind, Segment, SpaceUse
from tests.api.city_in_memory import MODIFIED
from tests.api.city_in_memory import zone as listed_zone
from tests.parking.occupancy.samples import SECOND, T0, reading, zone

ZONES: Final = ("z1", "z2", "z3")
DISTRICTS: Final = ("north", "south")
SPACES: Final = tuple(f"s{number}" for number in range(9))
USES: Final[tuple[SpaceUse, ...]] = ("ordinary", "accessible", "charging", "loading")
FIRST: Final = "1-0"


def city(owners: list[str], districts: list[str]) -> Atlas:
    """Space n stands in zone `owners[n]` (nowhere where it is empty): by the kerb, or in a garage from the sixth on."""
    spaces = [_space(number, owner) for number, owner in enumerate(owners) if owner]
    zones = [
        listed_zone(zone_id, district, *(space.space_id for space in spaces if space.zone_id == zone_id))
        for zone_id, district in zip(ZONES, districts, strict=True)
    ]
    catalogue = Catalogue(
        districts={
            DistrictId(name): District(district_id=DistrictId(name), name=name, name_en=name, admin_code=None)
            for name in DISTRICTS
        },
        zones={item.zone.zone_id: item for item in zones},
        segments={
            SegmentId(f"{zone_id}-N"): Segment(
                segment_id=SegmentId(f"{zone_id}-N"), zone_id=ZoneId(zone_id), name="北", name_en="North"
            )
            for zone_id in ZONES
        },
        facilities={
            FacilityId(f"{zone_id}-G"): Facility(
                facility_id=FacilityId(f"{zone_id}-G"), zone_id=ZoneId(zone_id), kind="garage", name="库", name_en="G"
            )
            for zone_id in ZONES
        },
        spaces={space.space_id: space for space in spaces},
        operators={},
        concessions={},
        price_documents={},
        tombstones=(),
    )
    return Atlas(catalogue)


def _space(number: int, zone_id: str) -> ListedSpace:
    inside = number >= 6
    kind: PlaceKind = "garage" if inside else "kerb"
    return ListedSpace(
        space_id=SpaceId(SPACES[number]),
        zone_id=ZoneId(zone_id),
        segment_id=None if inside else SegmentId(f"{zone_id}-N"),
        facility_id=FacilityId(f"{zone_id}-G") if inside else None,
        kind=kind,
        use=USES[number % 4],
        in_service=number != 2,
        geometry_json='{"type": "Point", "coordinates": [118.05, 36.81]}',
        longitude=118.05,
        latitude=36.81,
        modified_at=MODIFIED,
    )


class Street:
    """Engines of the shards, an inventory that may be ahead of them or behind, and a read model that follows both."""

    def __init__(self) -> None:
        self.atlas = city(["z1"] * 3 + ["z2"] * 3 + ["z3"] * 3, ["north", "north", "south"])
        self.engines = {shard: ShardState() for shard in SHARDS}
        self.changes = 0
        self.now_s = 0
        self.model = self._restarted()

    def _restarted(self) -> ReadModel:
        model = ReadModel(now_us=lambda: T0 + self.now_s * SECOND, monotonic=lambda: 0.0)
        model.adopt_inventory(self.atlas)
        for shard in SHARDS:
            model.adopt_snapshot(shard, self._snapshot(shard))
        return model

    def restart(self) -> None:
        self.model = self._restarted()

    def jump(self) -> None:
        """Changes went by unseen: every shard is read anew."""
        for shard in SHARDS:
            self.model.adopt_snapshot(shard, self._snapshot(shard))

    def confirm(self) -> None:
        for shard in SHARDS:
            self.model.confirm(shard, self._snapshot(shard).spaces.items())

    def rebuild(self, owners: list[str], districts: list[str]) -> None:
        self.atlas = city(owners, districts)
        self.model.adopt_inventory(self.atlas)

    def define(self, zone_id: str, space_ids: list[str], revision: int) -> None:
        self._take(shard_of(zone_id), [("1-1", zone(*space_ids, zone_id=zone_id, revision=revision))])

    def hear(self, zone_id: str, items: list[Any]) -> None:
        self._take(shard_of(zone_id), [("1-1", items)])

    def wait(self, by_s: int) -> None:
        self.now_s += by_s
        for shard, engine in self.engines.items():
            self._follow(shard, apply_silence(engine, SPACES, T0 + self.now_s * SECOND))
            self._follow(shard, apply_closures(engine, ZONES, T0 + self.now_s * SECOND))

    def _take(self, shard: Shard, entries: list[Any]) -> None:
        self._follow(shard, apply_entries(self.engines[shard], entries, T0 + self.now_s * SECOND))

    def _follow(self, shard: Shard, outcome: Outcome) -> None:
        self.engines[shard].absorb(outcome)
        self.changes += 1
        self.model.apply(ShardChange(shard=shard, change_id=f"{self.changes + 1}-0", batch=outcome.batch))

    def _snapshot(self, shard: Shard) -> ShardSnapshot:
        engine = self.engines[shard]
        return ShardSnapshot(
            counts=dict(engine.counts),
            spaces=dict(engine.spaces),
            change_id=f"{self.changes + 1}-0",
            heartbeat_us=T0 + self.now_s * SECOND,
        )

    def spaces(self) -> list[tuple[str, SpaceState]]:
        """Every space as it must count: as its engine says, or as listed where no engine counts its zone."""
        found = [item for engine in self.engines.values() for item in engine.spaces.items()]
        counted = {zone_id for engine in self.engines.values() for zone_id in engine.counts}
        return found + [
            (space.space_id, SpaceState(space.zone_id, in_service=space.in_service))
            for space in self.atlas.catalogue.spaces.values()
            if space.zone_id not in counted
        ]


def assert_levels_are_sums(street: Street) -> None:
    model, catalogue = street.model, street.atlas.catalogue
    spaces = street.spaces()

    def check(document: dict[str, Any], inside: list[SpaceState]) -> None:
        counts = Counter(map(counted_as, inside))
        restricted_occupied = counts.pop("restricted_occupied", 0)
        assert document["capacity"] == len(inside)
        assert document["vacant"] == counts.pop("vacant", 0)
        assert document["occupied"] == counts.pop("occupied", 0) + counts.pop("occupied_by_word", 0)
        assert document["restricted_occupied"] == restricted_occupied
        assert document["restricted"] == counts.pop("restricted", 0) + restricted_occupied
        assert document["unknown_because"] == dict(counts)
        assert document["unknown"] == counts.total()
        parts = ("vacant", "occupied", "unknown", "restricted")
        assert sum(document[part] for part in parts) == document["capacity"]
        for kind in document.get("kinds", ()):
            assert sum(kind[part] for part in parts) == kind["capacity"]
        for part in (*parts, "capacity"):
            if "kinds" in document:
                assert sum(kind[part] for kind in document["kinds"]) == document[part]

    for zone_id, listed in catalogue.zones.items():
        check(zone_detail(model, zone_id), [state for _, state in spaces if state.zone_id == zone_id])
        assert listed.zone.zone_id == zone_id
    for segment in catalogue.segments.values():
        inside = [
            state
            for space_id, state in spaces
            if state.zone_id == segment.zone_id and _stands(catalogue, space_id, segment=segment.segment_id)
        ]
        check(segment_detail(model, segment), inside)
    for facility in catalogue.facilities.values():
        inside = [
            state
            for space_id, state in spaces
            if state.zone_id == facility.zone_id and _stands(catalogue, space_id, facility=facility.facility_id)
        ]
        check(facility_document(model, facility), inside)
    for district in catalogue.districts.values():
        of = {key for key, item in catalogue.zones.items() if item.zone.district_id == district.district_id}
        document = district_document(model, district) | {"kinds": district_kinds(model, district)}
        check(document, [state for _, state in spaces if state.zone_id in of])
        missing = [key for key in model.missing_zones() if key in of]
        assert document["zones_uncounted"] == len(missing)


def _stands(catalogue: Catalogue, space_id: str, *, segment: str | None = None, facility: str | None = None) -> bool:
    place = catalogue.spaces.get(SpaceId(space_id))
    if place is None:
        return False
    return (place.segment_id == segment) if segment is not None else (place.facility_id == facility)


owners = st.lists(st.sampled_from([*ZONES, ""]), min_size=9, max_size=9)
districts = st.lists(st.sampled_from(DISTRICTS), min_size=3, max_size=3)
heard = st.builds(
    lambda space, zone_id, status, at_s, kind, trusted: reading(
        status, at_s=at_s, kind=kind, space=space, zone=zone_id, device=f"d{space}", silence_s=60, trusted=trusted
    ),
    st.sampled_from(SPACES),
    st.sampled_from(ZONES),
    st.sampled_from(["occupied", "free", None]),
    st.integers(0, 400),
    st.sampled_from(["change", "restate", "fault"]),
    st.booleans(),
)
steps = st.one_of(
    st.tuples(st.just("hear"), st.sampled_from(ZONES), st.lists(heard, max_size=6)),
    st.tuples(
        st.just("define"), st.sampled_from(ZONES), st.lists(st.sampled_from(SPACES), unique=True), st.integers(1, 9)
    ),
    st.tuples(st.just("rebuild"), owners, districts),
    st.tuples(st.just("wait"), st.integers(1, 120)),
    st.tuples(st.sampled_from(["restart", "jump", "confirm"])),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(steps, max_size=20))
def test_every_level_counts_its_spaces_after_any_history(history: list[tuple[Any, ...]]) -> None:
    street = Street()
    assert_levels_are_sums(street)
    street.define("z1", ["s0", "s1", "s2"], 1)
    street.define("z2", ["s3", "s4", "s5", "s6"], 1)
    for name, *values in history:
        getattr(street, name)(*values)
        assert_levels_are_sums(street)


def test_district_says_which_of_its_zones_tell_too_little() -> None:
    street = Street()
    street.define("z1", ["s0", "s1", "s2"], 1)
    street.model.observe(dict.fromkeys(SHARDS, T0), connected=True)
    north = street.atlas.catalogue.districts[DistrictId("north")]
    document = district_document(street.model, north)
    assert (document["zones"], document["zones_uncounted"], document["unknown_because"]) == (2, 1, {"never_heard": 6})
    street.model.observe({}, connected=False)
    document = district_document(street.model, north)
    assert (document["zones_stale"], document["stale"]) == (2, True)
