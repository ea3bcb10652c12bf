"""What `/v1/operator/occupancy` says: zones, facilities and spaces as they were at an instant."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from parking.occupancy.as_of import Counted, SpaceThen, unknown_because

Told = Literal["published", "best_known"]


class CountsThen(BaseModel):
    """The four add up to `capacity`."""

    capacity: int
    vacant: int
    occupied: int
    unknown: int
    restricted: int
    restricted_occupied: int = Field(description="Of the restricted ones, those with a vehicle on them")

    @classmethod
    def of(cls, spaces: Iterable[SpaceThen]) -> "CountsThen":
        counted = Counted()
        for space in spaces:
            counted.add(space)
        return cls(**asdict(counted))


class PlaceThen(CountsThen):
    """A zone, a facility or a district."""

    id: str
    kinds: dict[str, CountsThen] = Field(description="By kind of space: kerb, lot, garage")
    unknown_because: dict[str, int] = Field(
        description="How many were unknown for which reason; `device_faulty` is what was said and not believed"
    )

    @classmethod
    def named(cls, place_id: str, spaces: Sequence[SpaceThen]) -> "PlaceThen":
        kinds = {
            kind: CountsThen.of(space for space in spaces if space.kind == kind)
            for kind in sorted({space.kind for space in spaces})
        }
        whole = CountsThen.of(spaces).model_dump()
        return cls(id=place_id, kinds=kinds, unknown_because=unknown_because(spaces), **whole)


class SpaceThenOut(BaseModel):
    """One space; `since` and `reason` are of its belief, and of a restriction the reason of that."""

    id: str
    zone: str
    kind: str
    status: Literal["free", "occupied", "unknown", "restricted"]
    belief: Literal["free", "occupied", "unknown"]
    reason: str | None
    since: datetime
    observed_at: datetime | None
    evidence: str
    device: str | None
    confidence: float | None
    at: datetime = Field(description="When it was published; of what is best known, when its evidence was observed")

    @classmethod
    def of(cls, space: SpaceThen) -> "SpaceThenOut":
        values = asdict(space)
        return cls.model_validate(
            values | {"id": space.space_id, "zone": space.zone_id, "device": space.device_id}, extra="ignore"
        )


class OccupancyThen(BaseModel):
    """How it was at `at`."""

    at: datetime
    told: Told
    districts: list[PlaceThen]
    zones: list[PlaceThen]
    facilities: list[PlaceThen]
    spaces: list[SpaceThenOut] | None = Field(description="Where a zone was asked for; else null")
