"""What was measured around lotteries: the loads of a cell before and after each, whether they come from a file or from what a city kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pricing.demand.waves import Lot
from pricing.history.periods import CellKey, Period, PricingHistory

Group = tuple[str, str]
"""Area class and band: where the response is taken to be one."""


@dataclass(frozen=True)
class Change:
    """One cell around one wave, in a lottery or beside it."""

    after: date
    """Start of the period before the change; it names the wave."""
    was: Period
    then: Period
    earlier: Period | None
    """The period before `was`; None where it was not measured."""
    lot: Lot | None

    @property
    def key(self) -> CellKey:
        return self.was.key

    @property
    def is_priced(self) -> bool:
        """What is free of charge before or after has no change in percent."""
        return self.was.price > 0 and self.then.price > 0


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Lotteries and what was measured around them; `changes` is empty while nothing was."""

    first: date
    last: date
    """Starts of the first and the last period that were looked at."""
    waves: int
    """Lotteries that were held, measured or not."""
    groups: tuple[Group, ...]
    """All that a response is wanted of, sorted."""
    changes: tuple[Change, ...]


def recorded(history: PricingHistory, lots: Sequence[Lot], area_class: Mapping[str, str]) -> Experiment:
    """From files. Cells that are free of charge are left out."""
    starts = sorted({row.start for row in history.rows})
    by_cell = {key: {row.start: row for row in rows} for key, rows in history.by_cell().items()}
    drawn = {(lot.after, lot.key): lot for lot in lots}
    changes: list[Change] = []
    for after in sorted({lot.after for lot in lots}):
        following = next((start for start in starts if start > after), None)
        if after not in starts or following is None:
            continue
        earlier = max((start for start in starts if start < after), default=None)
        for key, periods in by_cell.items():
            was, then = periods.get(after), periods.get(following)
            if was is not None and then is not None:
                lot = drawn.get((after, key))
                changes.append(Change(after, was, then, periods.get(earlier) if earlier else None, lot))
    return Experiment(
        first=starts[0],
        last=starts[-1],
        waves=len({lot.after for lot in lots}),
        groups=tuple(sorted({(area_class[key.zone_id], key.band) for key in by_cell})),
        changes=tuple(one for one in changes if one.is_priced),
    )
