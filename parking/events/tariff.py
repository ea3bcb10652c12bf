"""Facts about tariffs: proposed, judged by their effect, noticed, published for an instant, withdrawn, frozen and reverted."""

from datetime import date, datetime
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


class TariffEffectJudged(Fact, frozen=True, kw_only=True):
    """The review period after a proposal has passed, and this is what its prices did.

    `verdict` is `too_early` (too little was measured), `as_expected`, `no_detectable_response`, `oscillating` or `worse`; `response` is
    the elasticity that was measured against places whose price stayed, with its 90 % interval, null where nothing can be said.
    """

    TYPE: ClassVar[str] = "pricing.tariff.effect_judged"

    proposal_id: str
    zone_ids: tuple[str, ...]
    verdict: str
    since: datetime
    until: datetime
    response: float | None
    response_low: float | None
    response_high: float | None
    in_band_before: float
    in_band_now: float
    judged_at: datetime

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


class TariffNoticed(Fact, frozen=True, kw_only=True):
    """The public was told of a version and of the instant from which it is to hold."""

    TYPE: ClassVar[str] = "pricing.tariff.noticed"

    rate_table_id: str
    version: int
    noticed_on: date
    reference: str
    effective_from: datetime

    @property
    def subject(self) -> str:
        return self.rate_table_id


class TariffWithdrawn(Fact, frozen=True, kw_only=True):
    """A version never takes effect: it was given up before it began."""

    TYPE: ClassVar[str] = "pricing.tariff.withdrawn"

    rate_table_id: str
    version: int
    withdrawn_at: datetime
    reason: str

    @property
    def subject(self) -> str:
        return self.rate_table_id


class TariffFrozen(Fact, frozen=True, kw_only=True):
    """Nothing new takes effect in these zones until the freeze is lifted; no zones are all zones."""

    TYPE: ClassVar[str] = "pricing.tariff.frozen"

    freeze_id: int
    zone_ids: tuple[str, ...]
    frozen_at: datetime
    reason: str

    @property
    def subject(self) -> str:
        return str(self.freeze_id)


class TariffUnfrozen(Fact, frozen=True, kw_only=True):
    """The freeze is lifted; planned versions whose instant still lies ahead are planned again."""

    TYPE: ClassVar[str] = "pricing.tariff.unfrozen"

    freeze_id: int
    zone_ids: tuple[str, ...]
    lifted_at: datetime

    @property
    def subject(self) -> str:
        return str(self.freeze_id)


class TariffReverted(Fact, frozen=True, kw_only=True):
    """A version is out of force in these zones, and the one before it is back."""

    TYPE: ClassVar[str] = "pricing.tariff.reverted"

    rate_table_id: str
    version: int
    zone_ids: tuple[str, ...]
    reverted_at: datetime
    reason: str

    @property
    def subject(self) -> str:
        return self.rate_table_id
