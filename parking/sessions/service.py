"""What one may do with stays. Every use case runs in the caller's transaction and ends none; its events too.

A space has one open stay at most: to start a stay where one is open is to claim that one.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.events.session import SessionClaimed, SessionEnded, SessionSource, SessionStarted
from parking.privacy.vault import SealedPlate
from parking.sessions import moves, repository
from parking.sessions.ids import new_session_id
from parking.sessions.model import Energy, ParkingSession, Proof, VehicleClass

SOURCE: Final = "parking.sessions"
CLOCK_SKEW: Final = timedelta(minutes=2)
"""How far the clock of a terminal may be ahead of ours."""
LOST_AFTER: Final = timedelta(hours=24)
"""An open stay without evidence for so long is ended at its last evidence; nothing is charged for the silence."""
UNDECIDED_AFTER: Final = timedelta(days=30)
"""So long a person may take to decide what became of a stay that only people told of."""
_LOST_BATCH: Final = 500


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The stay that a start led to, and how."""

    stay: ParkingSession
    outcome: Literal["started", "claimed", "existing"]


async def start(
    session: AsyncSession,
    *,
    space_id: str,
    started_at: datetime,
    source: SessionSource,
    now: datetime,
    plate: SealedPlate | None = None,
    vehicle_class: VehicleClass = "small",
    energy: Energy | None = None,
    by: str | None = None,
) -> Begun:
    """Start a stay, or claim the open one on the space, or find that it is the plate's own already.

    Raises NotFoundError `space_unknown`, InvalidInputError `starts_in_future`, ConflictError `space_taken` when the
    open stay belongs to another plate.
    """
    if started_at > now + CLOCK_SKEW:
        raise InvalidInputError("a stay cannot start in the future", code="starts_in_future")
    zone_id = await _locked_zone(session, space_id)
    standing = await repository.open_on(session, space_id, lock=True)
    if standing is not None and _has_left(standing, plate, started_at):
        await _superseded(session, standing, started_at, source, now, by)
        standing = None
    if standing is not None:
        return await _joined(session, standing, plate, vehicle_class, energy, source, now, by)
    stay = _declared(space_id, zone_id, started_at, source, now, by)
    if plate is not None:
        stay = owned(stay, plate, vehicle_class, energy, now)
    else:
        stay = replace(stay, vehicle_class=vehicle_class, energy=energy)
    await repository.add(session, stay)
    await outbox.write(session, started_fact(stay), source=SOURCE, at=now)
    return Begun(stay=stay, outcome="started")


async def claim(
    session: AsyncSession,
    session_id: str,
    *,
    plate: SealedPlate,
    source: SessionSource,
    now: datetime,
    vehicle_class: VehicleClass | None = None,
    energy: Energy | None = None,
    by: str | None = None,
) -> ParkingSession:
    """Give a stay without a plate, open or ended, its plate; the same plate again has no effect.

    Raises NotFoundError `session_unknown`, ConflictError `session_claimed` when another plate has it.
    """
    stay = await for_update(session, session_id)
    if stay.plate_token == plate.token:
        return stay
    if stay.plate_token is not None:
        raise ConflictError("the stay already belongs to another plate", code="session_claimed")
    return await _claimed(session, stay, plate, vehicle_class or stay.vehicle_class, energy, source, now, by)


async def stop(
    session: AsyncSession,
    session_id: str,
    *,
    ended_at: datetime,
    source: SessionSource,
    now: datetime,
    by: str | None = None,
) -> ParkingSession:
    """End a stay; one that has ended is answered as it is, whatever `ended_at` says.

    Raises NotFoundError `session_unknown`, InvalidInputError `ends_in_future`, `ends_before_start`.
    """
    await repository.lock_space(session, (await get(session, session_id)).place_id)
    stay = await for_update(session, session_id)
    if stay.state == "ended":
        return stay
    if ended_at > now + CLOCK_SKEW:
        raise InvalidInputError("a stay cannot end in the future", code="ends_in_future")
    if ended_at < stay.started_earliest:
        raise InvalidInputError("a stay ends after it starts", code="ends_before_start")
    over = moves.ended(stay, ended_at, ended_at, source, Proof(ended_at, "ended", source, by=by))
    await repository.save(session, over)
    await outbox.write(session, ended_fact(over), source=SOURCE, at=now)
    return over


async def record(
    session: AsyncSession,
    *,
    space_id: str,
    started_at: datetime,
    ended_at: datetime,
    source: SessionSource,
    now: datetime,
    plate: SealedPlate | None = None,
    vehicle_class: VehicleClass = "small",
    energy: Energy | None = None,
    by: str | None = None,
) -> Begun:
    """Take in a stay that was over before we heard of it (a terminal without network).

    A stay that the sensor saw in that time and nobody owns is claimed, and ended when it is still open; the plate's own
    is answered as it is. Raises as `start` and `stop` do; ConflictError `space_taken` when another plate has the time.
    """
    if ended_at < started_at:
        raise InvalidInputError("a stay ends after it starts", code="ends_before_start")
    if ended_at > now + CLOCK_SKEW:
        raise InvalidInputError("a stay cannot end in the future", code="ends_in_future")
    zone_id = await _locked_zone(session, space_id)
    shared = await repository.overlapping(session, space_id, started_at, ended_at)
    for standing in shared:
        if _has_left(standing, plate, started_at):
            await _superseded(session, standing, started_at, source, now, by)
    shared = [stay for stay in shared if not _has_left(stay, plate, started_at)]
    if shared:
        joined = await _joined(session, _best(shared, plate), plate, vehicle_class, energy, source, now, by)
        if joined.stay.state == "ended":
            return joined
        over = await stop(session, joined.stay.session_id, ended_at=ended_at, source=source, now=now, by=by)
        return Begun(stay=over, outcome=joined.outcome)
    stay = _declared(space_id, zone_id, started_at, source, now, by)
    stay = moves.ended(stay, ended_at, ended_at, source, Proof(ended_at, "ended", source, by=by))
    stay = replace(stay, vehicle_class=vehicle_class, energy=energy)
    if plate is not None:
        stay = owned(stay, plate, vehicle_class, energy, now)
    await repository.add(session, stay)
    await outbox.write(session, started_fact(stay), ended_fact(stay), source=SOURCE, at=now)
    return Begun(stay=stay, outcome="started")


async def get(session: AsyncSession, session_id: str) -> ParkingSession:
    """Raises NotFoundError `session_unknown`."""
    return _known(await repository.find(session, session_id), session_id)


async def for_update(session: AsyncSession, session_id: str) -> ParkingSession:
    """As `get`, and nobody else changes the stay until the transaction ends."""
    return _known(await repository.find(session, session_id, lock=True), session_id)


async def all_for_update(session: AsyncSession, session_ids: Collection[str]) -> dict[str, ParkingSession]:
    """As `for_update` for several, by their ids; raises NotFoundError `session_unknown` where one is not there."""
    found = {stay.session_id: stay for stay in await repository.hold_all(session, session_ids)}
    return {session_id: _known(found.get(session_id), session_id) for session_id in session_ids}


async def open_on(session: AsyncSession, space_id: str) -> ParkingSession | None:
    """The open stay on a space."""
    return await repository.open_on(session, space_id)


async def latest_on(session: AsyncSession, space_id: str) -> ParkingSession | None:
    """The stay on a space that started last, open or ended."""
    return await repository.latest_on(session, space_id)


async def listed(
    session: AsyncSession,
    *,
    zone_ids: Collection[str] | None = None,
    space_id: str | None = None,
    plate_tokens: Collection[str] | None = None,
    state: str | None = None,
    attributed: bool | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[ParkingSession]:
    """Newest first; `after` is the last `session_id` of the page before, `plate_tokens` as `PlateVault.tokens_of`."""
    return await repository.listed(
        session,
        zone_ids=zone_ids,
        space_id=space_id,
        plate_tokens=plate_tokens,
        state=state,
        attributed=attributed,
        after=after,
        limit=limit,
    )


async def end_lost(session: AsyncSession, now: datetime) -> int:
    """End open stays whose evidence broke off more than `LOST_AFTER` ago, at their last evidence; answers how many.

    One that only people told of waits `UNDECIDED_AFTER` for a person's decision (`parking.sessions.unended`).
    """
    lost = await repository.paused_before(session, now - LOST_AFTER, now - UNDECIDED_AFTER, _LOST_BATCH)
    await repository.lock_places(session, [found.place_id for found in lost])
    for found in lost:
        stay = await for_update(session, found.session_id)
        if stay == found and stay.paused_at is not None:
            over = moves.ended(stay, stay.paused_at, now, "sensor", Proof(now, "ended", "sensor", "silence"))
            await repository.save(session, over)
            await outbox.write(session, ended_fact(over), source=SOURCE, at=now)
    return len(lost)


def started_fact(stay: ParkingSession) -> SessionStarted:
    return SessionStarted(
        session_id=stay.session_id,
        space_id=stay.place_id,
        facility_id=stay.facility_id,
        zone_id=stay.zone_id,
        started_at=stay.started_at,
        source=stay.start_source,
        has_plate=stay.is_attributed,
    )


def ended_fact(stay: ParkingSession) -> SessionEnded:
    """Raises ValueError for a stay that is open."""
    if stay.ended_at is None or stay.end_source is None:
        raise ValueError("an open stay has not ended")
    return SessionEnded(
        session_id=stay.session_id,
        space_id=stay.place_id,
        facility_id=stay.facility_id,
        zone_id=stay.zone_id,
        started_at=stay.started_at,
        ended_at=stay.ended_at,
        source=stay.end_source,
        has_plate=stay.is_attributed,
    )


async def _locked_zone(session: AsyncSession, space_id: str) -> str:
    await repository.lock_space(session, space_id)
    zone_id = await repository.zone_of_space(session, space_id)
    if zone_id is None:
        raise NotFoundError(f"there is no space {space_id}", code="space_unknown")
    return zone_id


def _has_left(standing: ParkingSession, plate: SealedPlate | None, started_at: datetime) -> bool:
    """Nothing was heard of the open stay for long, and now another vehicle says that it stands there."""
    if not standing.is_unheard or plate is None or standing.plate_token == plate.token:
        return False
    return standing.paused_at is not None and standing.paused_at <= started_at


async def _superseded(
    session: AsyncSession, standing: ParkingSession, at: datetime, source: SessionSource, now: datetime, by: str | None
) -> None:
    over = moves.ended(standing, standing.paused_at or at, at, source, Proof(at, "superseded", source, by=by))
    await repository.save(session, over)
    await outbox.write(session, ended_fact(over), source=SOURCE, at=now)


async def _joined(
    session: AsyncSession,
    standing: ParkingSession,
    plate: SealedPlate | None,
    vehicle_class: VehicleClass,
    energy: Energy | None,
    source: SessionSource,
    now: datetime,
    by: str | None,
) -> Begun:
    if plate is None or standing.plate_token == plate.token:
        return Begun(stay=standing, outcome="existing")
    if standing.plate_token is not None:
        raise ConflictError("the stay on this space belongs to another plate", code="space_taken")
    stay = await _claimed(session, standing, plate, vehicle_class, energy, source, now, by)
    return Begun(stay=stay, outcome="claimed")


async def _claimed(
    session: AsyncSession,
    stay: ParkingSession,
    plate: SealedPlate,
    vehicle_class: VehicleClass,
    energy: Energy | None,
    source: SessionSource,
    now: datetime,
    by: str | None,
) -> ParkingSession:
    claimed = owned(stay, plate, vehicle_class, energy, now)
    claimed = replace(claimed, evidence=(*stay.evidence, Proof(now, "claimed", source, by=by)))
    await repository.save(session, claimed)
    fact = SessionClaimed(
        session_id=stay.session_id,
        space_id=stay.place_id,
        facility_id=stay.facility_id,
        zone_id=stay.zone_id,
        claimed_at=now,
        source=source,
    )
    await outbox.write(session, fact, source=SOURCE, at=now)
    return claimed


def owned(
    stay: ParkingSession, plate: SealedPlate, vehicle_class: VehicleClass, energy: Energy | None, now: datetime
) -> ParkingSession:
    """The stay as this vehicle's; without an energy the form of the plate tells it."""
    known: Energy = "nev" if plate.is_new_energy else "fuel"
    return replace(
        stay,
        plate_token=plate.token,
        claimed_at=now,
        vehicle_class=vehicle_class,
        energy=energy or stay.energy or known,
    )


def _declared(
    space_id: str, zone_id: str, started_at: datetime, source: SessionSource, now: datetime, by: str | None
) -> ParkingSession:
    return moves.begun(
        session_id=new_session_id(now),
        space_id=space_id,
        zone_id=zone_id,
        earliest=started_at,
        latest=started_at,
        source=source,
        proof=Proof(started_at, "started", source, by=by),
    )


def _best(shared: list[ParkingSession], plate: SealedPlate | None) -> ParkingSession:
    """Of several stays in the time of a recorded one: the plate's own, else one without a plate, else the first."""
    own = [stay for stay in shared if plate is not None and stay.plate_token == plate.token]
    free = [stay for stay in shared if stay.plate_token is None]
    return (own or free or shared)[0]


def _known(stay: ParkingSession | None, session_id: str) -> ParkingSession:
    if stay is None:
        raise NotFoundError(f"there is no stay {session_id}", code="session_unknown")
    return stay
