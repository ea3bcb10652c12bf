"""What one may do with restrictions. Every use case runs in the caller's transaction and ends none.

What closes or opens spaces gives their zones a new revision, by which the engine hears of it; from then on the engine
opens and closes by its own clock, whoever else is alive.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.events.fact import Fact
from parking.events.place import PlaceChanged
from parking.events.restriction import RestrictionApplied, RestrictionReleased, RestrictionRequested
from parking.places.repository import changes
from parking.restrictions import repository
from parking.restrictions.model import Interval, ReleaseCause, Restriction, free_of_charge, same_request

SOURCE: Final = "parking.restrictions"
LONGEST: Final = timedelta(days=366)
"""A window beyond this would be open in all but name."""


async def apply(session: AsyncSession, wanted: RestrictionRequested, *, at: datetime) -> Restriction:
    """Let a requested restriction stand; asked again with the same id and content it changes nothing.

    Raises `InvalidInputError` (`window_invalid`, `window_past`, `window_too_long`, `spaces_missing`), `NotFoundError`
    (`place_unknown`), `ConflictError` (`restriction_id_taken`) when the id stands for something else.
    """
    _check_window(wanted, at)
    await repository.lock(session, wanted.restriction_id)
    known = await repository.find(session, wanted.restriction_id)
    if known is not None:
        if not _repeats(wanted, known):
            raise ConflictError(f"{wanted.restriction_id} stands for another restriction", code="restriction_id_taken")
        return known
    item = _restriction(wanted, await _spaces(session, wanted))
    await changes.lock_inventory(session)
    await repository.add(session, item, at)
    await _tell(session, [item], [_applied(item)], at)
    return item


async def release(
    session: AsyncSession, restriction_id: str, *, requester: str, at: datetime, cause: ReleaseCause = "withdrawn"
) -> None:
    """Give the spaces back; what is released already stays as it is.

    Raises `NotFoundError` (`restriction_unknown`), also for one of another requester.
    """
    await repository.lock(session, restriction_id)
    known = await repository.find(session, restriction_id)
    if known is None or known.requester != requester:
        raise NotFoundError(f"{requester} has no restriction {restriction_id}", code="restriction_unknown")
    if known.holds:
        await _release(session, [known], at, cause)


async def release_all(session: AsyncSession, requester: str, *, at: datetime) -> int:
    """Give back everything that a requester holds, because it was switched off; how many restrictions that was."""
    held = await repository.all_of(session, requester)
    await _release(session, held, at, "module_disabled")
    return len(held)


async def reinstate(session: AsyncSession, requester: str, *, at: datetime) -> int:
    """Let stand again what `release_all` took and what would not be over; how many restrictions that was."""
    taken = await repository.taken_from(session, requester, at)
    if taken:
        await changes.lock_inventory(session)
        await repository.mark_applied(session, [item.restriction_id for item in taken])
        await _tell(session, taken, [_applied(item) for item in taken], at)
    return len(taken)


async def release_ended(session: AsyncSession, *, at: datetime) -> int:
    """Write down what is over; the engine has opened the spaces at the end of the window, whether or not this ran."""
    over = await repository.ended(session, at)
    if over:
        await repository.mark_released(session, [item.restriction_id for item in over], at, "ended")
        await outbox.write(session, *(_released(item, item.end, "ended") for item in over), source=SOURCE, at=at)
    return len(over)


async def uncharged_intervals(session: AsyncSession, space_id: str, start: datetime, end: datetime) -> list[Interval]:
    """The parts of `[start, end)` in which the space does not charge, and why: in order, apart, half-open."""
    if end <= start:
        return []
    return free_of_charge(await repository.over_space(session, space_id, start, end), start, end)


async def standing(
    session: AsyncSession, *, at: datetime, zone_ids: Collection[str] | None = None
) -> list[Restriction]:
    """Restrictions that are not over, advisories included, in order of their start."""
    return await repository.standing(session, at, zone_ids=zone_ids)


def _check_window(wanted: RestrictionRequested, at: datetime) -> None:
    if wanted.start.tzinfo is None or wanted.end.tzinfo is None or wanted.end <= wanted.start:
        raise InvalidInputError("a window ends after it starts, both with a time zone", code="window_invalid")
    if wanted.end <= at:
        raise InvalidInputError("the window is over", code="window_past")
    if wanted.end - wanted.start > LONGEST:
        raise InvalidInputError(f"a window has {LONGEST.days} days at most", code="window_too_long")


async def _spaces(session: AsyncSession, wanted: RestrictionRequested) -> tuple[str, ...]:
    inside, unknown = await repository.spaces_within(session, wanted.segment_ids, wanted.zone_ids)
    known = await repository.zones_of(session, wanted.space_ids)
    unknown += sorted(set(wanted.space_ids) - known.keys())
    if unknown:
        raise NotFoundError(f"there is no {', '.join(unknown[:5])}", code="place_unknown")
    spaces = tuple(sorted({*inside, *wanted.space_ids}))
    if not spaces:
        raise InvalidInputError("a restriction needs at least one space", code="spaces_missing")
    return spaces


def _restriction(wanted: RestrictionRequested, space_ids: tuple[str, ...]) -> Restriction:
    return Restriction(
        restriction_id=wanted.restriction_id,
        requester=wanted.requester,
        space_ids=space_ids,
        start=wanted.start,
        end=wanted.end,
        severity=wanted.severity,
        reason=wanted.reason,
        authority=wanted.authority,
        permit=wanted.permit,
        stops_charging=wanted.stops_charging,
    )


def _repeats(wanted: RestrictionRequested, known: Restriction) -> bool:
    """The spaces of a named street may have changed since; those named one by one may not."""
    return set(wanted.space_ids) <= set(known.space_ids) and same_request(_restriction(wanted, known.space_ids), known)


async def _release(session: AsyncSession, items: Sequence[Restriction], at: datetime, cause: ReleaseCause) -> None:
    if not items:
        return
    await changes.lock_inventory(session)
    await repository.mark_released(session, [item.restriction_id for item in items], at, cause)
    gone = [replace(item, released_at=min(at, item.end), release_cause=cause) for item in items]
    await _tell(session, gone, [_released(item, min(at, item.end), cause) for item in items], at)


async def _tell(session: AsyncSession, items: Iterable[Restriction], facts: Sequence[Fact], at: datetime) -> None:
    """Say it on the bus, and give the zones of closed or opened spaces a new revision."""
    touched = [space_id for item in items if item.closes for space_id in item.space_ids]
    zone_ids = sorted(set((await repository.zones_of(session, touched)).values()))
    places = [
        PlaceChanged(zone_id=zone.zone_id, district_id=zone.district_id, revision=zone.revision, capacity=zone.capacity)
        for zone in await changes.renew_zones(session, zone_ids, None)
    ]
    await outbox.write(session, *facts, *places, source=SOURCE, at=at)


def _applied(item: Restriction) -> RestrictionApplied:
    return RestrictionApplied(
        restriction_id=item.restriction_id,
        requester=item.requester,
        space_ids=item.space_ids,
        start=item.start,
        end=item.end,
        severity=item.severity,
        reason=item.reason,
    )


def _released(item: Restriction, at: datetime, cause: ReleaseCause) -> RestrictionReleased:
    return RestrictionReleased(
        restriction_id=item.restriction_id, requester=item.requester, released_at=at, cause=cause
    )
