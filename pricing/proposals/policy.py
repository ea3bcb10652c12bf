"""What a city, or one district of it, wants of its reviews of prices, and the versions of that which two persons decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import lcm
from typing import Final, Literal

from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from pricing.optimizer.model import Cell, PricingPolicy, RuleKind, Staggering
from pricing.optimizer.propose import Method
from pricing.optimizer.soundness import unsound

PolicyState = Literal["proposed", "approved", "rejected"]
LEAST_WEEKS: Final = 4
"""Prices change at most once in so many weeks by themselves (San Francisco Transportation Code 402)."""
MOST_WEEKS: Final = 26


class PolicyUnknownError(NotFoundError):
    code = "policy_unknown"


class PolicyDecidedError(ConflictError):
    """Somebody has approved or rejected it; `fields` has the state."""

    code = "policy_state"


@dataclass(frozen=True, kw_only=True)
class ReviewPolicy:
    """The keys of the policy file, of which None leaves to the price documents what they say. Prices and steps are minor units an hour."""

    method: Method = "optimizer"
    target_low: float = 0.60
    target_high: float = 0.80
    floor: int | None = None
    cap: int | None = None
    tick: int | None = None
    step_up: int | None = None
    """None: as far as the widest band goes up, so that the rule and the optimizer have the same steps."""
    step_down: int | None = None
    rule: RuleKind = "bands"
    bands: tuple[tuple[float, int], ...] = ((0.30, -2), (0.60, -1), (0.80, 0), (9.0, 1))
    """`(below this occupancy, ticks)`, rising: SFpark's rule with the document's tick as its step."""
    proportional_full: float = PricingPolicy.proportional_full
    reversal_margin: float = PricingPolicy.reversal_margin
    neighbour_m: float | None = None
    neighbour_max_difference: int | None = None
    max_distinct_prices: int | None = None
    revenue_floor: int | None = None
    """Least expected revenue of one review period."""
    revenue_share: float | None = None
    """The same, as a share of what the present prices bring; the higher of the two holds."""
    frozen: frozenset[str] = frozenset()
    affordability_caps: dict[str, int] = field(default_factory=dict)
    order: tuple[str, ...] = ("I", "II", "III")
    """National guidance: a busier class is never cheaper than a quieter one."""
    stagger: Staggering = "none"
    """Whether a lottery lets half or a third of the moving zones wait for the next review, so that the response can be learnt."""
    stagger_seed: int = 0
    notice_working_days: int = 0
    """Between approval and beginning, where the legal basis of a table does not ask for more."""
    review_weeks: int = LEAST_WEEKS
    """How often prices are reviewed, and over how many past weeks."""

    @property
    def review_every(self) -> timedelta:
        return timedelta(weeks=self.review_weeks)

    def priced(self, *, floor: int, cap: int, tick: int, revenue_now: float) -> PricingPolicy:
        """With what the documents say of the prices under review, and what these bring now."""
        own = lcm(tick, self.tick or 1)
        steps = [ticks for _, ticks in self.bands]
        return PricingPolicy(
            target_low=self.target_low,
            target_high=self.target_high,
            floor=floor if self.floor is None else self.floor,
            cap=cap if self.cap is None else self.cap,
            tick=own,
            step_up=max(0, *steps, 0) * own if self.step_up is None else self.step_up,
            step_down=max(0, *(-step for step in steps), 0) * own if self.step_down is None else self.step_down,
            revenue_floor=self._revenue_floor(revenue_now),
            neighbour_m=self.neighbour_m,
            neighbour_max_difference=self.neighbour_max_difference,
            max_distinct_prices=self.max_distinct_prices,
            frozen=self.frozen,
            affordability_caps=self.affordability_caps,
            order=self.order,
            bands=tuple((below, ticks * own) for below, ticks in self.bands),
            rule=self.rule,
            proportional_full=self.proportional_full,
            reversal_margin=self.reversal_margin,
            stagger=self.stagger,
            stagger_seed=self.stagger_seed,
        )

    def of(self, cells: Sequence[Cell], ticks: Sequence[int]) -> PricingPolicy:
        """For these cells, on a tick that the documents of all of them have."""
        return self.priced(
            floor=min(cell.lowest or 0 for cell in cells),
            cap=max(cell.highest or 0 for cell in cells),
            tick=lcm(*ticks),
            revenue_now=sum(cell.price * cell.occupancy * cell.weight for cell in cells),
        )

    def refuse_unsound(self) -> None:
        """Raise `InvalidInputError` (`policy_invalid`, with the `rule` that it breaks) for what no cells can make good."""
        widest = (self.floor or 0) + (self.tick or 1)
        broken = unsound(self.priced(floor=0, cap=widest, tick=1, revenue_now=0.0))
        if broken is None and not self.bands and (self.step_up is None or self.step_down is None):
            broken = "without bands there are step_up and step_down"
        if broken is None and self.rule == "proportional" and not (self.step_up or self.step_down or self.bands):
            broken = "a proportional rule has a step"
        if broken is None and not LEAST_WEEKS <= self.review_weeks <= MOST_WEEKS:
            broken = f"review_weeks are {LEAST_WEEKS} to {MOST_WEEKS}"
        if broken is not None:
            raise InvalidInputError(broken, code="policy_invalid", fields={"rule": broken})

    def _revenue_floor(self, revenue_now: float) -> int | None:
        floors = [] if self.revenue_floor is None else [self.revenue_floor]
        if self.revenue_share is not None:
            floors.append(int(self.revenue_share * revenue_now))
        return max(floors, default=None)


@dataclass(frozen=True, kw_only=True)
class PolicyVersion:
    """One version for the city or a district, who put it forward and who decided; the last approved one is in force."""

    policy_id: str
    district_id: str | None
    """None is the city: every district that has no policy of its own."""
    version: int
    policy: ReviewPolicy | None
    """None: the district follows the city's from now on."""
    state: PolicyState
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    because: str | None = None
    """Why it was rejected."""

    def must_be_open(self) -> None:
        """Raise `PolicyDecidedError` once somebody has decided."""
        if self.state != "proposed":
            raise PolicyDecidedError(f"this policy is {self.state}", fields={"state": self.state})
