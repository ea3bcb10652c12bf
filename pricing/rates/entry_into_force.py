"""Putting a version in force: where, with which signs, and telling everybody. What may be published, `lifecycle` decides."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, InvalidInputError
from parking.events.tariff import TariffPublished
from parking.places.repository.changes import announce
from parking.places.service import REGISTRY_CHANNEL
from pricing.rates import assignments, signs
from pricing.rates.assignments import Place
from pricing.rates.holds import refuse_held
from pricing.rates.repository import RateVersion
from pricing.rates.signs import NOTICE, SOURCE


async def places_for(session: AsyncSession, version: RateVersion, begins: datetime, *, at: datetime) -> list[Place]:
    """Where the version is to be in force.

    Raises `InvalidInputError` (`rates_apply_nowhere`) and `ConflictError` (`rate_version_planned`, `rates_frozen`,
    `revert_unconfirmed`).
    """
    places = await places_priced(session, version)
    await refuse_held(session, {zone_id for zone_id, _ in places}, at)
    planned = await assignments.planned_from(session, places, begins)
    if planned:
        raise ConflictError(
            f"a version already begins at that time or later in {', '.join(planned[:5])}", code="rate_version_planned"
        )
    return places


async def put_in_force(
    session: AsyncSession, version: RateVersion, places: Collection[Place], document: str, *, at: datetime
) -> list[int]:
    """Assign the version from its `effective_from` on and ask for its signs; the ids of the assignments."""
    begins = version.effective_from or at
    made = await assignments.assign(
        session, places, (version.table.rate_table_id, version.table.version), begins, await_signs=True
    )
    await signs.open_tasks(session, made, at=at)
    fact = TariffPublished(
        rate_table_id=version.table.rate_table_id,
        version=version.table.version,
        zone_ids=tuple(dict.fromkeys(zone_id for zone_id, _ in places)),
        effective_from=begins,
        document=document,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    await announce(session, REGISTRY_CHANNEL, NOTICE)
    return made


async def places_priced(session: AsyncSession, version: RateVersion) -> list[Place]:
    """Raise `InvalidInputError` (`rates_apply_nowhere`)."""
    places = await assignments.places_priced(session, version.table, version.zone_ids)
    if not places:
        raise InvalidInputError("the table prices no place of these zones", code="rates_apply_nowhere")
    return places
