"""What one may do with the inventory. Every use case runs in the caller's transaction and ends none.

Whatever changes a zone or anything in it gives the zone a new revision, tells the bus (`PlaceChanged`, by the outbox)
and wakes the processes that keep the inventory in memory.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import NotFoundError
from parking.events.place import PlaceChanged
from parking.places.feature_kinds import BY_CLASS, FEATURE_KINDS
from parking.places.feature_reading import claimed_id, feature_list
from parking.places.feature_writing import feature_json
from parking.places.import_plan import Plan, plan_import, read_features
from parking.places.model import Feature, FeatureError, ImportReport, Space, Zone
from parking.places.repository import changes, features

SOURCE: Final = "parking.places"
REGISTRY_CHANNEL: Final = "parking_registry"
"""PostgreSQL notifications about inventory, devices and keys; the payload says which."""
NOTICE: Final = "places"

_CHUNK: Final = 5_000
"""Features in one statement, far below what the time limit of a statement allows."""

Progress = Callable[[int], None]


def no_progress(_: int) -> None:
    """For callers that show none."""


async def import_collection(
    session: AsyncSession,
    collection: object,
    *,
    at: datetime,
    prune: bool = False,
    progress: Progress = no_progress,
) -> ImportReport:
    """Bring a decoded GeoJSON FeatureCollection into the inventory; good features pass, bad ones are reported.

    With `prune`, spaces of zones that stand in the file as features leave the inventory when the file does not name
    them; a space that the file names and that was refused stays as it was. `progress` is called with the number of features
    that are done. Raises InvalidInputError when the whole is no FeatureCollection.
    """
    raws = feature_list(collection)
    good, errors = read_features(raws)
    progress(len(errors))
    await changes.lock_inventory(session)
    known = await features.known_features(session, [f.space_id for _, f in good if isinstance(f, Space)])
    plan = plan_import(good, known)
    progress(len(plan.errors) + sum(plan.unchanged.values()))
    await _write(session, plan, at, progress)
    pruned: list[str] = []
    if prune:
        refused = {error.index for error in plan.errors}
        zone_ids = [f.zone_id for index, f in good if isinstance(f, Zone) and index not in refused]
        named = {name for name in map(claimed_id, raws) if name is not None}
        pruned = await changes.prune_spaces(session, zone_ids, named, at)
    await _tell(session, {*plan.changed_zones, *pruned}, at)
    if pruned or any(chain(plan.added.values(), plan.updated.values())):
        await changes.announce(session, REGISTRY_CHANNEL, NOTICE)
    return _report(plan, [*errors, *plan.errors], len(pruned))


async def remove_zone(session: AsyncSession, zone_id: str, *, at: datetime) -> None:
    """Take a zone and all its spaces out of use; raises NotFoundError `zone_unknown`."""
    await changes.lock_inventory(session)
    if not await changes.remove_zones(session, [zone_id], at):
        raise NotFoundError(f"there is no zone {zone_id}", code="zone_unknown")
    await changes.prune_spaces(session, [zone_id], [], at)
    await _tell(session, [zone_id], at)
    await changes.announce(session, REGISTRY_CHANNEL, NOTICE)


async def export_features(session: AsyncSession) -> AsyncIterator[dict[str, Any]]:
    """GeoJSON features of everything in use; importing them again changes nothing."""
    async for feature in features.features_in_use(session):
        yield feature_json(feature)


async def _write(session: AsyncSession, plan: Plan, at: datetime, progress: Progress) -> None:
    for kind in FEATURE_KINDS:
        for chunk in _chunks([*plan.added[kind.cls], *plan.updated[kind.cls]]):
            await features.write_features(session, chunk, at)
            progress(len(chunk))
    if plan.moved_parents:
        await changes.carry_spaces(session, plan.moved_parents, at)


async def _tell(session: AsyncSession, zone_ids: Collection[str], at: datetime) -> None:
    facts = [
        PlaceChanged(zone_id=zone.zone_id, district_id=zone.district_id, revision=zone.revision, capacity=zone.capacity)
        for zone in await changes.renew_zones(session, zone_ids, at)
    ]
    await outbox.write(session, *facts, source=SOURCE, at=at)


def _chunks(values: Sequence[Feature]) -> Iterator[Sequence[Feature]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def _report(plan: Plan, errors: Sequence[FeatureError], pruned: int) -> ImportReport:
    return ImportReport(
        added={BY_CLASS[cls].name: len(found) for cls, found in plan.added.items() if found},
        updated={BY_CLASS[cls].name: len(found) for cls, found in plan.updated.items() if found},
        unchanged={BY_CLASS[cls].name: count for cls, count in plan.unchanged.items() if count},
        removed={"space": pruned} if pruned else {},
        errors=tuple(sorted(errors, key=lambda error: error.index)),
    )
