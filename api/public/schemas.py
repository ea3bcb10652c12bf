"""The shapes of the public answers, for the OpenAPI document; a test holds every real answer against them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.public.arrival_schemas import ArrivalForecast
from api.public.price_schemas import PriceNow, Tariff
from parking.places.model import AreaClass, PlaceKind, SpaceUse

SEEN_EXAMPLE: dict[str, JsonValue] = {"observed_at": "2026-07-01T08:00:00.000000Z", "age_s": 12, "stale": False}
COUNTS_EXAMPLE: dict[str, JsonValue] = {
    "capacity": 40,
    "vacant": 12,
    "occupied": 25,
    "unknown": 2,
    "restricted": 1,
    "restricted_occupied": 0,
    "unknown_because": {"device_faulty": 1, "silent": 1},
}
ESTIMATE_EXAMPLE: dict[str, JsonValue] = {"vacant": 1, "low": 0, "high": 2, "method": "known_spaces"}
POSITION_EXAMPLE: dict[str, JsonValue] = {"type": "Point", "coordinates": [118.05, 36.81]}


def example(**members: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [members]})


class GeoPoint(BaseModel):
    """A GeoJSON point: longitude, latitude."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Point"]
    coordinates: tuple[float, float]


class Seen(BaseModel):
    """From when a number is. `stale` numbers are the last known ones and may be wrong by now."""

    observed_at: datetime | None = Field(description="Device time of the newest evidence; null when there is none")
    age_s: int | None = Field(ge=0, description="Whole seconds since `observed_at`")
    stale: bool = Field(description="True while the engine behind the number is not heard")


class Counted(Seen):
    """Counts of spaces: vacant + occupied + unknown + restricted = capacity, always."""

    capacity: int = Field(ge=0)
    vacant: int = Field(ge=0)
    occupied: int = Field(ge=0)
    unknown: int = Field(ge=0, description="Spaces of which nothing reliable is known; never counted as vacant")
    restricted: int = Field(ge=0, description="Spaces that may not be entered now, occupied or not")
    restricted_occupied: int = Field(ge=0)
    unknown_because: dict[str, int] = Field(
        description="How many are unknown for which reason, in all `unknown`: never_heard, silent, device_fault (the device "
        "says so), device_faulty (its word is not believed), device_uncertain, contradictory and others to come"
    )


class EstimatedVacancy(BaseModel):
    """How many of the `unknown` spaces are probably vacant. An estimate: it is in none of the counts."""

    model_config = example(vacant=1, low=0, high=2, method="known_spaces")

    vacant: int = Field(ge=0)
    low: int = Field(ge=0, description="`low` to `high` holds the truth in four cases of five")
    high: int = Field(ge=0)
    method: Literal["known_spaces", "usual_hours", "known_spaces_and_usual_hours", "gates"]


class Estimated(Counted):
    """Counts with an estimate of what is unknown."""

    estimated_vacant: EstimatedVacancy | None = Field(
        description="Of the unknown spaces; null where none is unknown, nothing tells of them, or the counts are stale"
    )


class KindCounts(Counted):
    """The spaces of one kind and use."""

    model_config = example(kind="kerb", use="ordinary", **COUNTS_EXAMPLE, **SEEN_EXAMPLE)

    kind: PlaceKind | None = Field(description="Null of spaces that the inventory of this process does not list yet")
    use: SpaceUse | None


KINDS_EXAMPLE: list[JsonValue] = [{"kind": "kerb", "use": "ordinary", **COUNTS_EXAMPLE, **SEEN_EXAMPLE}]


class Zone(Estimated):
    """A zone with its counts."""

    model_config = example(
        id="ZD-001",
        name="商场东街",
        name_en="Shangchang East Street",
        district="370303",
        area_class="I",
        modified_at="2026-06-01T00:00:00.000000Z",
        position=POSITION_EXAMPLE,
        tariff=None,
        price_now=None,
        estimated_vacant=ESTIMATE_EXAMPLE,
        **COUNTS_EXAMPLE,
        **SEEN_EXAMPLE,
    )

    id: str
    name: str
    name_en: str
    district: str
    area_class: AreaClass
    modified_at: datetime = Field(description="When the zone or anything standing in it was last changed")
    position: GeoPoint | None
    tariff: Tariff | None = Field(description="The rate table in force; null where nothing is charged")
    price_now: PriceNow | None
    forecast: list[ArrivalForecast] | None = Field(
        None, description="With `at` or `for`: of each kind of place; else absent"
    )


class ZoneDetail(Zone):
    """A zone with its counts by kind and use of the spaces."""

    model_config = example(
        id="ZD-001",
        name="商场东街",
        name_en="Shangchang East Street",
        district="370303",
        area_class="I",
        modified_at="2026-06-01T00:00:00.000000Z",
        position=POSITION_EXAMPLE,
        tariff=None,
        price_now=None,
        kinds=KINDS_EXAMPLE,
        estimated_vacant=ESTIMATE_EXAMPLE,
        **COUNTS_EXAMPLE,
        **SEEN_EXAMPLE,
    )

    kinds: list[KindCounts]


class FoundZone(Zone):
    """A zone found near a position."""

    distance_m: float | None = Field(description="Metres to the nearest of its spaces; null for a search by box")


class Tombstone(BaseModel):
    """A zone that left the inventory."""

    model_config = ConfigDict(extra="forbid")

    id: str
    removed_at: datetime


class ZonePage(BaseModel):
    """One page of zones in order of id."""

    model_config = ConfigDict(extra="forbid")

    zones: list[Zone]
    removed: list[Tombstone] = Field(description="With `modified_since`: zones that left the inventory since then")
    next: str | None = Field(description="The `cursor` of the next page; null at the end")


class Space(Seen):
    """A space and what is believed of it."""

    model_config = example(
        id="ZD-001-007",
        zone="ZD-001",
        segment="ZD-001-N",
        facility=None,
        kind="kerb",
        use="ordinary",
        position=POSITION_EXAMPLE,
        status="occupied",
        since="2026-07-01T07:41:00.000000Z",
        confidence=None,
        reason=None,
        until=None,
        **SEEN_EXAMPLE,
    )

    id: str
    zone: str
    segment: str | None
    facility: str | None
    kind: PlaceKind
    use: SpaceUse
    position: GeoPoint
    status: Literal["free", "occupied", "unknown", "restricted"]
    since: datetime | None = Field(description="From when the status holds; null when nobody was ever heard of")
    confidence: float | None = Field(ge=0, le=1)
    reason: str | None = Field(description="Why it is unknown or restricted")
    until: datetime | None = Field(description="End of the restriction that holds now; null when none does")


class SpaceList(BaseModel):
    """All spaces of a zone in order of id."""

    model_config = ConfigDict(extra="forbid")

    zone: str
    spaces: list[Space]


class ReportedStep(BaseModel):
    """What a stay costs that lasts from `from_minutes` up to `to_minutes`; null is open."""

    model_config = ConfigDict(extra="forbid")

    from_minutes: int
    to_minutes: int | None
    amount: int = Field(description="Minor units of the tariff's currency")
    per_minutes: int | None = Field(
        description="The amount is for each begun unit of so many minutes; null: the step's"
    )


class ReportedTariff(BaseModel):
    """The facility's own prices in its own words; nothing here is computed from them."""

    model_config = ConfigDict(extra="forbid")

    text: str
    text_en: str | None
    currency: str
    opening_hours: str | None
    steps: list[ReportedStep]
    valid_from: datetime
    valid_to: datetime | None


class Facility(Estimated):
    """A lot or garage with the counts of the spaces in it, or with those that it reports itself.

    A report older than ten minutes says nothing: then the entries and exits at its gates are reckoned or the spaces that we watch
    counted, whichever leaves fewer unknown, and without either all are unknown.
    """

    model_config = example(
        id="ZD-G1",
        zone="ZD-001",
        kind="garage",
        name="人民公园立体车库",
        name_en="People's Park stereo garage",
        levels=6,
        mechanical=True,
        position=POSITION_EXAMPLE,
        counted_by="spaces",
        bills_itself=False,
        tariff_reported=None,
        estimated_vacant=ESTIMATE_EXAMPLE,
        **COUNTS_EXAMPLE,
        **SEEN_EXAMPLE,
    )

    id: str
    zone: str
    kind: Literal["lot", "garage"]
    name: str
    name_en: str
    levels: int
    mechanical: bool
    position: GeoPoint | None
    counted_by: Literal["spaces", "facility", "gates"] = Field(description="Whose counts these are")
    bills_itself: bool = Field(description="It charges with a system of its own, and nobody else charges there")
    tariff_reported: ReportedTariff | None = Field(description="Prices that the facility states")
    forecast: ArrivalForecast | None = Field(None, description="With `at` or `for`; else absent")


class FacilityDetail(Facility):
    """A facility with how often its spaces were taken lately, by its own reports."""

    model_config = example(
        id="ZD-G1",
        zone="ZD-001",
        kind="garage",
        name="人民公园立体车库",
        name_en="People's Park stereo garage",
        levels=6,
        mechanical=True,
        position=POSITION_EXAMPLE,
        counted_by="facility",
        bills_itself=True,
        tariff_reported=None,
        kinds=KINDS_EXAMPLE,
        entries_24h=96,
        turnover_24h=2.4,
        estimated_vacant=ESTIMATE_EXAMPLE,
        **COUNTS_EXAMPLE,
        **SEEN_EXAMPLE,
    )

    kinds: list[KindCounts] = Field(description="By kind, of the spaces that are watched singly; none for the others")
    entries_24h: int | None = Field(description="Reported entries of the last 24 hours; null while they cannot be read")
    turnover_24h: float | None = Field(description="Reported entries a space; null without a report of its spaces")


class FacilityPage(BaseModel):
    """One page of facilities in order of id."""

    model_config = ConfigDict(extra="forbid")

    facilities: list[Facility]
    next: str | None


class Availability(BaseModel):
    """Zones found, nearest first."""

    model_config = ConfigDict(extra="forbid")

    zones: list[FoundZone]
    truncated: bool = Field(description="True when `limit` cut the answer")


class FeatureCollection(BaseModel):
    """GeoJSON (RFC 7946), WGS 84 unless `crs` says otherwise; the properties are those of the JSON answer."""

    model_config = ConfigDict(extra="allow")

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]
