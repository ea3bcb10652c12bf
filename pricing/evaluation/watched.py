"""Choosers of prices as a city would run them: one that stops where the monitor raises its alarm, one that counts the limits its prices break."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pricing.evaluation.closed_loop import Chooser
from pricing.evaluation.monitor import Expected, Judgement, Period, judge
from pricing.evaluation.violations import violations
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import Method, PolicyInfeasibleError, propose


@dataclass
class Watched:
    """Prices stay from the first alarm on: no person comes to look at it here."""

    chooser: Chooser
    expected: Expected
    judgements: list[Judgement] = field(default_factory=list)
    _periods: list[Period] = field(default_factory=list)

    @property
    def alarm_at(self) -> int | None:
        """Number of updates after which the alarm was raised."""
        return next((one.updates for one in self.judgements if one.is_alarm), None)

    def __call__(self, cells: Sequence[Cell], zones: Mapping[str, PricingZone]) -> Sequence[int]:
        now = [cell.price for cell in cells]
        if self.alarm_at is not None:
            return now
        self._periods.append(
            Period(
                prices=now,
                occupancies=[cell.occupancy for cell in cells],
                full_shares=[cell.full_share for cell in cells],
            )
        )
        spaces = [cell.spaces for cell in cells]
        self.judgements.append(judge(self._periods, spaces, self.expected, zones=[cell.zone_id for cell in cells]))
        return now if self.alarm_at is not None else self.chooser(cells, zones)


@dataclass
class Held:
    """A method within its policy, and within a revenue floor of so much of what the first period took by the policy's own measure."""

    policy: PricingPolicy
    method: Method
    revenue_share: float | None = None
    broken: int = 0
    """Price lists that broke a limit."""
    refused: int = 0
    """Reviews in which the limits could not hold together; prices stayed."""
    _floor: int | None = None

    def __call__(self, cells: Sequence[Cell], zones: Mapping[str, PricingZone]) -> Sequence[int]:
        if self.revenue_share is not None and self._floor is None:
            self._floor = int(self.revenue_share * sum(cell.price * cell.occupancy * cell.weight for cell in cells))
        policy = self.policy if self._floor is None else replace(self.policy, revenue_floor=self._floor)
        try:
            found = [one.price_proposed for one in propose(policy, cells, dict(zones), self.method).proposals]
        except PolicyInfeasibleError:
            self.refused += 1
            return [cell.price for cell in cells]
        self.broken += bool(violations(policy, cells, dict(zones), found))
        return found
