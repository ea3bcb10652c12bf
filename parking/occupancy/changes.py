"""Which moves of a space are told to those who follow it, and in which words. Pure."""

from typing import Final

from parking.domain.clock import from_micros
from parking.events.space import PublicStatus, SpaceStateChanged
from parking.occupancy.evidence import Observation
from parking.occupancy.model import SpaceChange, SpaceState

RESTATEMENTS: Final = frozenset({"restate", "startup"})
TESTIMONY: Final = "testimony"
"""What a change rests on that a person or a plate reader told: it moves no stay."""
_WITNESSES: Final = frozenset({"gate", "payment", "attendant"})
REMOVED: Final = "removed"
"""The reason of the last change of a space that left the inventory."""


def is_told(before: SpaceState, after: SpaceState, item: Observation) -> bool:
    """Whether a reading that the state now rests on says more than that all is as it was."""
    if before.belief != after.belief or before.reason != after.reason:
        return True
    return (item.previous_s is not None and item.kind == "change") or _is_seconded(before, after)


def rests_on_word(state: SpaceState) -> bool:
    """Whether a space is taken on a person's word alone, where nobody would have said that it is free."""
    is_word = state.evidence == TESTIMONY or state.source in _WITNESSES
    return is_word and state.belief == "occupied" and state.confidence is None


def change_of(
    space_id: str,
    before: SpaceState | None,
    after: SpaceState,
    at: int,
    *,
    evidence: str | None = None,
    previous_s: tuple[int, int] | None = None,
) -> SpaceChange:
    """The move of a space as it is published at `at`; `evidence` where it was no reading that moved it."""
    spoken = after.evidence != "silence"
    return SpaceChange(
        space_id,
        after.zone_id,
        after.status,
        "unknown" if before is None else before.status,
        at if after.since is None else after.since,
        after.observed_at if spoken else None,
        at,
        evidence or (TESTIMONY if after.source in _WITNESSES and spoken else after.evidence) or "inventory",
        after.device_id if spoken else None,
        after.confidence if spoken else None,
        after.reason,
        after.belief,
        grounds_at=None if before is None else before.observed_at,
        in_service=after.in_service,
        closed_until=after.closed_until,
        closed_for=after.closed_for,
        turned_after=after.turned_after,
        previous_s=previous_s,
    )


def removal_of(space_id: str, zone_id: str, status: PublicStatus, at: int) -> SpaceChange:
    """That a space, which was of that status, has left the inventory."""
    return SpaceChange(
        space_id,
        zone_id,
        "unknown",
        status,
        at,
        None,
        at,
        "inventory",
        None,
        None,
        REMOVED,
        "unknown",
        True,
    )


def space_fact(change: SpaceChange) -> SpaceStateChanged:
    """The change as an event."""
    return SpaceStateChanged(
        space_id=change.space_id,
        zone_id=change.zone_id,
        status=change.status,
        previous_status=change.previous_status,
        since=from_micros(change.since),
        observed_at=None if change.observed_at is None else from_micros(change.observed_at),
        evidence=change.evidence,
        device_id=change.device_id,
        confidence=change.confidence,
        reason=change.closed_for or change.reason,
        belief=change.belief,
        grounds_at=None if change.grounds_at is None else from_micros(change.grounds_at),
        turned_after=None if change.turned_after is None else from_micros(change.turned_after),
        previous_s=change.previous_s,
    )


def _is_seconded(before: SpaceState, after: SpaceState) -> bool:
    """Whether this is the first word that agrees with a restatement which moved the belief: it is told once, because
    two that agree tell of a lost change frame, and one alone opens or closes no stay (devices.md 5.3). So does a change
    frame that follows the restatement.
    """
    return (
        before.evidence in RESTATEMENTS
        and before.observed_at is not None
        and before.observed_at == before.since
        and after.observed_at is not None
        and (after.observed_at > before.observed_at or after.evidence == "change")
        and after.belief != "unknown"
    )
