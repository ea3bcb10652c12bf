"""The stays of a space told anew because evidence came out of order, and what becomes of those that were told before. Pure.

Whose a stay is survives: a stay that is somebody's becomes the part in which it was claimed, the others the part that began
when they began, else the one they share most time with. What people said of a stay goes with the part in which they said it.
Doubt favours the driver throughout, as in `following.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parking.events.space import SpaceStateChanged
from parking.sessions.following import SENSOR_ACCURACY, follow
from parking.sessions.model import ParkingSession, Proof


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What differs from what was told before."""

    changed: tuple[tuple[ParkingSession, ParkingSession], ...]
    """Each stay as it was and as it is."""
    begun: tuple[ParkingSession, ...]
    """Stays that nobody had heard of, open or ended, oldest first."""
    withdrawn: tuple[ParkingSession, ...]
    """Stays that never were, as they were told."""


def stays_of(
    facts: Iterable[tuple[SpaceStateChanged, datetime]],
    *,
    after: datetime | None,
    new_id: Callable[[], str],
    accuracy: timedelta = SENSOR_ACCURACY,
) -> list[ParkingSession]:
    """The stays that a space's changes tell, oldest first; what happened up to `after` is over and opens none."""
    over: list[ParkingSession] = []
    stay: ParkingSession | None = None
    for fact, happened_at in facts:
        if after is not None and (fact.observed_at or happened_at) <= after:
            continue
        moved = follow(stay, fact, happened_at, new_id=new_id, accuracy=accuracy)
        stay = None
        for each in (moved.before, moved.begun):
            if each is not None and each.state == "ended":
                over.append(each)
            elif each is not None:
                stay = each
    return over if stay is None else [*over, stay]


def revise(existing: Sequence[ParkingSession], told: Sequence[ParkingSession]) -> Revision:
    """Bring what is known of the stays of a space to what is told of them now; both oldest first."""
    kept: dict[int, ParkingSession] = {}
    withdrawn: list[ParkingSession] = []
    for stay in sorted(existing, key=lambda stay: (stay.claimed_at is None, stay.started_at)):
        place = _part_of(stay, told, kept)
        if place is None:
            withdrawn.append(stay)
        else:
            kept[place] = stay
    words = [(proof, stay) for stay in existing for proof in stay.evidence if proof.source != "sensor"]
    changed: list[tuple[ParkingSession, ParkingSession]] = []
    begun: list[ParkingSession] = []
    for number, part in enumerate(told):
        said = tuple(proof for proof, stay in words if _place_of(proof, stay, told, kept) == number)
        standing = kept.get(number)
        if standing is None:
            begun.append(replace(part, evidence=_in_time(part.evidence, said)))
            continue
        revised = _as_told(standing, part, said)
        if _essence(revised) != _essence(standing):
            changed.append((standing, revised))
    return Revision(changed=tuple(changed), begun=tuple(begun), withdrawn=tuple(withdrawn))


def nothing_of(stay: ParkingSession, at: datetime) -> ParkingSession:
    """A stay that never was: it lasts no time and says so."""
    proof = Proof(at, "withdrawn", "sensor", "history")
    return replace(
        stay,
        state="ended",
        ended_at=stay.started_at,
        ended_earliest=stay.started_at,
        ended_latest=stay.started_at,
        end_source=stay.end_source or "sensor",
        paused_at=None,
        pause_reason=None,
        gaps=(),
        evidence=(*stay.evidence, proof),
    )


def is_withdrawn(stay: ParkingSession) -> bool:
    """Whether it was found never to have been."""
    return any(proof.what == "withdrawn" for proof in stay.evidence)


def _part_of(stay: ParkingSession, told: Sequence[ParkingSession], taken: dict[int, ParkingSession]) -> int | None:
    free = [number for number in range(len(told)) if number not in taken]
    if stay.claimed_at is not None:
        begun = [number for number in free if told[number].started_earliest <= stay.claimed_at]
        if begun and _shared(stay, told[begun[-1]]) is not None:
            return begun[-1]
    same = [number for number in free if told[number].started_at == stay.started_at]
    if same:
        return same[0]
    sharing = [(shared, -number) for number in free if (shared := _shared(stay, told[number])) is not None]
    return -max(sharing)[1] if sharing else None


def _shared(one: ParkingSession, other: ParkingSession) -> timedelta | None:
    """How much time two stays may have in common; None where they cannot have any."""
    ends = [end for end in (one.ended_latest, other.ended_latest) if end is not None]
    start = max(one.started_earliest, other.started_earliest)
    end = min(ends) if ends else max(one.started_at, other.started_at, start)
    return end - start if end >= start else None


def _place_of(
    proof: Proof, stay: ParkingSession, told: Sequence[ParkingSession], kept: dict[int, ParkingSession]
) -> int | None:
    """The part in which a person said something, else the one before it, else the one that the stay has become."""
    begun = [number for number, part in enumerate(told) if part.started_earliest <= proof.at]
    if begun:
        return begun[-1]
    return next((number for number, standing in kept.items() if standing is stay), None)


def _as_told(standing: ParkingSession, part: ParkingSession, said: tuple[Proof, ...]) -> ParkingSession:
    return replace(
        part,
        session_id=standing.session_id,
        vehicle_class=standing.vehicle_class,
        energy=standing.energy,
        plate_token=standing.plate_token,
        claimed_at=standing.claimed_at,
        evidence=_in_time(part.evidence, said),
    )


def _in_time(sensed: tuple[Proof, ...], said: tuple[Proof, ...]) -> tuple[Proof, ...]:
    return tuple(sorted((*sensed, *said), key=lambda proof: proof.at)) if said else sensed


def _essence(stay: ParkingSession) -> ParkingSession:
    """What counts of a stay; by which of several words the same was known does not."""
    return replace(stay, evidence=tuple(proof for proof in stay.evidence if proof.source != "sensor"))
