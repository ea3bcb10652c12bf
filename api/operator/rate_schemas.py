"""What the workbench of tariffs tells and takes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.operator.rate_access import Step
from parking.domain.ids import ID_PATTERN
from pricing.rates.assignments import Standing
from pricing.rates.repository import State

MOST_TOML = 200_000
Zone = Annotated[str, Field(pattern=ID_PATTERN)]
Zones = Annotated[list[Zone], Field(min_length=1, max_length=10_000)]
Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PolicyIn(_In):
    """A tariff in its human-writable form."""

    toml: str = Field(
        max_length=MOST_TOML, description="As docs/tariffs.md says; `parking rates show linzi` writes one"
    )


class DraftIn(PolicyIn):
    """A tariff, the document that allows it, and where it is to hold."""

    price_document: str = Field(pattern=ID_PATTERN)
    zones: Zones | None = Field(default=None, description="Null: wherever the table prices something")


class ReviewOpinionIn(_In):
    """The decision of the legal review."""

    lawful: bool
    opinion: Reason


class NoticeIn(_In):
    """The public notice, once it is given."""

    noticed_on: date
    reference: Reason = Field(description="Where it is found: number, page, paper")
    effective_from: AwareDatetime = Field(description="From when on the notice says that the tariff holds")


class ReasonIn(_In):
    """Why."""

    reason: Reason


class RevertIn(ReasonIn):
    """Take the version out of force now."""

    signs_covered: bool = Field(
        description="True: the signs are covered and the prices before hold at once; "
        "false: the version goes on in each place until its old sign is back"
    )
    zones: Zones | None = Field(default=None, description="Null: wherever it is in force")


class FreezeIn(ReasonIn):
    """Hold what is planned and publish nothing."""

    zones: Zones | None = Field(default=None, description="Null: the whole city")


class SignIn(_In):
    """Where the picture of the sign is kept, if there is one."""

    photo_reference: str | None = Field(default=None, max_length=500, pattern=r"^[^\x00]*$")


class RateVersionSummary(BaseModel):
    """One version of a tariff and where it stands."""

    rate_table: str
    version: int
    title: str
    title_en: str
    state: State
    standing: Standing | None = Field(
        description="Of a published version: planned, in force, superseded, held, taken back"
    )
    next: Step | None = Field(description="The step that it waits for")
    allowed: list[Step] = Field(description="What the caller may do with it now")
    price_document: str | None
    zones: list[str] | None = Field(description="Null: wherever the table prices something")
    prepared_by: str
    prepared_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    noticed_on: date | None
    notice_reference: str | None
    approved_by: str | None
    approved_at: datetime | None
    published_by: str | None
    published_at: datetime | None
    effective_from: datetime | None
    signs_waiting: int = Field(description="Places that keep the tariff before until their sign is confirmed")


class RateVersionPage(BaseModel):
    """Newest first; `next` is null at the end."""

    rate_tables: list[RateVersionSummary]
    next: str | None


class SaidOut(BaseModel):
    """The tariff as the price board says it, a list for each collection."""

    heading: str
    heading_en: str
    rules: list[str]
    rules_en: list[str]


class RateVersionOut(RateVersionSummary):
    """A version with its words."""

    document: str = Field(description="Number of the act that the table names")
    notice_working_days: int
    says: list[SaidOut] = Field(description="As people read it on the price board")
    toml: str
    table: dict[str, Any] = Field(description="The same as data")


class EarliestOut(BaseModel):
    """When a tariff of which notice is given that day begins at the earliest."""

    noticed_on: date
    notice_working_days: int
    earliest: datetime


class MistakeOut(BaseModel):
    """Why the text is no tariff; `line` is from 1."""

    line: int | None
    key: str
    says: str


class ProbeOut(BaseModel):
    """A stay that shows it, with its fee in minor units or the code of its refusal."""

    start: datetime
    end: datetime
    area_class: str
    kind: str
    use: str
    vehicle_class: str
    energy: str
    fee: int | None
    refusal: str | None


class FindingOut(BaseModel):
    """What is wrong (`error`) or deserves a second look (`warning`)."""

    code: str
    severity: Literal["error", "warning"]
    line: int | None
    path: list[str | int]
    collection: str | None
    rule: str | None
    says: str
    says_en: str
    probes: list[ProbeOut]


class CheckOut(BaseModel):
    """A tariff that reads well has no mistakes; one without errors may be submitted."""

    rate_table: str | None
    title: str | None
    title_en: str | None
    currency: str | None
    mistakes: list[MistakeOut]
    findings: list[FindingOut]
    says: list[SaidOut]


class SimulationOut(BaseModel):
    """The numbers of the report, amounts in minor units."""

    simulation: dict[str, Any]


class PriceDocumentOut(BaseModel):
    """A registered act under which prices are charged."""

    id: str
    number: str
    authority: str
    form: str
    valid_from: datetime
    valid_to: datetime | None


class PriceDocumentList(BaseModel):
    """In order of number."""

    price_documents: list[PriceDocumentOut]


class StepDone(BaseModel):
    """One step of a tariff."""

    id: int
    at: datetime
    actor: str
    action: str = Field(examples=["rate.noticed"])
    rate_table: str | None
    version: int | None
    reason: str | None
    digest: str | None = Field(description="SHA-256 of the words of the version")
    details: dict[str, Any]


class StepPage(BaseModel):
    """Newest first; `next` is null at the end."""

    steps: list[StepDone]
    next: int | None


class SignTaskOut(BaseModel):
    """One sign to be replaced; `place` is a segment at the kerb and a facility off the street."""

    id: int
    rate_table: str
    version: int
    zone: str
    kind: str
    place: str | None
    name: str | None
    name_en: str | None
    effective_from: datetime
    requested_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    photo_reference: str | None


class SignTaskList(BaseModel):
    """In order of zone and place."""

    sign_tasks: list[SignTaskOut]


class FreezeOut(BaseModel):
    """A freeze that is not lifted."""

    id: int
    zones: list[str] | None
    frozen_by: str
    frozen_at: datetime
    reason: str


class FreezeList(BaseModel):
    """Oldest first."""

    freezes: list[FreezeOut]


class RevertOut(BaseModel):
    """A revert by one person, which waits for a second."""

    id: int
    rate_table: str
    version: int
    zones: list[str]
    reverted_by: str
    reverted_at: datetime
    reason: str


class RevertList(BaseModel):
    """Oldest first."""

    reverts: list[RevertOut]


class HoldMade(BaseModel):
    """The number by which it is lifted or confirmed."""

    id: int
