"""A small inventory to bind devices to."""

from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.tables import DistrictRow, SpaceRow, ZoneRow


async def add_spaces(session: AsyncSession, count: int, *, zone_id: str = "zone-1", prefix: str = "space") -> list[str]:
    """One district, one zone, and spaces numbered from 0."""
    await session.merge(DistrictRow(district_id="district-1", name="张店", name_en="Zhangdian"))
    await session.flush()
    session.add(ZoneRow(zone_id=zone_id, district_id="district-1", name="一", name_en="One", area_class="I"))
    await session.flush()
    ids = [f"{prefix}-{number}" for number in range(count)]
    session.add_all(
        SpaceRow(
            space_id=space_id,
            zone_id=zone_id,
            kind="lot",
            use="ordinary",
            geometry={"type": "Point", "coordinates": [118.05, 36.81]},
            in_service=True,
        )
        for space_id in ids
    )
    await session.flush()
    return ids
