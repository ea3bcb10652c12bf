"""Facts about the policies by which prices are reviewed: put forward by one person, approved or rejected by another."""

from datetime import datetime
from typing import ClassVar, Final

from parking.events.fact import Fact

CITY: Final = "city"
"""Subject of what concerns the city's own policy, so that its versions are told in their order."""


class PolicyProposed(Fact, frozen=True, kw_only=True):
    """A version of a review policy waits for a second person; `district_id` is null for the city's, and one that ends a district's own has `is_own` false."""

    TYPE: ClassVar[str] = "pricing.policy.proposed"

    policy_id: str
    district_id: str | None
    version: int
    is_own: bool
    reason: str
    proposed_at: datetime

    @property
    def subject(self) -> str:
        return self.district_id or CITY


class PolicyApproved(Fact, frozen=True, kw_only=True):
    """Every review of its zones follows it from now on; where `is_own` is false they follow the city's again."""

    TYPE: ClassVar[str] = "pricing.policy.approved"

    policy_id: str
    district_id: str | None
    version: int
    is_own: bool
    approved_at: datetime

    @property
    def subject(self) -> str:
        return self.district_id or CITY


class PolicyRejected(Fact, frozen=True, kw_only=True):
    """A version that waited is given up, and the one before stays in force."""

    TYPE: ClassVar[str] = "pricing.policy.rejected"

    policy_id: str
    district_id: str | None
    version: int
    because: str
    rejected_at: datetime

    @property
    def subject(self) -> str:
        return self.district_id or CITY
