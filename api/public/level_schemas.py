"""The shapes of the answers about segments and districts, for the OpenAPI document."""

from pydantic import BaseModel, ConfigDict, Field

from api.public.arrival_schemas import ArrivalForecast
from api.public.schemas import (
    COUNTS_EXAMPLE,
    ESTIMATE_EXAMPLE,
    KINDS_EXAMPLE,
    POSITION_EXAMPLE,
    SEEN_EXAMPLE,
    Counted,
    Estimated,
    GeoPoint,
    KindCounts,
    example,
)


class Segment(Estimated):
    """A run of kerb spaces under one sign."""

    model_config = example(
        id="ZD-001-N",
        zone="ZD-001",
        name="商场东街北侧",
        name_en="Shangchang East Street, north side",
        position=POSITION_EXAMPLE,
        estimated_vacant=ESTIMATE_EXAMPLE,
        **COUNTS_EXAMPLE,
        **SEEN_EXAMPLE,
    )

    id: str
    zone: str
    name: str
    name_en: str
    position: GeoPoint | None
    forecast: list[ArrivalForecast] | None = Field(
        None, description="With `at` or `for`: of each kind of place; else absent"
    )


class SegmentDetail(Segment):
    """A segment with its counts by kind and use of the spaces."""

    model_config = example(
        id="ZD-001-N",
        zone="ZD-001",
        name="商场东街北侧",
        name_en="Shangchang East Street, north side",
        position=POSITION_EXAMPLE,
        kinds=KINDS_EXAMPLE,
        estimated_vacant=ESTIMATE_EXAMPLE,
        **COUNTS_EXAMPLE,
        **SEEN_EXAMPLE,
    )

    kinds: list[KindCounts]


class SegmentPage(BaseModel):
    """One page of segments in order of id."""

    model_config = ConfigDict(extra="forbid")

    segments: list[Segment]
    next: str | None


class District(Counted):
    """A district with the sums of its zones."""

    model_config = example(
        id="370303",
        name="张店区",
        name_en="Zhangdian",
        admin_code="370303",
        zones=24,
        zones_stale=0,
        zones_uncounted=0,
        **COUNTS_EXAMPLE,
        **SEEN_EXAMPLE,
    )

    id: str
    name: str
    name_en: str
    admin_code: str | None = Field(description="Six-digit civil-affairs code; null for functional zones")
    zones: int
    zones_stale: int = Field(
        ge=0, description="Zones of which the engine is not heard; the district is stale with them"
    )
    zones_uncounted: int = Field(ge=0, description="Zones that are not counted yet; their spaces are among the unknown")


class DistrictDetail(District):
    """A district with its counts by kind and use of the spaces."""

    model_config = example(
        id="370303",
        name="张店区",
        name_en="Zhangdian",
        admin_code="370303",
        zones=24,
        zones_stale=0,
        zones_uncounted=0,
        kinds=KINDS_EXAMPLE,
        **COUNTS_EXAMPLE,
        **SEEN_EXAMPLE,
    )

    kinds: list[KindCounts]


class DistrictList(BaseModel):
    """All districts in order of id."""

    model_config = ConfigDict(extra="forbid")

    districts: list[District]
