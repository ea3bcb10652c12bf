"""What operators see of the policies by which prices are reviewed, and what they send to change them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.operator.proposal_outcomes import ComparisonOut, comparison_out
from pricing.optimizer.model import RuleKind, Staggering
from pricing.optimizer.propose import Method
from pricing.proposals.policies import Trial
from pricing.proposals.policy import LEAST_WEEKS, MOST_WEEKS, PolicyState, PolicyVersion, ReviewPolicy

MOST_MONEY = 1_000_000
USUAL = ReviewPolicy()


class Band(BaseModel):
    """One step of the rule: below this occupancy the price moves by so many ticks."""

    model_config = ConfigDict(extra="forbid")

    below: float = Field(gt=0, le=10)
    ticks: int = Field(ge=-10, le=10)


class PolicyIn(BaseModel):
    """The keys of the policy file of `parking price propose`. Prices and steps are minor units an hour; null leaves to the price documents what they say."""

    model_config = ConfigDict(extra="forbid")

    method: Method = Field(
        default="optimizer", description="`optimizer` gives the rule's prices where it has no better ones"
    )
    target_low: float = Field(default=USUAL.target_low, ge=0, le=1)
    target_high: float = Field(default=USUAL.target_high, ge=0, le=1)
    floor: int | None = Field(default=None, ge=0, le=MOST_MONEY)
    cap: int | None = Field(default=None, ge=0, le=MOST_MONEY)
    tick: int | None = Field(default=None, ge=1, le=MOST_MONEY)
    step_up: int | None = Field(
        default=None, ge=0, le=MOST_MONEY, description="Null: as far as the widest band goes up"
    )
    step_down: int | None = Field(
        default=None, ge=0, le=MOST_MONEY, description="Null: as far as the widest band goes down"
    )
    rule: RuleKind = "bands"
    bands: list[Band] = Field(
        default=[Band(below=below, ticks=ticks) for below, ticks in USUAL.bands],
        max_length=20,
        description="Empty: a whole step above the target and below it",
    )
    proportional_full: float = Field(
        default=USUAL.proportional_full,
        gt=0,
        le=1,
        description="So far from its middle the proportional rule takes a whole step",
    )
    reversal_margin: float = Field(
        default=USUAL.reversal_margin,
        ge=0,
        le=1,
        description="So far outside the target a price goes back on its last move",
    )
    neighbour_m: float | None = Field(default=None, gt=0, le=10_000)
    neighbour_max_difference: int | None = Field(default=None, ge=0, le=MOST_MONEY)
    max_distinct_prices: int | None = Field(default=None, ge=1, le=10_000)
    revenue_floor: int | None = Field(
        default=None, ge=0, description="Least expected revenue of one review period, in minor units"
    )
    revenue_share: float | None = Field(
        default=None, gt=0, le=2, description="The same, as a share of what the present prices bring; the higher holds"
    )
    frozen: list[str] = Field(default=[], max_length=10_000, description="Zones whose price stays")
    affordability_caps: dict[str, int] = Field(
        default={},
        max_length=10_000,
        description="Highest price of single zones, which people there have to be able to pay",
    )
    order: list[str] = Field(
        default=list(USUAL.order), max_length=3, description="Area classes from dearest to cheapest"
    )
    stagger: Staggering = Field(
        default="none",
        description="Half or a third of the zones that would move wait by lot for the next review, so that the response can be learnt",
    )
    stagger_seed: int = Field(default=0, ge=0, le=2**31 - 1, description="With the period it draws the same again")
    notice_working_days: int = Field(
        default=0, ge=0, le=90, description="Between approval and beginning, where the law does not ask for more"
    )
    review_weeks: int = Field(
        default=LEAST_WEEKS,
        ge=LEAST_WEEKS,
        le=MOST_WEEKS,
        description="How often the schedule reviews, over how many past weeks",
    )

    def policy(self) -> ReviewPolicy:
        said = self.model_dump(exclude={"bands", "frozen", "order"})
        return ReviewPolicy(
            **said,
            bands=tuple((band.below, band.ticks) for band in sorted(self.bands, key=lambda band: band.below)),
            frozen=frozenset(self.frozen),
            order=tuple(self.order),
        )

    @classmethod
    def of(cls, policy: ReviewPolicy) -> "PolicyIn":
        same = {name: getattr(policy, name) for name in cls.model_fields.keys() - {"bands", "frozen", "order"}}
        return cls(
            **same,
            bands=[Band(below=below, ticks=ticks) for below, ticks in policy.bands],
            frozen=sorted(policy.frozen),
            order=list(policy.order),
        )


class TrialIn(BaseModel):
    """A policy to try on the prices of today: the city's (null) or a district's own."""

    model_config = ConfigDict(extra="forbid")

    district: str | None = Field(default=None, max_length=200)
    policy: PolicyIn


class PutForwardIn(BaseModel):
    """A version for another person to approve; without a policy the district follows the city's again."""

    model_config = ConfigDict(extra="forbid")

    district: str | None = Field(default=None, max_length=200)
    policy: PolicyIn | None
    reason: str = Field(min_length=3, max_length=1000)


class TrialOut(BaseModel):
    """What it would do to the prices of today; of what is skipped too little is known to say whether the limits hold."""

    cells: int
    moves: int
    skipped: int
    comparison: ComparisonOut | None


class PolicyOut(BaseModel):
    """One version of a policy; the newest approved one is in force."""

    id: str
    district: str | None
    version: int
    policy: PolicyIn | None = Field(description="Null: the district follows the city's from then on")
    state: PolicyState
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    because: str | None


class ScopeOut(BaseModel):
    """The city (`district` null) or a district, the policy that it follows, and its versions, newest first."""

    district: str | None
    name: str
    name_en: str
    policy: PolicyIn
    in_force: str | None = Field(description="Id of the version that it follows; null where nobody decided one")
    is_own: bool = Field(description="False where a district follows the city's")
    versions: list[PolicyOut]


class ScopesOut(BaseModel):
    """The city first."""

    scopes: list[ScopeOut]


def policy_out(version: PolicyVersion) -> PolicyOut:
    same = ("version", "state", "reason", "proposed_by", "proposed_at", "decided_by", "decided_at", "because")
    return PolicyOut(
        **{name: getattr(version, name) for name in same},
        id=version.policy_id,
        district=version.district_id,
        policy=None if version.policy is None else PolicyIn.of(version.policy),
    )


def trial_out(trial: Trial) -> TrialOut:
    return TrialOut(
        cells=trial.cells,
        moves=trial.moves,
        skipped=len(trial.skipped),
        comparison=None if trial.comparison is None else comparison_out(trial.comparison),
    )
