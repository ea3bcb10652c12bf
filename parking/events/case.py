"""Facts about cases: opened, given to a person, closed. What was decided about whom stays with the case."""

from datetime import datetime
from typing import ClassVar

from parking.events.fact import Fact


class CaseOpened(Fact, frozen=True, kw_only=True):
    """Something waits for a person."""

    TYPE: ClassVar[str] = "parking.case.opened"

    case_id: str
    kind: str
    district_id: str
    zone_id: str
    space_id: str | None
    session_id: str | None
    opened_at: datetime

    @property
    def subject(self) -> str:
        return self.case_id


class CaseAssigned(Fact, frozen=True, kw_only=True):
    """A person has the case in hand."""

    TYPE: ClassVar[str] = "parking.case.assigned"

    case_id: str
    kind: str
    district_id: str
    assigned_at: datetime

    @property
    def subject(self) -> str:
        return self.case_id


class CaseClosed(Fact, frozen=True, kw_only=True):
    """A person has decided the case, or what it was about is gone."""

    TYPE: ClassVar[str] = "parking.case.closed"

    case_id: str
    kind: str
    district_id: str
    outcome: str
    closed_at: datetime

    @property
    def subject(self) -> str:
        return self.case_id
