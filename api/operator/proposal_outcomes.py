"""What operators see of a proposal's revisions and of what came of it, and what they send to edit it or to take it back."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from parking.places.model import PlaceKind
from pricing.evaluation.monitor import Verdict
from pricing.optimizer.comparison import Because, Comparison, Name, Outlook, Span
from pricing.proposals.checks import Check, WatchedCell
from pricing.proposals.model import ALL_DAYS, Edit, Revision


class EditBody(BaseModel):
    """A person's word on one price: the unit price on the sign, or null to keep the one in force."""

    model_config = ConfigDict(extra="forbid")

    zone: str = Field(max_length=200)
    kind: PlaceKind
    day_type: str = Field(default=ALL_DAYS, max_length=100)
    band: str = Field(max_length=100, examples=["07:00-19:00"])
    unit_price: int | None = Field(ge=0, le=1_000_000, description="Minor units; null freezes the cell")

    def edit(self) -> Edit:
        return Edit(
            zone_id=self.zone, kind=self.kind, day_type=self.day_type, band=self.band, unit_price=self.unit_price
        )

    @classmethod
    def of(cls, edit: Edit) -> "EditBody":
        return cls(
            zone=edit.zone_id, kind=edit.kind, day_type=edit.day_type, band=edit.band, unit_price=edit.unit_price
        )


class PreviewIn(BaseModel):
    """All edits that are to hold; one of before is taken back by leaving it out."""

    model_config = ConfigDict(extra="forbid")

    edits: list[EditBody] = Field(max_length=10_000)

    def all(self) -> tuple[Edit, ...]:
        return tuple(edit.edit() for edit in self.edits)


class EditIn(PreviewIn):
    """The same, to be written down."""

    reason: str = Field(min_length=3, max_length=1000)


class GoingBackIn(BaseModel):
    """Why the former prices are better."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=1000)


class SpanOut(BaseModel):
    """A mean, and the ends of an interval that holds 80 % of what is believed of the response."""

    mean: float
    low: float
    high: float


class OutlookOut(BaseModel):
    """What is expected of the prices of one method, all of them within the same limits and steps."""

    name: Name
    moves: int
    in_band: SpanOut = Field(description="Share of spaces x hours in cells whose mean occupancy is within the target")
    crowded: SpanOut = Field(description="Share of the time at or above 90 %")
    revenue: SpanOut = Field(description="Minor units in as many hours as were measured")


class ComparisonOut(BaseModel):
    """The proposal beside what other methods would have done."""

    taken: Literal["rule", "optimizer"]
    because: Because
    outlooks: list[OutlookOut]


class RevisionOut(BaseModel):
    """Who made which prices of a proposal, of which edits and why; `made_by` null is the schedule."""

    number: int
    made_by: str | None
    made_at: datetime
    reason: str | None
    edits: list[EditBody]
    comparison: ComparisonOut | None
    gap: float = Field(description="By how much the prices can cost more than the best, as a share of their cost")


class WatchedCellOut(BaseModel):
    """One price before and after; `occupancy_after` is null where too little was measured. Prices are an hour's."""

    zone: str
    kind: str
    day_type: str
    band: str
    price_before: int
    price_after: int
    occupancy_before: float
    occupancy_after: float | None
    full_share_after: float | None
    expected_low: float
    expected_high: float


class CheckOut(BaseModel):
    """What came of published prices; `response` is an elasticity with its 90 % interval, null where nothing can be said."""

    verdict: Verdict
    is_over: bool = Field(description="The review period has passed; before that the verdict is too_early")
    since: datetime
    until: datetime
    checked_at: datetime
    updates: int
    moves: int
    reversals: int
    response: float | None
    response_low: float | None
    response_high: float | None
    in_band_before: float
    in_band_now: float
    crowded_before: float | None
    crowded_now: float | None
    reason: str
    reason_en: str
    cells: list[WatchedCellOut]


class EffectOut(BaseModel):
    """What was measured, and when the verdict comes."""

    check: CheckOut | None = Field(description="Null before the first whole hour under the new prices")
    judged_at: datetime | None = Field(description="When the schedule judges it; null of what is not published")


def revision_out(revision: Revision) -> RevisionOut:
    return RevisionOut(
        number=revision.number,
        made_by=revision.made_by,
        made_at=revision.made_at,
        reason=revision.reason,
        edits=[EditBody.of(edit) for edit in revision.edits],
        comparison=None if revision.comparison is None else comparison_out(revision.comparison),
        gap=revision.gap,
    )


def effect_out(check: Check | None, judged_at: datetime | None) -> EffectOut:
    return EffectOut(check=None if check is None else _check(check), judged_at=judged_at)


def comparison_out(comparison: Comparison) -> ComparisonOut:
    return ComparisonOut(
        taken=comparison.taken, because=comparison.because, outlooks=[_outlook(one) for one in comparison.outlooks]
    )


def _outlook(outlook: Outlook) -> OutlookOut:
    return OutlookOut(
        name=outlook.name,
        moves=outlook.moves,
        in_band=_span(outlook.in_band),
        crowded=_span(outlook.crowded),
        revenue=_span(outlook.revenue),
    )


def _span(span: Span) -> SpanOut:
    return SpanOut(mean=span.mean, low=span.low, high=span.high)


def _check(check: Check) -> CheckOut:
    judged = check.judgement
    return CheckOut(
        verdict=check.verdict,
        is_over=check.is_over,
        since=check.since,
        until=check.until,
        checked_at=check.checked_at,
        updates=judged.updates,
        moves=judged.moves,
        reversals=judged.reversals,
        response=judged.response,
        response_low=judged.response_low,
        response_high=judged.response_high,
        in_band_before=judged.in_band_before,
        in_band_now=judged.in_band_now,
        crowded_before=judged.crowded_before,
        crowded_now=judged.crowded_now,
        reason=judged.reason_zh,
        reason_en=judged.reason_en,
        cells=[_watched(cell) for cell in check.cells],
    )


def _watched(cell: WatchedCell) -> WatchedCellOut:
    return WatchedCellOut(
        zone=cell.zone_id,
        kind=cell.kind,
        day_type=cell.day_type,
        band=cell.band,
        price_before=cell.price_before,
        price_after=cell.price_after,
        occupancy_before=cell.occupancy_before,
        occupancy_after=cell.occupancy_after,
        full_share_after=cell.full_share_after,
        expected_low=cell.expected_low,
        expected_high=cell.expected_high,
    )
