"""A proposal of new prices and its way to the street: proposed, approved by a second person, published or rejected.

A proposal of the schedule belongs to nobody until a person takes it on; only then can another person approve it. Whoever answers for it may
edit it: each edit is a revision of its own, and the revisions before it stay on record.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.places.model import PlaceKind
from pricing.demand.waves import Lot
from pricing.optimizer.comparison import Comparison
from pricing.optimizer.model import Staggering
from pricing.rates.model import RateLine

SOURCE: Final = "pricing.proposals"
"""Of the events about proposals, what came of them, and the policies that they follow."""
ProposalState = Literal["proposed", "approved", "rejected", "published"]
ALL_DAYS: Final = "all"
"""Day type of tables whose lines do not tell days apart."""
HOUR_S: Final = 3600


class ProposalUnknownError(NotFoundError):
    code = "proposal_unknown"


class ProposalDecidedError(ConflictError):
    """The proposal is not in the state that this step begins from; `fields` has the state."""

    code = "proposal_state"


class ProposalChangedError(ConflictError):
    """It was edited since the caller saw it; `fields` has the revision that stands."""

    code = "proposal_changed"


class TwoPersonsError(ConflictError):
    """One person alone never puts a price into force."""

    code = "two_persons_needed"


CellKey = tuple[str, PlaceKind, str, str]
"""Zone, kind of place, day type and band."""


@dataclass(frozen=True, kw_only=True)
class ProposalCell:
    """One price that may move. Prices are minor units an hour, shares 0 to 1, `hours` were measured."""

    zone_id: str
    kind: PlaceKind
    day_type: str
    band: str
    rate_table_id: str
    version: int
    rule_id: str
    unit_s: int
    price_document_id: str
    price_now: int
    price_proposed: int
    rule_price: int
    occupancy: float
    full_share: float
    hours: float
    spaces: int
    expected_occupancy: float
    expected_low: float
    expected_high: float
    binding: tuple[str, ...]
    reason: str

    @property
    def key(self) -> CellKey:
        return self.zone_id, self.kind, self.day_type, self.band

    @property
    def moves(self) -> bool:
        return self.price_proposed != self.price_now

    @property
    def unit_price_proposed(self) -> int:
        return unit_price(self.price_proposed, self.unit_s)


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A person's word on one price: another unit price, or None for the one in force, which freezes the cell."""

    zone_id: str
    kind: PlaceKind
    day_type: str
    band: str
    unit_price: int | None

    @property
    def key(self) -> CellKey:
        return self.zone_id, self.kind, self.day_type, self.band


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One version of a proposal: who made it of which edits, why, and what is expected of it beside the rules."""

    number: int
    made_by: str | None
    """None is the schedule."""
    made_at: datetime
    reason: str | None = None
    edits: tuple[Edit, ...] = ()
    """All that hold in it, those of revisions before it included."""
    comparison: Comparison | None = None
    """None where nothing was solved: prices that go back are those of before."""
    gap: float = 0.0
    """By how much, as a share of their cost, the prices can be dearer than the best."""


@dataclass(frozen=True, kw_only=True)
class Lottery:
    """One draw; without lots where it was called off before it."""

    stagger: Staggering
    seed: int
    after: date
    """The seed and this day, the first of the period that was reviewed, draw the same again."""
    lots: tuple[Lot, ...]
    is_called_off: bool = False
    """No prices obey all limits while all zones that would be drawn keep theirs; all move at once."""

    @property
    def waiting(self) -> frozenset[str]:
        return frozenset(lot.key.zone_id for lot in self.lots if not lot.is_now)

    @property
    def moving(self) -> frozenset[str]:
        return frozenset(lot.key.zone_id for lot in self.lots if lot.is_now)


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A place of which nothing could be proposed. `reason` is a stable word."""

    zone_id: str
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PublishedVersion:
    """A version of a rate table that came out of a proposal, and its zones."""

    rate_table_id: str
    version: int
    zone_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """`prepared_by` answers for it, `approved_by` is another person; both stay on record."""

    proposal_id: str
    state: ProposalState
    method: str
    """`rule` or `optimizer`, whosever prices they are; `go_back` for prices of before."""
    because: str
    """Why it is this method's: `pricing.optimizer.comparison.Because`, `solver_gave_up`, or `taken_back`."""
    period_start: datetime
    period_end: datetime
    policy: dict[str, Any]
    skipped: tuple[Skipped, ...]
    proposed_at: datetime
    cells: tuple[ProposalCell, ...] = ()
    """Of the newest revision."""
    revisions: tuple[Revision, ...] = ()
    """Oldest first; empty where only the decision was read, as in a list."""
    revision: int = 1
    lottery: Lottery | None = None
    """None where all moves take effect at once and nothing was drawn, and where only the decision was read."""
    takes_back: str | None = None
    """The published proposal whose former prices these are."""
    prepared_by: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    effective_from: datetime | None = None
    published_by: str | None = None
    published_at: datetime | None = None
    published_versions: tuple[PublishedVersion, ...] = ()
    rejected_by: str | None = None
    rejected_at: datetime | None = None
    rejected_because: str | None = None

    @property
    def notice_working_days(self) -> int:
        """What the review policy asks for beside the law; prices that go back follow the law alone."""
        days: int = self.policy.get("notice_working_days", 0)
        return days

    @property
    def zone_ids(self) -> tuple[str, ...]:
        return tuple(sorted({cell.zone_id for cell in self.cells}))

    def must_be(self, *states: ProposalState) -> None:
        """Raise `ProposalDecidedError` in any other state."""
        if self.state not in states:
            raise ProposalDecidedError(
                f"the proposal is {self.state}, this needs {' or '.join(states)}", fields={"state": self.state}
            )


def price_an_hour(line: RateLine) -> int | None:
    """Minor units an hour of a timed line; None when that is no whole number or the line is not timed."""
    if line.unit_s is None or (line.unit_price * HOUR_S) % line.unit_s:
        return None
    return line.unit_price * HOUR_S // line.unit_s


def unit_price(an_hour: int, unit_s: int) -> int:
    """Turn a price an hour back; raises `InvalidInputError` (`price_does_not_divide`)."""
    if (an_hour * unit_s) % HOUR_S:
        raise InvalidInputError(
            f"{an_hour} an hour is no whole price for {unit_s // 60} minutes", code="price_does_not_divide"
        )
    return an_hour * unit_s // HOUR_S


def band_of(line: RateLine) -> str:
    """`07:00-19:00`, local time."""
    return f"{line.start:%H:%M}-{line.end:%H:%M}"
