"""What inspectors ask and learn. There is no amount, no debt and no name anywhere in it."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.enforcement.model import Basis, Outcome, Whose
from parking.domain.ids import ID_PATTERN
from parking.rights.model import PermitKind


class CheckRequest(BaseModel):
    """About a vehicle, a space, or a vehicle on a space; now, or at an instant some minutes ago."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"plate": "鲁C12345", "space": "ZD-001-007"}]}
    )

    plate: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    space: Annotated[str, Field(pattern=ID_PATTERN)] | None = None
    at: AwareDatetime | None = None


class CheckedStay(BaseModel):
    """A stay that was running or had just ended."""

    id: str
    space: str | None
    facility: str | None = Field(description="Set for a stay at a facility as a whole, as its gate saw it")
    zone: str
    started_at: datetime
    ended_at: datetime | None = Field(description="The latest possible end; null while it runs")
    whose: Whose = Field(description="`unattributed`: no plate is known of it yet")
    paid_at: datetime | None = Field(description="Of the newest payment; null says nothing about what is owed")
    longest_until: datetime | None = Field(description="When the longest stay of the place is over; null: it has none")
    overstays: bool = Field(description="It runs beyond `longest_until`; a permit or reservation may allow more")


class CheckedPermit(BaseModel):
    """A permit in force; with neither zones nor facilities it holds everywhere."""

    kind: PermitKind
    exempt_class: str | None
    zones: list[str]
    facilities: list[str]
    until: datetime | None
    here: bool | None = Field(description="Whether it holds at the space; null where none was named")


class CheckedReservation(BaseModel):
    """A reservation that holds at the instant."""

    space: str
    start: datetime
    until: datetime
    whose: Whose


class CheckedListing(BaseModel):
    """An authority has excluded the vehicle from permits and reservations."""

    authority: str
    legal_basis: str
    until: datetime | None


class CheckedShare(BaseModel):
    """The space is shared with the public in weekly hours."""

    open_until: datetime | None = Field(description="Null: not open at the instant")


class CheckAnswer(BaseModel):
    """Facts. `covered` is null where it depends on what was not asked: a permit's place, or whose vehicle it is."""

    id: int
    at: datetime
    plate: str | None = Field(description="Masked")
    space: str | None
    zone: str | None
    covered: bool | None
    basis: Basis | None
    until: datetime | None = Field(description="Null: no end is known")
    sessions: list[CheckedStay]
    permits: list[CheckedPermit]
    reservations: list[CheckedReservation]
    listings: list[CheckedListing]
    shared: CheckedShare | None


class LoggedCheck(BaseModel):
    """One check of the log; which vehicle it was about is never told."""

    id: int
    checked_at: datetime
    at: datetime
    actor: str
    district: str | None
    space: str | None
    about_vehicle: bool = Field(description="A plate was asked for, and its pseudonym is not forgotten yet")
    outcome: Outcome
    basis: Basis | None


class CheckLog(BaseModel):
    """A page of the log, newest first."""

    checks: list[LoggedCheck]
    next: int | None
