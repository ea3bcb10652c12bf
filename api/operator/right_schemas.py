"""What operators tell of rights, and what they are told: plates come in, masks go out."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from parking.domain.errors import InvalidInputError
from parking.domain.ids import ID_PATTERN
from parking.domain.time_span import TimeSpan
from parking.rights.model import DAY_MINUTES, PermitKind, WeeklyHours

Id = Annotated[str, Field(pattern=ID_PATTERN)]
Places = Annotated[list[Id], Field(max_length=1000)]
Plate = Annotated[str, Field(min_length=1, max_length=32, examples=["鲁C12345"])]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
_CLOCK: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Valid(_In):
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None = Field(default=None, description="Not included; null is without an end")

    def span(self) -> TimeSpan:
        """Raises InvalidInputError (`span_invalid`)."""
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise InvalidInputError("valid_to comes after valid_from", code="span_invalid")
        return TimeSpan(self.valid_from.astimezone(UTC), self.valid_to and self.valid_to.astimezone(UTC))


class PermitIn(_Valid):
    """A vehicle may stand in zones and facilities; with neither, everywhere in the city."""

    id: Id = Field(description="The issuer's own id: sent again it grants nothing twice")
    kind: PermitKind
    exempt_class: Id | None = Field(default=None, description="Of kind `exempt`: the class as the rate tables name it")
    proof: Words | None = Field(default=None, description="The document that was seen; needed for kind `exempt`")
    plate: Plate
    zones: Places = []
    facilities: Places = []


class PermitOut(BaseModel):
    """A permit; the plate is masked, and null once it was erased."""

    id: str
    kind: PermitKind
    exempt_class: str | None
    proof: str | None
    plate: str | None
    zones: list[str]
    facilities: list[str]
    valid_from: datetime
    valid_to: datetime | None
    granted_by: str
    revoked_at: datetime | None


class PermitList(BaseModel):
    """A page of permits."""

    permits: list[PermitOut]
    next: str | None


class ReservationIn(_Valid):
    """Keep spaces, or a whole facility, for a vehicle."""

    id: Id
    plate: Plate
    spaces: Places = []
    facility: Id | None = None


class ReservationOut(BaseModel):
    """A reservation; the plate is masked, and null once it was erased."""

    id: str
    plate: str | None
    spaces: list[str]
    valid_from: datetime
    valid_to: datetime | None
    booked_by: str
    cancelled_at: datetime | None


class ReservationList(BaseModel):
    """A page of reservations."""

    reservations: list[ReservationOut]
    next: str | None


class ListingIn(_Valid):
    """An authority excludes a vehicle from permits and reservations."""

    id: Id
    plate: Plate
    authority: Words
    legal_basis: Words = Field(description="Law and article, or the number of the decision")
    reason: Words


class ListingOut(BaseModel):
    """An exclusion; the plate is masked, and null once it was erased."""

    id: str
    plate: str | None
    authority: str
    legal_basis: str
    reason: str
    valid_from: datetime
    valid_to: datetime | None
    listed_by: str
    lifted_at: datetime | None


class ListingList(BaseModel):
    """A page of exclusions."""

    listings: list[ListingOut]
    next: str | None


class HoursIn(_In):
    """Hours of one weekday in local time; `to` at or before `from` is on the next day."""

    weekday: Annotated[int, Field(ge=1, le=7, strict=True, description="1 is Monday")]
    start: str = Field(alias="from", pattern=_CLOCK, examples=["18:00"])
    end: str = Field(alias="to", pattern=_CLOCK, examples=["08:00"])

    def hours(self) -> WeeklyHours:
        start, end = _minute(self.start), _minute(self.end)
        return WeeklyHours(self.weekday, start, (end - start - 1) % DAY_MINUTES + 1)


class OfferIn(_Valid):
    """A space is shared with the public in weekly hours."""

    id: Id
    space: Id
    holder: Words = Field(description="Who shares it: an office, a housing estate")
    hours: Annotated[list[HoursIn], Field(min_length=1, max_length=50)]


class HoursOut(BaseModel):
    """Minutes from a minute of a weekday on, in local time."""

    weekday: int
    start_minute: int
    minutes: int


class OfferOut(BaseModel):
    """A shared space."""

    id: str
    space: str
    holder: str
    hours: list[HoursOut]
    timezone: str
    valid_from: datetime
    valid_to: datetime | None
    offered_by: str
    withdrawn_at: datetime | None


class OfferList(BaseModel):
    """A page of shared spaces."""

    offers: list[OfferOut]
    next: str | None


def _minute(clock: str) -> int:
    hour, minute = re.split(":", clock)
    return int(hour) * 60 + int(minute)
