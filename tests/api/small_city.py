"""A city of two zones and five spaces, in the inventory and with a device on each space that has one."""

from datetime import UTC, datetime
from typing import Any

from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.places.service import import_collection


def square(west: float, south: float, side: float = 0.001) -> dict[str, Any]:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def point(longitude: float, latitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def feature(what: str, key: str, geometry: dict[str, Any] | None, **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": {"feature": what, **properties}}


def named(chinese: str, english: str) -> dict[str, str]:
    return {"name": chinese, "name_en": english}


FEATURES = [
    feature("district", "370303", None, admin_code="370303", **named("张店区", "Zhangdian")),
    feature("district", "gaoxin", None, **named("高新区", "High-tech zone")),
    feature("zone", "Z1", square(118.05, 36.81), district="370303", area_class="I", **named("中心路", "Centre Road")),
    feature("zone", "Z2", None, district="gaoxin", area_class="III", **named("科技路", "Science Road")),
    feature("segment", "Z1-N", None, zone="Z1", **named("北侧", "North side")),
    feature("facility", "G1", None, zone="Z2", kind="garage", levels=3, mechanical=True, **named("立体", "Stereo")),
    feature("space", "S1", point(118.0501, 36.8101), zone="Z1", kind="kerb", segment="Z1-N"),
    feature("space", "S2", point(118.0502, 36.8101), zone="Z1", kind="kerb", segment="Z1-N", use="accessible"),
    feature("space", "S3", point(118.0503, 36.8101), zone="Z1", kind="kerb", segment="Z1-N", in_service=False),
    feature("space", "S4", point(118.0701, 36.8301), zone="Z2", kind="garage", facility="G1"),
    feature("space", "S5", point(118.0702, 36.8301), zone="Z2", kind="garage", facility="G1", use="charging"),
]
DEVICES = {"S1": "d1", "S2": "d2", "S4": "d4", "S5": "d5"}


async def build(database: Database, features: list[dict[str, Any]] | None = None) -> None:
    collection = {"type": "FeatureCollection", "features": FEATURES if features is None else features}
    async with database.transaction() as session:
        report = await import_collection(session, collection, at=datetime(2026, 1, 1, tzinfo=UTC))
        assert report.errors == ()


async def equip(database: Database) -> None:
    """Register a device for each space; S3 has none."""
    wishes = [
        NewDevice(device_id=device, vendor="generic", model="json", space_id=space) for space, device in DEVICES.items()
    ]
    async with database.transaction() as session:
        report = await DeviceService(installed(), utc_now).register_many(session, wishes)
        assert not report.errors
