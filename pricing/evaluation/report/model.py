"""What the page is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pricing.demand.estimate import Estimate
from pricing.history.cleaning import Cleaning
from pricing.optimizer.comparison import Comparison
from pricing.optimizer.model import PricingPolicy, PricingZone, Proposal


@dataclass(frozen=True, kw_only=True)
class Report:
    """Proposals of one review, one cell at least, and everything that is known and not known about them."""

    title: str
    """Such as the id of the proposal or the name of its file."""
    currency: str
    """Code of the currency whose minor units the prices are."""
    policy: PricingPolicy
    zones: Mapping[str, PricingZone]
    proposals: Sequence[Proposal]
    comparison: Comparison | None = None
    """None for prices that no method chose, such as former ones taken back."""
    period: str = ""
    """When the occupancy was measured, in words that need no translation."""
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Chinese and English names of zones, by id; a zone without one goes by its id."""
    estimate: Estimate | None = None
    """Where one was made: what it says of itself is told, also where its tests failed and the prior stands."""
    cleaning: Cleaning | None = None
    """What was done to the history; None where it was not read from a file."""

    def name(self, zone_id: str) -> tuple[str, str]:
        return self.names.get(zone_id, (zone_id, zone_id))
