"""Emergencies: a freeze, under which nothing new takes effect, and a revert to the versions before.

One person may do either alone, as there may be no second one at hand. A revert by one person waits for the second to confirm it,
and until then nothing new is published in its zones.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, NotFoundError
from parking.events.tariff import TariffFrozen, TariffUnfrozen
from parking.places.repository.changes import announce
from parking.places.service import REGISTRY_CHANNEL
from pricing.rates import assignments, audit, repository
from pricing.rates.signs import NOTICE, SOURCE
from pricing.rates.tables import RateFreezeRow, RateRevertRow


async def refuse_held(session: AsyncSession, zone_ids: Collection[str], at: datetime) -> None:
    """Raise `ConflictError` (`rates_frozen`, `revert_unconfirmed`) where nothing new may be published."""
    for freeze in await freezes(session):
        if freeze.zone_ids is None or not set(freeze.zone_ids).isdisjoint(zone_ids):
            raise ConflictError(
                f"tariffs are frozen there: {freeze.reason}", code="rates_frozen", fields={"freeze": freeze.freeze_id}
            )
    for revert in await unconfirmed_reverts(session):
        if revert.reverted_at <= at and not set(revert.zone_ids).isdisjoint(zone_ids):
            raise ConflictError(
                f"the revert of {revert.rate_table_id} {revert.version} waits for a second person",
                code="revert_unconfirmed",
                fields={"revert": revert.revert_id},
            )


async def freezes(session: AsyncSession) -> list[RateFreezeRow]:
    """Those that are not lifted, oldest first."""
    rows = select(RateFreezeRow).where(RateFreezeRow.lifted_at.is_(None)).order_by(RateFreezeRow.freeze_id)
    return list(await session.scalars(rows))


async def unconfirmed_reverts(session: AsyncSession) -> list[RateRevertRow]:
    rows = select(RateRevertRow).where(RateRevertRow.confirmed_at.is_(None)).order_by(RateRevertRow.revert_id)
    return list(await session.scalars(rows))


async def freeze(session: AsyncSession, zone_ids: tuple[str, ...] | None, *, by: str, at: datetime, reason: str) -> int:
    """Hold everything that is planned in the zones (None: all) and refuse what would be published; the id of the freeze.

    What is in force stays in force, and signs may still be confirmed.
    """
    await repository.lock_rates(session)
    listed = None if zone_ids is None else sorted(zone_ids)
    made = insert(RateFreezeRow).values(zone_ids=listed, frozen_by=by, frozen_at=at, reason=reason)
    freeze_id = int((await session.scalars(made.returning(RateFreezeRow.freeze_id))).one())
    held = await assignments.coming(session, zone_ids, at)
    for one in held:
        await assignments.cancel(session, one, at, freeze_id=freeze_id)
    details = {"freeze": freeze_id, "zones": listed, "held": _names(held)}
    await audit.record(session, "rates.frozen", by=by, at=at, reason=reason, details=details)
    fact = TariffFrozen(freeze_id=freeze_id, zone_ids=tuple(listed or ()), frozen_at=at, reason=reason)
    await outbox.write(session, fact, source=SOURCE, at=at)
    await announce(session, REGISTRY_CHANNEL, NOTICE)
    return freeze_id


async def unfreeze(session: AsyncSession, freeze_id: int, *, by: str, at: datetime, reason: str) -> None:
    """Lift a freeze. What it held is planned again where its instant still lies ahead; the rest was due and is published anew.

    Raises `NotFoundError` (`freeze_unknown`), `ConflictError` (`freeze_lifted`, `rates_frozen` where another freeze
    still holds what this one held).
    """
    await repository.lock_rates(session)
    found = await session.get(RateFreezeRow, freeze_id)
    if found is None:
        raise NotFoundError(f"there is no freeze {freeze_id}", code="freeze_unknown")
    if found.lifted_at is not None:
        raise ConflictError(f"freeze {freeze_id} is lifted already", code="freeze_lifted")
    lifted = update(RateFreezeRow).where(RateFreezeRow.freeze_id == freeze_id).values(lifted_by=by, lifted_at=at)
    await session.execute(lifted)
    zone_ids = tuple(found.zone_ids or ())
    held = await assignments.held(session, freeze_id)
    ahead = [one for one in held if one.begins > at]
    await refuse_held(session, {one.zone_id for one in ahead}, at)
    for one in ahead:
        await assignments.plan_again(session, one)
    lapsed = [one for one in held if one.begins <= at]
    details = {"freeze": freeze_id, "planned_again": _names(ahead), "lapsed": _names(lapsed)}
    await audit.record(session, "rates.unfrozen", by=by, at=at, reason=reason, details=details)
    fact = TariffUnfrozen(freeze_id=freeze_id, zone_ids=zone_ids, lifted_at=at)
    await outbox.write(session, fact, source=SOURCE, at=at)
    await announce(session, REGISTRY_CHANNEL, NOTICE)


def _names(found: Iterable[assignments.Assignment]) -> list[str]:
    return sorted({f"{one.rate_table_id} {one.version}" for one in found})
