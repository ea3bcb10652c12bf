"""The shapes of prices, the price board and quotes, for the OpenAPI document."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from parking.places.model import AreaClass, PlaceKind, PriceForm
from pricing.rates.model import Energy, LineMode, VehicleClass


class NextTariff(BaseModel):
    """A version that is already published and begins later."""

    model_config = ConfigDict(extra="forbid")

    version: int
    effective_from: datetime


class Tariff(BaseModel):
    """The rate table in force; what a line costs is on the price board."""

    model_config = ConfigDict(extra="forbid")

    id: str
    version: int
    title: str
    title_en: str
    kind: PlaceKind
    document: str = Field(description="Number of the price document that allows it")
    form: PriceForm
    free_s: int | None = Field(description="Free seconds at the beginning of a stay; null when there are none")
    nev_free_s_a_day: int | None = Field(description="Free seconds a day for new-energy vehicles")
    effective_from: datetime
    next: NextTariff | None


class PriceNow(BaseModel):
    """What a small vehicle that stands there at this moment is charged."""

    model_config = ConfigDict(extra="forbid")

    kind: PlaceKind
    rule: str
    mode: LineMode
    amount: int = Field(ge=0, description="Minor units for one unit or one use")
    currency: str
    unit_s: int | None = Field(description="Length of a unit, for `per_unit`; a started unit is a unit")
    until: datetime


class TariffLine(BaseModel):
    """One price over one daily span of local time; `end` before `start` crosses midnight."""

    model_config = ConfigDict(extra="forbid")

    rule: str
    vehicle_class: VehicleClass
    start: str = Field(examples=["07:00"])
    end: str = Field(examples=["19:00"])
    mode: LineMode
    amount: int
    currency: str
    unit_s: int | None


class BoardPlace(BaseModel):
    """Everything charged for one kind of place in a zone, as data and in words."""

    model_config = ConfigDict(extra="forbid")

    kind: PlaceKind
    tariff: Tariff
    price_now: PriceNow | None
    lines: list[TariffLine]
    says: str
    says_en: str


class BoardZone(BaseModel):
    """The price board of one zone; without `places` nothing is charged there."""

    model_config = ConfigDict(extra="forbid")

    zone: str
    name: str
    name_en: str
    district: str
    area_class: AreaClass
    places: list[BoardPlace]
    coming: list[BoardPlace] = Field(description="Published versions that begin later, soonest first")


class TariffPage(BaseModel):
    """One page of the price board in order of zone id."""

    model_config = ConfigDict(extra="forbid")

    tariffs: list[BoardZone]
    next: str | None = Field(description="The `cursor` of the next page; null at the end")


class Vehicle(BaseModel):
    """What parks; a plate of the new-energy form makes `energy` nev unless it is said."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    vehicle_class: VehicleClass = Field("small", alias="class")
    energy: Energy | None = None


class QuoteRequest(BaseModel):
    """A stay to be priced: a space or a zone, from `start` (now unless given) to `end` or `for` a duration."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "space": "ZD-001-007",
                    "start": "2026-03-02T09:00:00+08:00",
                    "for": "PT2H",
                    "vehicle": {"class": "small"},
                }
            ]
        },
    )

    space: str | None = None
    zone: str | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    duration: timedelta | None = Field(None, alias="for", description="ISO 8601, for instance PT1H30M")
    vehicle: Vehicle = Vehicle()
    plate: str | None = Field(None, max_length=32, description="Only its form is read; it is neither kept nor logged")


class Amount(BaseModel):
    """Money in minor units."""

    model_config = ConfigDict(extra="forbid")

    amount: int
    currency: str


class QuoteLine(BaseModel):
    """One line of the explanation; the amounts add up to the fee."""

    model_config = ConfigDict(extra="forbid")

    start: datetime
    end: datetime
    rule: str
    quantity: int
    unit_price: int
    amount: int
    why: str


class QuotaUsage(BaseModel):
    """Free seconds that the vehicle will have used, by local day."""

    model_config = ConfigDict(extra="forbid")

    quota_s: dict[str, int]


class Quote(BaseModel):
    """A price that any process of the platform recognises by its id until `valid_until`."""

    model_config = ConfigDict(extra="forbid")

    id: str
    fee: Amount
    reason: (
        Literal[
            "space_not_approved", "price_document_missing", "operator_missing", "device_not_accepted", "rate_missing"
        ]
        | None
    ) = Field(description="Why nothing can be charged; null for a priced stay")
    lines: list[QuoteLine]
    valid_until: datetime
    usage_after: QuotaUsage
    usage_known: bool = Field(
        description="False when the quota of new-energy vehicles was taken as unused: whoever only types a plate is not told what the car did today"
    )


class QuotedTerms(BaseModel):
    """The terms that the id of a quote stands for."""

    model_config = ConfigDict(extra="forbid")

    id: str
    place: str = Field(description="Id of the space or zone")
    start: datetime
    end: datetime
    fee: Amount
    tariff: str | None
    version: int | None
    valid_until: datetime
