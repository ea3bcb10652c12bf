"""The shapes of prices, the price board and quotes, for the OpenAPI document."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from parking.places.model import AreaClass, PlaceKind, PriceForm, SpaceUse
from pricing.fees.chargeability import Reason
from pricing.rates.model import (
    Cap,
    ChargingRule,
    Discount,
    Eligibility,
    Energy,
    Exemption,
    FeeRounding,
    FreeAllowance,
    LineMode,
    PeriodUnit,
    RateLine,
    ShortPart,
    ShortStay,
    Tax,
    TimeQuota,
    VehicleClass,
)


class NextTariff(BaseModel):
    """A version that is already published and does not charge yet."""

    model_config = ConfigDict(extra="forbid")

    version: int
    effective_from: datetime
    awaits_signs: bool = Field(description="Its instant has passed, but none of its signs stands")


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
    free_s: int | None = Field(
        description="Free seconds at the beginning of a stay of a small vehicle; null when there are none"
    )
    nev_free_s_a_day: int | None = Field(
        description="Free seconds a calendar day for new-energy vehicles; other quotas are among the board's rules"
    )
    effective_from: datetime
    next: NextTariff | None


class PriceNow(BaseModel):
    """What a small vehicle that stands there at this moment is charged; of steps and tiers the first."""

    model_config = ConfigDict(extra="forbid")

    kind: PlaceKind
    rule: str
    mode: LineMode
    amount: int = Field(ge=0, description="Minor units for one unit or one use")
    currency: str
    unit_s: int | None = Field(description="Length of a unit; null for one use and for a `period`")
    period: PeriodUnit | None = Field(description="The unit where it is one of the calendar")
    until: datetime
    says: str
    says_en: str


class TariffLine(BaseModel):
    """One price of one class of vehicle over one daily span of local time; `end` before `start` crosses midnight."""

    model_config = ConfigDict(extra="forbid")

    rule: str
    vehicle_class: VehicleClass
    start: str = Field(examples=["07:00"])
    end: str = Field(examples=["19:00"])
    mode: LineMode
    amount: int = Field(description="Minor units; of the first step or tier, which are all among the collections")
    currency: str
    unit_s: int | None
    says: str
    says_en: str


class BoardCollection(BaseModel):
    """One collection of lines as the rate table has it, and every rule of it said in a sentence.

    Members as in docs/tariffs.md; money in minor units, before the percentage of a vehicle class.
    """

    model_config = ConfigDict(extra="forbid")

    collection_id: str
    eligibility: Eligibility
    lines: list[RateLine]
    free: FreeAllowance | None
    entry_fee: int
    entry_tax_bp: int | None
    caps: list[Cap]
    short_stay: ShortStay | None
    short_parts: list[ShortPart]
    says: list[str]
    says_en: list[str]


class BoardRules(BaseModel):
    """What holds for all collections of the table."""

    model_config = ConfigDict(extra="forbid")

    quotas: list[TimeQuota]
    exemptions: list[Exemption]
    charging: ChargingRule | None
    discounts: list[Discount]
    tax: Tax | None
    rounding: FeeRounding
    price_moment: Literal["entry", "as_you_go"]
    calendar: str
    timezone: str


class KeptTariff(BaseModel):
    """An older version that still charges at a place."""

    model_config = ConfigDict(extra="forbid")

    id: str
    version: int


class BoardException(BaseModel):
    """A segment or facility whose sign with the new prices does not stand yet: there an older version charges."""

    model_config = ConfigDict(extra="forbid")

    place: str | None = Field(description="Id of the segment or facility; null for spaces in neither")
    name: str | None
    name_en: str | None
    keeps: KeptTariff | None = Field(description="Null where no older version ever charged: nothing is charged")
    says: str
    says_en: str


class BoardPlace(BaseModel):
    """Everything charged for one kind of place in a zone, as data and in words."""

    model_config = ConfigDict(extra="forbid")

    kind: PlaceKind
    tariff: Tariff
    price_now: PriceNow | None
    lines: list[TariffLine]
    collections: list[BoardCollection]
    rules: BoardRules
    exceptions: list[BoardException]
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


Right = Annotated[str, Field(min_length=1, max_length=64)]


class Charging(BaseModel):
    """A span in which the battery is charged."""

    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime
    end: AwareDatetime


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
    session: str | None = Field(
        None,
        max_length=64,
        description="In place of space or zone: a running stay, for terminals, attendants and operators or with its"
        " `X-Stay-Proof`; it ends now unless `end` or `for` says when. What it is charged by is not asked again",
    )
    kind: PlaceKind | None = Field(None, description="Of a zone; unless given, at its kerb where it has one")
    use: SpaceUse | None = Field(None, description="Of a zone; ordinary spaces unless given")
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    duration: timedelta | None = Field(None, alias="for", description="ISO 8601, for instance PT1H30M")
    vehicle: Vehicle | None = None
    plate: str | None = Field(None, max_length=32, description="Only its form is read; it is neither kept nor logged")
    rights: list[Right] = Field([], max_length=10, description="Exempt classes that the vehicle would prove")
    charging: list[Charging] = Field([], max_length=10, description="When its battery would be charged")
    payment_method: str | None = Field(None, max_length=64, description="For tariffs with a discount for one")


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
    amount: int = Field(description="Below zero where a cap, a discount or a rounding takes something off")
    why: str


class UsageAfter(BaseModel):
    """Free time that the vehicle will have used, by quota or allowance; `parking quote --usage-before` reads it."""

    model_config = ConfigDict(extra="forbid")

    granted: dict[str, list[tuple[datetime, datetime]]] = Field(description="Spans granted by time quotas")
    entries: dict[str, list[datetime]] = Field(description="Beginnings of stays that used a limited free allowance")


class Rise(BaseModel):
    """A stay that ends later than `at` costs more: `fee`, until the next rise."""

    model_config = ConfigDict(extra="forbid")

    at: datetime
    fee: Amount


class Quote(BaseModel):
    """A price that any process of the platform recognises by its id until `valid_until`."""

    model_config = ConfigDict(extra="forbid")

    id: str
    session: str | None = Field(description="The running stay that it is of")
    fee: Amount
    tax: Amount | None = Field(description="Within the fee; null where the tariff names no tax")
    reason: Reason | None = Field(description="Why nothing can be charged; null for a priced stay")
    lines: list[QuoteLine]
    valid_until: datetime
    usage_after: UsageAfter
    usage_known: bool = Field(
        description="False when free time of a quota was taken as unused: whoever only types a plate is not told what the car did before"
    )
    rises: list[Rise] = Field(description="Of a running stay, the next moments within a day at which it costs more")


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
