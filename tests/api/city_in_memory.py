"""The application with an inventory and live state put into its read model by hand: no server is needed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx

from api.app import Application, create_app
from api.public.atlas import Atlas
from api.public.read_model import ReadModel
from api.settings import Settings
from parking.domain.clock import Clock, from_micros, to_micros
from parking.domain.ids import DistrictId, FacilityId, SegmentId, SpaceId, ZoneId
from parking.occupancy.live_reader import ShardChange, ShardSnapshot
from parking.occupancy.model import ChangeBatch, SpaceChange, SpaceState, ZoneCounts
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.places.catalogue import Catalogue, ListedSpace, ListedZone, Tombstone
from parking.places.model import District, Facility, Segment, Zone

MODIFIED = datetime(2026, 6, 1, tzinfo=UTC)
REMOVED = datetime(2026, 6, 2, tzinfo=UTC)
NOW_US = to_micros(datetime(2026, 7, 1, 8, tzinfo=UTC))
OBSERVED_US = NOW_US - 12_500_000
BEAT_US = NOW_US - 1000
FIRST = "1000-0"


def zone(zone_id: str, district: str, *space_ids: str, modified_at: datetime = MODIFIED) -> ListedZone:
    return ListedZone(
        zone=Zone(
            zone_id=ZoneId(zone_id),
            district_id=DistrictId(district),
            name="中心路",
            name_en="Centre Road",
            area_class="I" if district == "370303" else "III",
        ),
        revision=1,
        modified_at=modified_at,
        space_ids=tuple(SpaceId(space_id) for space_id in space_ids),
    )


def space(space_id: str, zone_id: str, longitude: float, facility: str | None = None) -> ListedSpace:
    return ListedSpace(
        space_id=SpaceId(space_id),
        zone_id=ZoneId(zone_id),
        segment_id=None if facility else SegmentId(f"{zone_id}-N"),
        facility_id=FacilityId(facility) if facility else None,
        kind="garage" if facility else "kerb",
        use="ordinary",
        in_service=space_id != "S3",
        geometry_json=f'{{"type": "Point", "coordinates": [{longitude}, 36.81]}}',
        longitude=longitude,
        latitude=36.81,
        modified_at=MODIFIED,
    )


SPACES = [
    space("S1", "Z1", 118.0501),
    space("S2", "Z1", 118.0502),
    space("S3", "Z1", 118.0503),
    space("S4", "Z2", 118.0701, "G1"),
    space("S5", "Z2", 118.0702, "G1"),
]


def catalogue(*more: ListedZone) -> Catalogue:
    zones = [zone("Z1", "370303", "S1", "S2", "S3"), zone("Z2", "gaoxin", "S4", "S5"), *more]
    garage = Facility(
        facility_id=FacilityId("G1"), zone_id=ZoneId("Z2"), kind="garage", name="立体", name_en="Stereo", levels=3
    )
    return Catalogue(
        districts={
            DistrictId("370303"): District(
                district_id=DistrictId("370303"), name="张店区", name_en="Zhangdian", admin_code="370303"
            ),
            DistrictId("gaoxin"): District(
                district_id=DistrictId("gaoxin"), name="高新区", name_en="High-tech zone", admin_code=None
            ),
        },
        zones={item.zone.zone_id: item for item in zones},
        segments={
            SegmentId("Z1-N"): Segment(
                segment_id=SegmentId("Z1-N"), zone_id=ZoneId("Z1"), name="北侧", name_en="North side"
            )
        },
        facilities={garage.facility_id: garage},
        spaces={item.space_id: item for item in SPACES},
        operators={},
        concessions={},
        price_documents={},
        tombstones=(Tombstone(feature="zone", place_id="Z0", zone_id=ZoneId("Z0"), removed_at=REMOVED),),
    )


def snapshots(change_id: str = FIRST) -> Mapping[Shard, ShardSnapshot]:
    """Z1: one occupied, one free, one restricted; Z2 was never heard of."""
    counts = {
        "Z1": ZoneCounts("Z1", 3, 1, 1, 0, 1, 0, OBSERVED_US, 1),
        "Z2": ZoneCounts("Z2", 2, 0, 0, 2, 0, 0, None, 1),
    }
    states = {
        "S1": SpaceState("Z1", "occupied", OBSERVED_US, OBSERVED_US, OBSERVED_US, 900, "d1", "change", 0.9, None),
        "S2": SpaceState("Z1", "free", OBSERVED_US, OBSERVED_US, OBSERVED_US, 900, "d2", "change", None, None),
        "S3": SpaceState("Z1", in_service=False),
        "S4": SpaceState("Z2"),
        "S5": SpaceState("Z2"),
    }
    return {
        shard: ShardSnapshot(
            counts={key: value for key, value in counts.items() if shard_of(key) == shard},
            spaces={key: value for key, value in states.items() if shard_of(value.zone_id) == shard},
            change_id=change_id,
            heartbeat_us=BEAT_US,
        )
        for shard in SHARDS
    }


def fill(model: ReadModel) -> ReadModel:
    model.adopt_inventory(Atlas(catalogue()))
    for shard, snapshot in snapshots().items():
        model.adopt_snapshot(shard, snapshot)
    model.observe(dict.fromkeys(SHARDS, BEAT_US), connected=True)
    return model


def filled_model() -> ReadModel:
    return fill(ReadModel(now_us=lambda: NOW_US, monotonic=lambda: 0.0))


def freed(change_id: str, previous: str = "occupied", status: str = "free") -> ShardChange:
    """S1 changes; the counts of Z1 move with it."""
    item = SpaceChange(
        "S1",
        "Z1",
        "free" if status == "free" else "occupied",
        "occupied" if previous == "occupied" else "free",
        NOW_US,
        NOW_US,
        NOW_US,
        "change",
        "d1",
        None,
        None,
        "free" if status == "free" else "occupied",
    )
    vacant = 2 if status == "free" else 1
    counts = ZoneCounts("Z1", 3, vacant, 2 - vacant, 0, 1, 0, NOW_US, 1)
    return ShardChange(shard=shard_of("Z1"), change_id=change_id, batch=ChangeBatch(NOW_US, [item], [counts], [], []))


class HeldClock:
    """The time stands still until the test moves it."""

    def __init__(self) -> None:
        self.now_us: int = NOW_US

    def __call__(self) -> datetime:
        return from_micros(self.now_us)


def application(clock: Clock | None = None) -> Application:
    """Nothing listens at its addresses; what it answers comes from memory."""
    app = create_app(
        Settings(
            database_url="postgresql://nobody@127.0.0.1:1/none",
            redis_url="redis://127.0.0.1:1/0",
            mqtt_url=None,
            data_dir=Path("unused"),
            host="127.0.0.1",
            port=0,
            secret_key="s" * 32,
            plate_key="p" * 32,
        ),
        clock or HeldClock(),
    )
    fill(app.serving.model)
    return app


def client_of(app: Application) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://parking")
