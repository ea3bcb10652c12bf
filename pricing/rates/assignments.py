"""Writes where and when a version is in force: one place is a kind of space in a zone, one version at a time."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.rates.model import RateTable

Place = tuple[str, str]
"""Zone id and kind of space."""
Standing = Literal["planned", "in_force", "superseded", "held", "taken_back"]
"""Of a published version; `held` by a freeze, or `taken_back` before it began."""

_AMONG = "(zone_id, kind) IN (SELECT * FROM unnest(CAST(:zones AS text[]), CAST(:kinds AS text[])))"
_END_PRESENT = text(f"""
    UPDATE rate_assignment SET valid = tstzrange(lower(valid), :at)
    WHERE {_AMONG} AND cancelled_at IS NULL AND upper_inf(valid) AND lower(valid) < :at
""")  # noqa: S608 - a constant
_INSERT = text("""
    INSERT INTO rate_assignment (zone_id, kind, valid, rate_table_id, version, await_signs)
    SELECT zone_id, kind, tstzrange(:at, NULL), :rate_table_id, :version, :await_signs
    FROM unnest(CAST(:zones AS text[]), CAST(:kinds AS text[])) AS place (zone_id, kind)
    RETURNING assignment_id
""")
_PLANNED = text(f"""
    SELECT zone_id FROM rate_assignment WHERE {_AMONG} AND cancelled_at IS NULL AND lower(valid) >= :at
    ORDER BY zone_id
""")  # noqa: S608 - as above
_EVER = text(f"""
    SELECT zone_id FROM rate_assignment WHERE {_AMONG} AND cancelled_at IS NULL ORDER BY zone_id
""")  # noqa: S608 - as above
_COLUMNS = """
        assignment_id, zone_id, kind, lower(valid) AS begins, upper(valid) AS ends, rate_table_id, version, await_signs
    FROM rate_assignment"""
_COMING = text(f"""
    SELECT {_COLUMNS}
    WHERE cancelled_at IS NULL AND lower(valid) > :at
      AND (:everything OR zone_id = ANY(CAST(:zones AS text[])))
    ORDER BY lower(valid) DESC, assignment_id
""")
_OF_VERSION = text(f"""
    SELECT {_COLUMNS}
    WHERE cancelled_at IS NULL AND rate_table_id = :rate_table_id AND version = :version
    ORDER BY zone_id, kind, lower(valid)
""")
_BEFORE = text(f"""
    SELECT {_COLUMNS} WHERE zone_id = :zone_id AND kind = :kind AND cancelled_at IS NULL AND upper(valid) = :begins
""")
_HELD = text(f"""
    SELECT {_COLUMNS} WHERE freeze_id = :freeze_id AND EXISTS (
        SELECT FROM rate_table r WHERE r.rate_table_id = rate_assignment.rate_table_id
            AND r.version = rate_assignment.version AND r.state = 'published')
    ORDER BY lower(valid), assignment_id
""")  # noqa: S608 - as above
_SIGNS_ALONG = text("""
    INSERT INTO sign_task (assignment_id, place_id, requested_at, confirmed_by, confirmed_at, photo_reference)
    SELECT CAST(:new AS bigint), place_id, requested_at, confirmed_by, confirmed_at, photo_reference
    FROM sign_task WHERE assignment_id = :old
""")
_STANDINGS = text("""
    SELECT rate_table_id, version,
        CASE WHEN bool_or(cancelled_at IS NULL AND valid @> CAST(:at AS timestamptz)) THEN 'in_force'
            WHEN bool_or(cancelled_at IS NULL AND lower(valid) > :at) THEN 'planned'
            WHEN bool_or(cancelled_at IS NULL) THEN 'superseded'
            WHEN bool_or(freeze_id IS NOT NULL) THEN 'held'
            ELSE 'taken_back' END AS standing
    FROM rate_assignment GROUP BY rate_table_id, version
""")
_CANCEL = text("UPDATE rate_assignment SET cancelled_at = :at, freeze_id = :freeze_id WHERE assignment_id = :id")
# What stood before a cancelled one goes on, up to where the cancelled one would have ended.
_REOPEN = text("""
    UPDATE rate_assignment SET valid = tstzrange(
        lower(valid), (SELECT upper(valid) FROM rate_assignment WHERE assignment_id = :id))
    WHERE zone_id = :zone_id AND kind = :kind AND cancelled_at IS NULL AND upper(valid) = :begins
""")
_PLACES = text("""
    SELECT DISTINCT z.zone_id, s.kind, z.area_class FROM zone z JOIN space s ON s.zone_id = z.zone_id
    WHERE z.removed_at IS NULL AND s.removed_at IS NULL
      AND (:everything OR z.zone_id = ANY(CAST(:zone_ids AS text[])))
    ORDER BY z.zone_id, s.kind
""")


class Assignment(NamedTuple):
    """One version in one place over `[begins, ends)`; `ends` None is open."""

    assignment_id: int
    zone_id: str
    kind: str
    begins: datetime
    ends: datetime | None
    rate_table_id: str
    version: int
    await_signs: bool

    @property
    def name(self) -> tuple[str, int]:
        return self.rate_table_id, self.version

    @property
    def place(self) -> Place:
        return self.zone_id, self.kind


async def places_priced(session: AsyncSession, table: RateTable, zone_ids: Collection[str] | None) -> list[Place]:
    """The places of the zones in use (None: all) where spaces stand that the table prices."""
    everything = {"everything": zone_ids is None, "zone_ids": None if zone_ids is None else list(zone_ids)}
    priced = {
        (area_class, kind)
        for collection in table.collections
        for area_class in collection.eligibility.area_classes
        for kind in collection.eligibility.kinds
    }
    rows = await session.execute(_PLACES, everything)
    return [(row.zone_id, row.kind) for row in rows if (row.area_class, row.kind) in priced]


async def planned_from(session: AsyncSession, places: Collection[Place], at: datetime) -> list[str]:
    """Zones among the places for which a version already begins at `at` or later."""
    return list(await session.scalars(_PLANNED, {**_pairs(places), "at": at}))


async def ever_priced(session: AsyncSession, places: Collection[Place]) -> list[str]:
    """Zones among the places that have or had a version."""
    return list(await session.scalars(_EVER, _pairs(places)))


async def assign(
    session: AsyncSession, places: Collection[Place], name: tuple[str, int], at: datetime, *, await_signs: bool
) -> list[int]:
    """End what is in force in the places at `at` and let the version (id, number) begin there; the ids of the assignments."""
    await session.execute(_END_PRESENT, {**_pairs(places), "at": at})
    made = await session.scalars(
        _INSERT,
        {
            **_pairs(places),
            "at": at,
            "rate_table_id": name[0],
            "version": name[1],
            "await_signs": await_signs,
        },
    )
    return list(made)


async def coming(session: AsyncSession, zone_ids: Collection[str] | None, at: datetime) -> list[Assignment]:
    """What begins after `at` in the zones (None: all), the last to begin first."""
    everything = {"everything": zone_ids is None, "zones": None if zone_ids is None else list(zone_ids)}
    return [Assignment(*row) for row in await session.execute(_COMING, {**everything, "at": at})]


async def of_version(session: AsyncSession, rate_table_id: str, version: int) -> list[Assignment]:
    """Where the version is, was or will be in force."""
    rows = await session.execute(_OF_VERSION, {"rate_table_id": rate_table_id, "version": version})
    return [Assignment(*row) for row in rows]


async def cancel(session: AsyncSession, found: Assignment, at: datetime, *, freeze_id: int | None = None) -> None:
    """Take back an assignment that has not begun; what stood before it goes on."""
    await session.execute(_CANCEL, {"id": found.assignment_id, "at": at, "freeze_id": freeze_id})
    await session.execute(
        _REOPEN, {"id": found.assignment_id, "zone_id": found.zone_id, "kind": found.kind, "begins": found.begins}
    )


async def before(session: AsyncSession, found: Assignment) -> Assignment | None:
    """What was in force in the place until this one began."""
    wanted = {"zone_id": found.zone_id, "kind": found.kind, "begins": found.begins}
    row = (await session.execute(_BEFORE, wanted)).one_or_none()
    return None if row is None else Assignment(*row)


async def held(session: AsyncSession, freeze_id: int) -> list[Assignment]:
    """What the freeze took back and nobody has withdrawn since, the first to begin first."""
    return [Assignment(*row) for row in await session.execute(_HELD, {"freeze_id": freeze_id})]


async def plan_again(session: AsyncSession, found: Assignment) -> None:
    """Let a held assignment begin as it was planned, with the signs that stand already."""
    (new,) = await assign(session, [found.place], found.name, found.begins, await_signs=found.await_signs)
    await session.execute(_SIGNS_ALONG, {"new": new, "old": found.assignment_id})


async def standings(session: AsyncSession, at: datetime) -> dict[tuple[str, int], Standing]:
    """Of every version that was ever published, where it stands at the instant."""
    rows = await session.execute(_STANDINGS, {"at": at})
    return {(row.rate_table_id, row.version): row.standing for row in rows}


def _pairs(places: Collection[Place]) -> dict[str, list[str]]:
    return {"zones": [zone_id for zone_id, _ in places], "kinds": [kind for _, kind in places]}
