"""What is known of a vehicle or a space at an instant, and whether it is covered: pure.

Helsinki's parkkihubi answers in this way: is it allowed, until when, and what has just run out. Zero is a value, None is
ignorance: a space alone does not tell who stands there, so it is never called uncovered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from parking.rights.model import PermitKind

Basis = Literal["session", "permit", "reservation", "grace"]
Outcome = Literal["covered", "not_covered", "unknown"]
Whose = Literal["this_vehicle", "other_vehicle", "unattributed", "not_asked"]


@dataclass(frozen=True, kw_only=True)
class CheckRules:
    """Of the city: how long after an end a vehicle still counts as covered, and how far back an inspector may ask."""

    grace: timedelta = timedelta(minutes=10)
    look_back: timedelta = timedelta(minutes=60)
    just_ended: timedelta = timedelta(minutes=15)
    """How long after its end a stay is still told of."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The space asked about."""

    space_id: str
    zone_id: str
    facility_id: str | None
    district_id: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """By the tokens of a plate (several while its key is being changed), by a space, or by both."""

    tokens: tuple[str, ...]
    space_id: str | None
    at: datetime
    asked_now: datetime
    actor: str
    district_id: str | None
    """Limits what is told to one district."""


@dataclass(frozen=True, kw_only=True)
class StayFact:
    """A stay that was running at the instant or had just ended."""

    session_id: str
    space_id: str | None
    facility_id: str | None
    """Set for a stay at a facility as a whole."""
    zone_id: str
    started_at: datetime
    over_at: datetime | None
    """The latest possible end; None while it runs."""
    whose: Whose
    paid_at: datetime | None
    """Of the newest payment; None tells nothing about what is owed."""

    longest_until: datetime | None = None
    """When the longest stay of its place is over; None where the place has none."""

    def overstays(self, at: datetime) -> bool:
        """A fact of time alone: a permit or a reservation told beside it may allow more."""
        return self.longest_until is not None and self.runs(at) and at > self.longest_until

    def runs(self, at: datetime) -> bool:
        return self.over_at is None or at < self.over_at


@dataclass(frozen=True, kw_only=True)
class PermitFact:
    """A permit of the vehicle; `here` is None where no space was asked about."""

    kind: PermitKind
    exempt_class: str | None
    zone_ids: tuple[str, ...]
    facility_ids: tuple[str, ...]
    until: datetime | None
    here: bool | None


@dataclass(frozen=True, kw_only=True)
class ReservationFact:
    """A reservation that holds at the instant."""

    space_id: str
    start: datetime
    end: datetime
    whose: Whose


@dataclass(frozen=True, kw_only=True)
class ListingFact:
    """An authority has excluded the vehicle from permits and reservations."""

    authority: str
    legal_basis: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class SharedFact:
    """The space is shared with the public in hours; `until` of those that are open at the instant, None when closed."""

    until: datetime | None


@dataclass(kw_only=True)
class Facts:
    """Everything that was found for one question."""

    place: Place | None = None
    stays: list[StayFact] = field(default_factory=list)
    permits: list[PermitFact] = field(default_factory=list)
    reservations: list[ReservationFact] = field(default_factory=list)
    listings: list[ListingFact] = field(default_factory=list)
    shared: SharedFact | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`covered` None: it depends on what was not asked or is not known."""

    covered: bool | None
    basis: Basis | None = None
    until: datetime | None = None

    @property
    def outcome(self) -> Outcome:
        return "unknown" if self.covered is None else "covered" if self.covered else "not_covered"


def verdict(question: Question, facts: Facts, rules: CheckRules) -> Verdict:
    """Whatever covers the vehicle longest decides within one basis; of bases the first in this order: stay, permit,
    reservation, grace after a stay.
    """
    own = [stay for stay in facts.stays if _counts(stay, facts.place)]
    if any(stay.runs(question.at) for stay in own):
        return Verdict(covered=True, basis="session")
    permits = [item.until for item in facts.permits if item.here or not (item.zone_ids or item.facility_ids)]
    if permits:
        return Verdict(covered=True, basis="permit", until=_longest(permits))
    kept = [item.end for item in facts.reservations if item.whose == "this_vehicle"]
    if kept and facts.place is not None:
        return Verdict(covered=True, basis="reservation", until=max(kept))
    ends = [stay.over_at + rules.grace for stay in own if stay.over_at is not None]
    if ends and question.at < max(ends):
        return Verdict(covered=True, basis="grace", until=max(ends))
    depends_on_place = facts.place is None and bool(facts.permits or kept)
    return Verdict(covered=None if depends_on_place or not question.tokens else False)


def _counts(stay: StayFact, place: Place | None) -> bool:
    """A driver who typed a neighbouring space's number is no offender: the stay counts in its whole zone.

    What a gate saw counts inside that gate: whoever stands at the kerb beside it has come out unseen.
    """
    if stay.whose == "other_vehicle":
        return False
    if stay.facility_id is not None:
        return place is None or place.facility_id == stay.facility_id
    return place is None or stay.space_id == place.space_id or stay.zone_id == place.zone_id


def _longest(ends: Sequence[datetime | None]) -> datetime | None:
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None
