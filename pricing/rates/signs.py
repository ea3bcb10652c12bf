"""Signs to be replaced when a tariff is published, their confirmation, and where an older tariff still stands."""

from collections.abc import Collection
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, NotFoundError
from parking.events.sign import SignConfirmed, SignRequested
from parking.places.repository.changes import announce
from parking.places.service import REGISTRY_CHANNEL
from pricing.rates import audit
from pricing.rates.model import RateTable
from pricing.rates.repository import tables_named

SOURCE: Final = "pricing.rates"
NOTICE: Final = "rates"

# A space of neither segment nor facility has a sign of its own kind and zone, without an id.
_OPEN = text("""
    WITH made AS (
        INSERT INTO sign_task (assignment_id, place_id, requested_at)
        SELECT DISTINCT a.assignment_id, coalesce(s.segment_id, s.facility_id), CAST(:at AS timestamptz)
        FROM rate_assignment a
        JOIN space s ON s.zone_id = a.zone_id AND s.kind = a.kind AND s.removed_at IS NULL
        WHERE a.cancelled_at IS NULL AND a.await_signs
          AND (:everything OR a.assignment_id = ANY(CAST(:assignment_ids AS bigint[])))
          AND (upper_inf(a.valid) OR upper(a.valid) > :at)
        ON CONFLICT DO NOTHING
        RETURNING assignment_id, place_id
    )
    SELECT a.zone_id, a.kind, a.rate_table_id, a.version, lower(a.valid) AS effective_from, made.place_id
    FROM made JOIN rate_assignment a USING (assignment_id)
    ORDER BY 1, 2, 3, 4, 5, 6
""")
_TASKS = """
    SELECT t.task_id, a.rate_table_id, a.version, a.zone_id, a.kind, t.place_id,
        coalesce(g.name, f.name) AS name, coalesce(g.name_en, f.name_en) AS name_en,
        lower(a.valid) AS effective_from, t.requested_at, t.confirmed_by, t.confirmed_at, t.photo_reference
    FROM sign_task t JOIN rate_assignment a USING (assignment_id)
    LEFT JOIN segment g ON a.kind = 'kerb' AND g.segment_id = t.place_id
    LEFT JOIN facility f ON a.kind <> 'kerb' AND f.facility_id = t.place_id
    WHERE a.cancelled_at IS NULL AND {where}
    ORDER BY a.zone_id, a.kind, effective_from, t.place_id, t.task_id
"""
_ONE = text(_TASKS.format(where="t.task_id = :task_id"))
_WAITING = text(
    _TASKS.format(
        where="t.confirmed_at IS NULL AND (upper_inf(a.valid) OR upper(a.valid) > :at)"
        " AND (:everything OR a.zone_id = ANY(CAST(:zone_ids AS text[])))"
    )
)
_OF_VERSION = text(_TASKS.format(where="a.rate_table_id = :rate_table_id AND a.version = :version"))
# Where the sign of what is reverted (r) never stood, that of the version before (b) was never taken down.
_NEVER_REPLACED = text("""
    INSERT INTO sign_task (assignment_id, place_id, requested_at, confirmed_by, confirmed_at)
    SELECT n.assignment_id, t.place_id, :at, u.confirmed_by, :at
    FROM rate_assignment n
    JOIN rate_assignment r ON r.zone_id = n.zone_id AND r.kind = n.kind AND r.cancelled_at IS NULL
        AND upper(r.valid) = lower(n.valid)
    JOIN rate_assignment b ON b.zone_id = n.zone_id AND b.kind = n.kind AND b.cancelled_at IS NULL
        AND upper(b.valid) = lower(r.valid)
    JOIN sign_task t ON t.assignment_id = r.assignment_id AND t.confirmed_at IS NULL
    JOIN sign_task u ON u.assignment_id = b.assignment_id AND u.place_id IS NOT DISTINCT FROM t.place_id
        AND u.confirmed_at IS NOT NULL
    WHERE n.assignment_id = ANY(CAST(:assignment_ids AS bigint[])) AND n.await_signs
""")
_CONFIRM = text("""
    UPDATE sign_task SET confirmed_by = :by, confirmed_at = :at, photo_reference = :photo WHERE task_id = :task_id
""")
_CONFIRM_ALL = text("""
    UPDATE sign_task SET confirmed_by = :by, confirmed_at = :at
    WHERE confirmed_at IS NULL AND assignment_id = ANY(CAST(:assignment_ids AS bigint[]))
""")
_EXCEPTIONS = text("""
    SELECT a.zone_id, a.kind, t.place_id, coalesce(g.name, f.name) AS name, coalesce(g.name_en, f.name_en) AS name_en,
        a.rate_table_id, a.version, lower(a.valid) AS since, older.rate_table_id AS older_id, older.version AS older_version
    FROM sign_task t JOIN rate_assignment a USING (assignment_id)
    LEFT JOIN segment g ON a.kind = 'kerb' AND g.segment_id = t.place_id
    LEFT JOIN facility f ON a.kind <> 'kerb' AND f.facility_id = t.place_id
    LEFT JOIN LATERAL (
        SELECT o.rate_table_id, o.version
        FROM rate_assignment o
        LEFT JOIN sign_task w ON w.assignment_id = o.assignment_id AND w.place_id IS NOT DISTINCT FROM t.place_id
        WHERE o.zone_id = a.zone_id AND o.kind = a.kind AND o.cancelled_at IS NULL AND lower(o.valid) < lower(a.valid)
          AND (NOT o.await_signs OR w.confirmed_at <= :at)
        ORDER BY lower(o.valid) DESC LIMIT 1
    ) older ON TRUE
    WHERE a.cancelled_at IS NULL AND a.await_signs AND a.valid @> CAST(:at AS timestamptz)
      AND (t.confirmed_at IS NULL OR t.confirmed_at > :at)
    ORDER BY a.zone_id, a.kind, t.place_id
""").bindparams(bindparam("at"))


class SignTask(NamedTuple):
    """One sign to be replaced; `place_id` is a segment at the kerb, a facility off the street, or neither."""

    task_id: int
    rate_table_id: str
    version: int
    zone_id: str
    kind: str
    place_id: str | None
    name: str | None
    name_en: str | None
    effective_from: datetime
    requested_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    photo_reference: str | None


class SignException(NamedTuple):
    """A place in which a published version does not charge yet, and the table that does; None is no charge."""

    zone_id: str
    kind: str
    place_id: str | None
    name: str | None
    name_en: str | None
    rate_table_id: str
    version: int
    since: datetime
    """From when on the version is in force where its sign stands."""
    keeps: RateTable | None


async def open_tasks(session: AsyncSession, assignment_ids: Collection[int] | None, *, at: datetime) -> int:
    """Ask for the signs of these assignments (None: every one that is missing, of places that came later); how many."""
    rows = await session.execute(
        _OPEN,
        {
            "everything": assignment_ids is None,
            "assignment_ids": None if assignment_ids is None else list(assignment_ids),
            "at": at,
        },
    )
    found = list(rows)
    facts = [_requested(places) for _, places in groupby(found, key=lambda row: tuple(row[:5]))]
    await outbox.write(session, *facts, source=SOURCE, at=at)
    return len(found)


async def confirm(
    session: AsyncSession, task_id: int, *, by: str, at: datetime, photo_reference: str | None = None
) -> SignTask:
    """A person saw the sign in place; from now on, at the earliest, the tariff charges there.

    Raises `NotFoundError` (`sign_task_unknown`, also of a tariff that was taken back) and `ConflictError`
    (`sign_confirmed`).
    """
    found = (await session.execute(_ONE, {"task_id": task_id})).one_or_none()
    if found is None:
        raise NotFoundError(f"there is no sign task {task_id}", code="sign_task_unknown")
    task = SignTask(*found)
    if task.confirmed_at is not None:
        raise ConflictError(f"the sign of task {task_id} is confirmed already", code="sign_confirmed")
    await session.execute(_CONFIRM, {"task_id": task_id, "by": by, "at": at, "photo": photo_reference})
    await _tell_confirmed(session, [task], by=by, at=at, photo_reference=photo_reference)
    return task._replace(confirmed_by=by, confirmed_at=at, photo_reference=photo_reference)


async def confirm_version(
    session: AsyncSession, rate_table_id: str, version: int, *, by: str, at: datetime
) -> list[SignTask]:
    """A person saw every sign of the version that was still waiting; those tasks."""
    open_ones = [task for task in await tasks_of(session, rate_table_id, version) if task.confirmed_at is None]
    for task in open_ones:
        await session.execute(_CONFIRM, {"task_id": task.task_id, "by": by, "at": at, "photo": None})
    await _tell_confirmed(session, open_ones, by=by, at=at, photo_reference=None)
    return open_ones


async def confirm_taken_over(session: AsyncSession, assignment_ids: Collection[int], *, by: str, at: datetime) -> None:
    """The signs of a tariff that was on the street before the platform: they stand since `at`."""
    await session.execute(_CONFIRM_ALL, {"assignment_ids": list(assignment_ids), "by": by, "at": at})


async def keep_never_replaced(session: AsyncSession, assignment_ids: Collection[int], *, at: datetime) -> None:
    """Of what a revert brings back: the signs that still stand, as those of the reverted version never came."""
    await session.execute(_NEVER_REPLACED, {"assignment_ids": list(assignment_ids), "at": at})


async def waiting_tasks(session: AsyncSession, at: datetime, zone_ids: Collection[str] | None = None) -> list[SignTask]:
    """Signs that nobody has confirmed, in the zones or in all, of what is or will be in force."""
    wanted = {"at": at, "everything": zone_ids is None, "zone_ids": None if zone_ids is None else list(zone_ids)}
    return [SignTask(*row) for row in await session.execute(_WAITING, wanted)]


async def tasks_of(session: AsyncSession, rate_table_id: str, version: int) -> list[SignTask]:
    """Every sign of a version, confirmed or not."""
    rows = await session.execute(_OF_VERSION, {"rate_table_id": rate_table_id, "version": version})
    return [SignTask(*row) for row in rows]


async def exceptions(session: AsyncSession, at: datetime) -> list[SignException]:
    """Places in which the version in force at the instant waits for its sign, for the price board."""
    rows = list(await session.execute(_EXCEPTIONS, {"at": at}))
    names = {(row.older_id, row.older_version) for row in rows if row.older_id is not None}
    tables = await tables_named(session, names)
    return [SignException._make((*row[:8], tables.get((row.older_id, row.older_version)))) for row in rows]


def _requested(rows: Any) -> SignRequested:  # noqa: ANN401 - rows of a statement, all of one assignment
    places = list(rows)
    first = places[0]
    return SignRequested(
        rate_table_id=first.rate_table_id,
        version=first.version,
        zone_id=first.zone_id,
        kind=first.kind,
        place_ids=tuple(row.place_id for row in places if row.place_id is not None),
        effective_from=first.effective_from,
    )


async def _tell_confirmed(
    session: AsyncSession, tasks: Collection[SignTask], *, by: str, at: datetime, photo_reference: str | None
) -> None:
    facts = [
        SignConfirmed(
            task_id=task.task_id,
            rate_table_id=task.rate_table_id,
            version=task.version,
            zone_id=task.zone_id,
            kind=task.kind,
            place_id=task.place_id,
            confirmed_at=at,
        )
        for task in tasks
    ]
    tables = await tables_named(session, {(task.rate_table_id, task.version) for task in tasks})
    for task in tasks:
        await audit.record(
            session,
            "sign.confirmed",
            by=by,
            at=at,
            table=tables[task.rate_table_id, task.version],
            details={"task": task.task_id, "zone": task.zone_id, "place": task.place_id, "photo": photo_reference},
        )
    await outbox.write(session, *facts, source=SOURCE, at=at)
    await announce(session, REGISTRY_CHANNEL, NOTICE)
