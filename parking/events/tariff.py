"""Facts about tariffs: proposed, and published for an instant."""

from datetime import datetime
from typing import ClassVar

from parking.events.fact import Fact


class TariffProposed(Fact, frozen=True, kw_only=True):
    """A change of prices waits for an operator's decision."""

    TYPE: ClassVar[str] = "pricing.tariff.proposed"

    proposal_id: str
    zone_ids: tuple[str, ...]
    proposed_at: datetime
    method: str

    @property
    def subject(self) -> str:
        return self.proposal_id


class TariffPublished(Fact, frozen=True, kw_only=True):
    """A version of a rate table is in force from an instant on; before it nothing changes."""

    TYPE: ClassVar[str] = "pricing.tariff.published"

    rate_table_id: str
    version: int
    zone_ids: tuple[str, ...]
    effective_from: datetime
    document: str

    @property
    def subject(self) -> str:
        return self.rate_table_id
