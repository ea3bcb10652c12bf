"""The way back in an emergency: a version goes out of force now, and the one before it in each place is back.

Running stays keep the prices of their entry, and no closed bill is touched. A version that was planned to follow is taken back as
well; it is published anew when the emergency is over.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, NotFoundError
from parking.events.tariff import TariffReverted
from parking.places.repository.changes import announce
from parking.places.service import REGISTRY_CHANNEL
from pricing.rates import assignments, audit, repository, signs
from pricing.rates.assignments import Assignment
from pricing.rates.service import version_of
from pricing.rates.signs import NOTICE, SOURCE
from pricing.rates.tables import RateRevertRow


async def revert(
    session: AsyncSession,
    rate_table_id: str,
    version: int,
    *,
    by: str,
    at: datetime,
    reason: str,
    await_signs: bool,
    second: str | None = None,
    zone_ids: tuple[str, ...] | None = None,
) -> int:
    """Take a version out of force now in the zones (None: wherever it is); the id of the revert.

    With `await_signs` the version goes on in each place until its old sign is back, as the street must say what is charged;
    without, the signs are covered and the prices before hold at once. `second` is the second person; None is an emergency,
    which `confirm` completes. Raises `NotFoundError` (`rate_version_unknown`), `ConflictError` (`rate_not_in_force`,
    `nothing_to_revert_to`, `two_persons_needed`).
    """
    await repository.lock_rates(session)
    found = await version_of(session, rate_table_id, version)
    if second == by:
        raise ConflictError("the second person is another person", code="two_persons_needed")
    present = [
        one
        for one in await assignments.of_version(session, rate_table_id, version)
        if one.begins < at and (one.ends is None or at < one.ends) and (zone_ids is None or one.zone_id in zone_ids)
    ]
    if not present:
        raise ConflictError(f"{found.name} is not in force there", code="rate_not_in_force")
    followers = await _before(session, present)
    for one in await assignments.coming(session, {one.zone_id for one in present}, at):
        if one.place in followers:
            await assignments.cancel(session, one, at)
    made: list[int] = []
    for one in present:
        made += await assignments.assign(session, [one.place], followers[one.place].name, at, await_signs=await_signs)
    await signs.keep_never_replaced(session, made, at=at)
    await signs.open_tasks(session, made, at=at)
    zones = tuple(sorted({one.zone_id for one in present}))
    revert_id = await _write(session, found.table.rate_table_id, version, zones, by=by, at=at, reason=reason)
    details = {
        "revert": revert_id,
        "zones": list(zones),
        "second": second,
        "await_signs": await_signs,
        "back": sorted({f"{one.rate_table_id} {one.version}" for one in followers.values()}),
    }
    await audit.record(session, "rate.reverted", by=by, at=at, table=found.table, reason=reason, details=details)
    fact = TariffReverted(rate_table_id=rate_table_id, version=version, zone_ids=zones, reverted_at=at, reason=reason)
    await outbox.write(session, fact, source=SOURCE, at=at)
    await announce(session, REGISTRY_CHANNEL, NOTICE)
    if second is not None:
        await confirm(session, revert_id, by=second, at=at)
    return revert_id


async def confirm(session: AsyncSession, revert_id: int, *, by: str, at: datetime) -> None:
    """The second person agrees afterwards; new versions may be published in its zones again.

    Raises `NotFoundError` (`revert_unknown`), `ConflictError` (`revert_confirmed`, `two_persons_needed`).
    """
    found = await session.get(RateRevertRow, revert_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFoundError(f"there is no revert {revert_id}", code="revert_unknown")
    if found.confirmed_at is not None:
        raise ConflictError(f"revert {revert_id} is confirmed already", code="revert_confirmed")
    if found.reverted_by == by:
        raise ConflictError("the second person is another person", code="two_persons_needed")
    row = update(RateRevertRow).where(RateRevertRow.revert_id == revert_id)
    await session.execute(row.values(confirmed_by=by, confirmed_at=at))
    table = (await version_of(session, found.rate_table_id, found.version)).table
    await audit.record(session, "rate.revert_confirmed", by=by, at=at, table=table, details={"revert": revert_id})


async def _before(session: AsyncSession, present: Sequence[Assignment]) -> dict[assignments.Place, Assignment]:
    found = {one.place: await assignments.before(session, one) for one in present}
    bare = sorted({zone_id for (zone_id, _), one in found.items() if one is None})
    if bare:
        raise ConflictError(
            f"nothing was in force before it in {', '.join(bare[:5])}",
            code="nothing_to_revert_to",
            fields={"zones": bare},
        )
    return {place: one for place, one in found.items() if one is not None}


async def _write(
    session: AsyncSession,
    rate_table_id: str,
    version: int,
    zones: tuple[str, ...],
    *,
    by: str,
    at: datetime,
    reason: str,
) -> int:
    row = insert(RateRevertRow).values(
        rate_table_id=rate_table_id,
        version=version,
        zone_ids=list(zones),
        reverted_by=by,
        reverted_at=at,
        reason=reason,
    )
    return int((await session.scalars(row.returning(RateRevertRow.revert_id))).one())
