"""SQL of checks: each statement answers many questions at once, by index alone (`LATERAL` keeps it so)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.enforcement.model import (
    Facts,
    ListingFact,
    PermitFact,
    Place,
    Question,
    ReservationFact,
    SharedFact,
    StayFact,
    Verdict,
    Whose,
)
from api.enforcement.tables import CheckRow
from parking.places.tables import SpaceRow, ZoneRow
from parking.rights import repository as rights

_ASKED: Final = """
    WITH asked AS (
        SELECT * FROM unnest(
            CAST(:numbers AS int[]), CAST(:spaces AS text[]), CAST(:instants AS timestamptz[]), CAST(:districts AS text[])
        ) AS q (n, space_id, at, district_id)
    ), vehicle AS (
        SELECT * FROM unnest(CAST(:owners AS int[]), CAST(:tokens AS text[])) AS v (n, token)
    )
"""
_STAY_COLUMNS: Final = """
    q.n, q.district_id, s.session_id, s.space_id, s.facility_id, s.zone_id, s.started_at,
    coalesce(s.ended_latest, s.ended_at) AS over_at, s.plate_token
"""
_RECENT: Final = "(s.ended_at IS NULL OR coalesce(s.ended_latest, s.ended_at) > q.at - CAST(:recent AS interval))"
_STAYS: Final = text(
    f"""{_ASKED}
    , found AS (
        SELECT {_STAY_COLUMNS} FROM asked q JOIN vehicle v ON v.n = q.n CROSS JOIN LATERAL (
            SELECT * FROM session t WHERE t.plate_token = v.token AND t.started_earliest <= q.at
            ORDER BY t.started_at DESC LIMIT 5
        ) s WHERE {_RECENT}
        UNION
        SELECT {_STAY_COLUMNS} FROM asked q CROSS JOIN LATERAL (
            SELECT * FROM session t WHERE t.space_id = q.space_id AND t.started_earliest <= q.at
            ORDER BY t.started_at DESC LIMIT 1
        ) s WHERE {_RECENT}
    )
    SELECT f.*, (SELECT max(p.paid_at) FROM payment p WHERE p.session_id = f.session_id) AS paid_at,
        f.started_at + interval '1 minute' * coalesce(
            k.longest_stay_minutes, g.longest_stay_minutes, l.longest_stay_minutes, z.longest_stay_minutes
        ) AS longest_until
    FROM found f JOIN zone z ON z.zone_id = f.zone_id
    LEFT JOIN space k ON k.space_id = f.space_id
    LEFT JOIN segment g ON g.segment_id = k.segment_id
    LEFT JOIN facility l ON l.facility_id = coalesce(f.facility_id, k.facility_id)
    WHERE f.district_id IS NULL OR z.district_id = f.district_id
    ORDER BY f.n, f.started_at DESC
    """  # noqa: S608 - of the constants above
)
_PERMITS: Final = text(
    f"""{_ASKED}
    SELECT q.n, p.kind, p.exempt_class, p.zone_ids, p.facility_ids, upper(p.valid) AS until
    FROM asked q JOIN vehicle v ON v.n = q.n CROSS JOIN LATERAL (
        SELECT * FROM permit t WHERE t.plate_token = v.token AND t.valid @> q.at
          AND (t.revoked_at IS NULL OR t.revoked_at > q.at)
        ORDER BY t.permit_id LIMIT 20
    ) p
    WHERE q.district_id IS NULL OR cardinality(p.zone_ids) + cardinality(p.facility_ids) = 0
       OR EXISTS (SELECT FROM zone z WHERE z.zone_id = ANY (p.zone_ids) AND z.district_id = q.district_id)
       OR EXISTS (
           SELECT FROM facility f JOIN zone z ON z.zone_id = f.zone_id
           WHERE f.facility_id = ANY (p.facility_ids) AND z.district_id = q.district_id
       )
    ORDER BY q.n, p.permit_id
    """  # noqa: S608 - of the constants above
)
_RESERVATIONS: Final = text(
    f"""{_ASKED}
    , found AS (
        SELECT q.n, q.district_id, r.reservation_id, k.space_id, r.plate_token, r.valid
        FROM asked q JOIN vehicle v ON v.n = q.n JOIN reservation r ON r.plate_token = v.token AND r.valid @> q.at
        JOIN reserved_space k ON k.reservation_id = r.reservation_id AND NOT k.released
        WHERE q.space_id IS NULL
        UNION
        SELECT q.n, q.district_id, r.reservation_id, k.space_id, r.plate_token, r.valid
        FROM asked q JOIN reserved_space k ON k.space_id = q.space_id AND k.during @> q.at AND NOT k.released
        JOIN reservation r ON r.reservation_id = k.reservation_id
    )
    SELECT f.n, f.space_id, f.plate_token, lower(f.valid) AS start, upper(f.valid) AS until
    FROM found f JOIN space s ON s.space_id = f.space_id JOIN zone z ON z.zone_id = s.zone_id
    WHERE f.district_id IS NULL OR z.district_id = f.district_id
    ORDER BY f.n, f.space_id
    """  # noqa: S608 - of the constants above
)
_LISTINGS: Final = text(
    f"""{_ASKED}
    SELECT q.n, l.authority, l.legal_basis, upper(l.valid) AS until
    FROM asked q JOIN vehicle v ON v.n = q.n JOIN vehicle_listing l ON l.plate_token = v.token
    WHERE l.valid @> q.at AND (l.lifted_at IS NULL OR l.lifted_at > q.at)
    ORDER BY q.n, l.listing_id
    """  # noqa: S608 - of the constants above
)


async def facts(session: AsyncSession, questions: Sequence[Question], recent: timedelta) -> list[Facts]:
    """For each question in turn; a space that is not there leaves `place` None."""
    places = await _places(session, {asked.space_id for asked in questions if asked.space_id is not None})
    found = [Facts(place=places.get(asked.space_id or "")) for asked in questions]
    parameters = _parameters(questions)
    for row in await session.execute(_STAYS, parameters | {"recent": recent}):
        found[row.n].stays.append(_stay(row, questions[row.n]))
    if parameters["tokens"]:
        for row in await session.execute(_PERMITS, parameters):
            found[row.n].permits.append(_permit(row, found[row.n].place))
        for row in await session.execute(_LISTINGS, parameters):
            item = ListingFact(authority=row.authority, legal_basis=row.legal_basis, until=row.until)
            found[row.n].listings.append(item)
    for row in await session.execute(_RESERVATIONS, parameters):
        item_of = ReservationFact(
            space_id=row.space_id, start=row.start, end=row.until, whose=_whose(row.plate_token, questions[row.n])
        )
        found[row.n].reservations.append(item_of)
    if places:
        await _add_shared(session, questions, found)
    return found


async def log(session: AsyncSession, answered: Sequence[tuple[Question, Verdict]]) -> list[int]:
    """Write the checks down; their ids in order."""
    rows = [
        {
            "checked_at": asked.asked_now,
            "asked_at": asked.at,
            "actor": asked.actor,
            "district_id": asked.district_id,
            "plate_token": asked.tokens[0] if asked.tokens else None,
            "space_id": asked.space_id,
            "outcome": said.outcome,
            "basis": said.basis,
        }
        for asked, said in answered
    ]
    statement = insert(CheckRow).returning(CheckRow.check_id, sort_by_parameter_order=True)
    return list(await session.scalars(statement, rows))


async def logged(
    session: AsyncSession, *, district_id: str | None, space_id: str | None, before: int | None, limit: int
) -> list[CheckRow]:
    """Newest first; of a district, what its own inspectors asked."""
    query = select(CheckRow).order_by(CheckRow.check_id.desc()).limit(limit)
    if district_id is not None:
        query = query.where(CheckRow.district_id == district_id)
    if space_id is not None:
        query = query.where(CheckRow.space_id == space_id)
    if before is not None:
        query = query.where(CheckRow.check_id < before)
    return list(await session.scalars(query))


async def check_by_id(session: AsyncSession, check_id: int) -> CheckRow | None:
    return await session.get(CheckRow, check_id)


async def forget(session: AsyncSession, *, vehicles_before: datetime, rows_before: datetime) -> None:
    """First who was asked about, then that anything was asked."""
    await session.execute(delete(CheckRow).where(CheckRow.checked_at < rows_before))
    known = (CheckRow.plate_token.is_not(None), CheckRow.checked_at < vehicles_before)
    await session.execute(update(CheckRow).where(*known).values(plate_token=None))


def _parameters(questions: Sequence[Question]) -> dict[str, Any]:
    vehicles = [(number, token) for number, asked in enumerate(questions) for token in asked.tokens]
    return {
        "numbers": list(range(len(questions))),
        "spaces": [asked.space_id for asked in questions],
        "instants": [asked.at for asked in questions],
        "districts": [asked.district_id for asked in questions],
        "owners": [number for number, _ in vehicles],
        "tokens": [token for _, token in vehicles],
    }


async def _places(session: AsyncSession, space_ids: set[str]) -> Mapping[str, Place]:
    if not space_ids:
        return {}
    query = (
        select(SpaceRow.space_id, SpaceRow.zone_id, SpaceRow.facility_id, ZoneRow.district_id)
        .join(ZoneRow, ZoneRow.zone_id == SpaceRow.zone_id)
        .where(SpaceRow.space_id.in_(space_ids), SpaceRow.removed_at.is_(None))
    )
    return {
        row.space_id: Place(
            space_id=row.space_id, zone_id=row.zone_id, facility_id=row.facility_id, district_id=row.district_id
        )
        for row in await session.execute(query)
    }


async def _add_shared(session: AsyncSession, questions: Sequence[Question], found: Sequence[Facts]) -> None:
    offers = defaultdict(list)
    for offer in await rights.offers_on(session, {one.place.space_id for one in found if one.place is not None}):
        offers[offer.space_id].append(offer)
    for asked, one in zip(questions, found, strict=True):
        here = offers[one.place.space_id] if one.place is not None else []
        spans = [item.open_span(asked.at) for item in here]
        if here:
            one.shared = SharedFact(until=max((span.end for span in spans if span and span.end), default=None))


def _stay(row: Row[Any], asked: Question) -> StayFact:
    return StayFact(
        session_id=row.session_id,
        space_id=row.space_id,
        facility_id=row.facility_id,
        zone_id=row.zone_id,
        started_at=row.started_at,
        over_at=row.over_at,
        whose=_whose(row.plate_token, asked),
        paid_at=row.paid_at,
        longest_until=row.longest_until,
    )


def _permit(row: Row[Any], place: Place | None) -> PermitFact:
    zones, facilities = tuple(row.zone_ids), tuple(row.facility_ids)
    here = None
    if place is not None:
        here = not (zones or facilities) or place.zone_id in zones or place.facility_id in facilities
    return PermitFact(
        kind=row.kind,
        exempt_class=row.exempt_class,
        zone_ids=zones,
        facility_ids=facilities,
        until=row.until,
        here=here,
    )


def _whose(token: str | None, asked: Question) -> Whose:
    if token is None:
        return "unattributed"
    if not asked.tokens:
        return "not_asked"
    return "this_vehicle" if token in asked.tokens else "other_vehicle"
