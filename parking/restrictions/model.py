"""A restriction and how several over one space become one: pure values and rules.

Contract K1 of `../shared/reference/city.md` section 0: windows, a reason, an authority, a severity. Of restrictions that
overlap the strictest is the one that shows, and releasing one leaves the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal

from parking.events.restriction import Severity

ReleaseCause = Literal["ended", "withdrawn", "module_disabled"]
STRICTNESS: Final[dict[Severity, int]] = {"advisory": 0, "no_new_entry": 1, "clear_out": 2, "tow": 3}
OPERATOR: Final = "operator"
"""The requester of what a person entered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restriction:
    """Spaces and a half-open window `[start, end)`; an advisory is a notice and closes nothing."""

    restriction_id: str
    requester: str
    space_ids: tuple[str, ...]
    start: datetime
    end: datetime
    severity: Severity
    reason: str
    authority: str
    permit: str | None = None
    stops_charging: bool = True
    released_at: datetime | None = None
    release_cause: ReleaseCause | None = None

    @property
    def holds(self) -> bool:
        """Whether nobody has released it; whether its window is open now is another question."""
        return self.released_at is None

    @property
    def closes(self) -> bool:
        return self.severity != "advisory"


@dataclass(frozen=True, slots=True)
class Closure:
    """Over `[start, end)` a space may not be entered, for `reason`."""

    space_id: str
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Interval:
    """Over `[start, end)` nothing is charged, for `reason`."""

    start: datetime
    end: datetime
    reason: str


def closures_of(space_id: str, restrictions: Iterable[Restriction]) -> list[Closure]:
    """The windows over a space cut into pieces that do not overlap, in order; of several the strictest gives the reason.

    Equally strict ones are told apart by the later end and then by id, so that the outcome does not depend on order.
    Neighbours of one reason are one closure.
    """
    standing = [item for item in restrictions if item.closes and item.holds]
    edges = sorted({instant for item in standing for instant in (item.start, item.end)})
    found: list[Closure] = []
    for start, end in pairwise(edges):
        over = [item for item in standing if item.start <= start and end <= item.end]
        if not over:
            continue
        reason = max(over, key=_rank).reason
        if found and found[-1].end == start and found[-1].reason == reason:
            start = found.pop().start  # noqa: PLW2901 - the piece grows to the left
        found.append(Closure(space_id, start, end, reason))
    return found


def free_of_charge(restrictions: Iterable[Restriction], start: datetime, end: datetime) -> list[Interval]:
    """The parts of `[start, end)` in which a space does not charge, in order and without overlap.

    A restriction that was released early stopped charging until then. Where several hold the one that began first gives
    the reason; neighbours of one reason are one.
    """
    cuts = sorted(
        (max(item.start, start), min(_ended(item), end), item.reason)
        for item in restrictions
        if item.closes and item.stops_charging
    )
    found: list[Interval] = []
    for begin, finish, reason in cuts:
        low = max(begin, found[-1].end) if found else begin
        if low >= finish:
            continue
        if found and found[-1].end == low and found[-1].reason == reason:
            low = found.pop().start
        found.append(Interval(low, finish, reason))
    return found


def same_request(one: Restriction, other: Restriction) -> bool:
    """Whether two ask for the same, so that the second changes nothing."""
    return _asked(one) == _asked(other)


def _asked(item: Restriction) -> Sequence[object]:
    return (
        item.requester,
        sorted(item.space_ids),
        item.start,
        item.end,
        item.severity,
        item.reason,
        item.authority,
        item.permit,
        item.stops_charging,
    )


def _rank(item: Restriction) -> tuple[int, datetime, str]:
    return STRICTNESS[item.severity], item.end, item.restriction_id


def _ended(item: Restriction) -> datetime:
    return item.end if item.released_at is None else min(item.end, item.released_at)
