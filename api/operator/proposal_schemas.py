"""What operators see of a proposal, and what they send."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.operator.policy_schemas import PolicyIn
from api.operator.proposal_outcomes import RevisionOut, revision_out
from pricing.optimizer.model import Staggering
from pricing.proposals.model import Lottery, Proposal, ProposalCell, unit_price


class Amount(BaseModel):
    """Money in minor units."""

    amount: int
    currency: str = "CNY"


class ReviewIn(BaseModel):
    """Ask for a review: of which zones, or of which district (neither: of yours, or of all that follow the city's policy), over how many past weeks."""

    model_config = ConfigDict(extra="forbid")

    zones: list[str] | None = Field(default=None, min_length=1, max_length=10_000)
    district: str | None = Field(default=None, max_length=200)
    weeks: int | None = Field(default=None, ge=1, le=26, description="Null: as many as the policy says")
    policy: PolicyIn | None = Field(
        default=None, description="Only where no policy was decided on for these zones, which every review follows"
    )


class ApprovalIn(BaseModel):
    """When the prices are to begin."""

    model_config = ConfigDict(extra="forbid")

    effective_from: AwareDatetime
    revision: int | None = Field(
        default=None,
        ge=1,
        description="The one that you have seen; refused with `proposal_changed` where another stands",
    )


class RejectionIn(BaseModel):
    """Why not."""

    model_config = ConfigDict(extra="forbid")

    because: str = Field(min_length=1, max_length=1000)


class CellOut(BaseModel):
    """One price that may move. `price_*` are an hour's, `unit_price_*` are those on the sign for `unit_minutes`."""

    zone: str
    zone_name: str
    zone_name_en: str
    area_class: str
    kind: str
    day_type: str
    band: str = Field(examples=["07:00-19:00"])
    rule: str
    unit_minutes: int
    unit_price_now: Amount
    unit_price_proposed: Amount
    price_now: Amount
    price_proposed: Amount
    rule_price: Amount
    occupancy: float = Field(description="Mean share of spaces taken, 0 to 1")
    full_share: float = Field(description="Share of the time at or above 90 %")
    hours: float
    spaces: int
    expected_occupancy: float
    expected_low: float
    expected_high: float
    binding: list[str] = Field(description="Limits that keep the price from the rule's wish")
    reason: str


class SkippedOut(BaseModel):
    """A place of which nothing could be proposed."""

    zone: str
    kind: str
    reason: str


class LotteryOut(BaseModel):
    """Which moves take effect with this proposal, and which wait for the next review, by lot."""

    stagger: Staggering
    seed: int = Field(description="With `after` it draws the same again")
    after: date
    called_off: bool = Field(description="Not held: no prices obey all limits while its zones wait")
    now: list[str] = Field(description="Zones that move now")
    waiting: list[str] = Field(description="Zones that keep their prices until the next review")


class VersionOut(BaseModel):
    """A version of a rate table that came out of a proposal."""

    rate_table: str
    version: int
    zones: list[str]


class ProposalSummary(BaseModel):
    """A proposal without its cells."""

    id: str
    state: Literal["proposed", "approved", "rejected", "published"]
    method: str = Field(description="`rule` or `optimizer`, whosever prices they are; `go_back` for those of before")
    because: str = Field(description="Why it is this method's")
    revision: int = Field(description="The one that stands; every edit makes a further one")
    takes_back: str | None = Field(description="The published proposal whose former prices these are")
    period_start: datetime
    period_end: datetime
    proposed_at: datetime
    prepared_by: str | None = Field(description="Who answers for it; null while nobody took it on")
    approved_by: str | None
    approved_at: datetime | None
    effective_from: datetime | None
    published_by: str | None
    published_at: datetime | None
    published_versions: list[VersionOut]
    rejected_by: str | None
    rejected_at: datetime | None
    rejected_because: str | None
    cells_total: int
    cells_moving: int


class ProposalOut(ProposalSummary):
    """A proposal with everything that a decision needs."""

    policy: dict[str, Any]
    cells: list[CellOut]
    skipped: list[SkippedOut]
    earliest: datetime | None = Field(
        description="The first instant for which it can be approved now; null once it is approved, where nothing moves, or where no calendar is announced"
    )
    revisions: list[RevisionOut] = Field(description="Oldest first")
    lottery: LotteryOut | None = Field(description="Null where all moves take effect at once")


class ProposalPage(BaseModel):
    """Newest first; `next` is null at the end."""

    proposals: list[ProposalSummary]
    next: str | None


def summary(proposal: Proposal) -> ProposalSummary:
    return ProposalSummary(**_facts(proposal))


def _facts(proposal: Proposal) -> dict[str, Any]:
    same = (
        "state", "method", "because", "revision", "takes_back", "period_start", "period_end", "proposed_at", "prepared_by", "approved_by", "approved_at",
        "effective_from", "published_by", "published_at", "rejected_by", "rejected_at", "rejected_because",
    )  # fmt: skip
    return {name: getattr(proposal, name) for name in same} | {
        "id": proposal.proposal_id,
        "published_versions": [
            VersionOut(rate_table=version.rate_table_id, version=version.version, zones=list(version.zone_ids))
            for version in proposal.published_versions
        ],
        "cells_total": len(proposal.cells),
        "cells_moving": sum(cell.moves for cell in proposal.cells),
    }


def whole(proposal: Proposal, zones: dict[str, tuple[str, str, str]], earliest: datetime | None) -> ProposalOut:
    """`zones` gives name, English name and area class by zone id."""
    return ProposalOut(
        **_facts(proposal),
        policy=proposal.policy,
        cells=[_cell(cell, *zones[cell.zone_id]) for cell in proposal.cells],
        skipped=[SkippedOut(zone=one.zone_id, kind=one.kind, reason=one.reason) for one in proposal.skipped],
        earliest=earliest,
        revisions=[revision_out(one) for one in proposal.revisions],
        lottery=None if proposal.lottery is None else _lottery(proposal.lottery),
    )


def _lottery(lottery: Lottery) -> LotteryOut:
    return LotteryOut(
        stagger=lottery.stagger,
        seed=lottery.seed,
        after=lottery.after,
        called_off=lottery.is_called_off,
        now=sorted(lottery.moving),
        waiting=sorted(lottery.waiting),
    )


def _cell(cell: ProposalCell, name: str, name_en: str, area_class: str) -> CellOut:
    return CellOut(
        zone=cell.zone_id,
        zone_name=name,
        zone_name_en=name_en,
        area_class=area_class,
        kind=cell.kind,
        day_type=cell.day_type,
        band=cell.band,
        rule=cell.rule_id,
        unit_minutes=cell.unit_s // 60,
        unit_price_now=Amount(amount=unit_price(cell.price_now, cell.unit_s)),
        unit_price_proposed=Amount(amount=cell.unit_price_proposed),
        price_now=Amount(amount=cell.price_now),
        price_proposed=Amount(amount=cell.price_proposed),
        rule_price=Amount(amount=cell.rule_price),
        occupancy=cell.occupancy,
        full_share=cell.full_share,
        hours=cell.hours,
        spaces=cell.spaces,
        expected_occupancy=cell.expected_occupancy,
        expected_low=cell.expected_low,
        expected_high=cell.expected_high,
        binding=list(cell.binding),
        reason=cell.reason,
    )
