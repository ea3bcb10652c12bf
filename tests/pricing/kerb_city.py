"""A city of one class I zone with lawful kerb spaces, Linzi's tariff in force, and stays on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

import pricing.rates
from parking.db.unit_of_work import Database
from parking.places.service import import_collection
from parking.sessions.model import Gap
from parking.sessions.tables import SessionRow
from pricing.rates import entry_into_force, repository
from pricing.rates.legal_basis import document_of, under_document
from pricing.rates.model import RateLine, RateTable
from pricing.rates.policy_file import read_policy
from pricing.rates.publication import adopt
from pricing.rates.service import draft
from pricing.rates.signs import confirm_version

LINZI: Final = read_policy(Path(pricing.rates.__file__).parent / "policies" / "linzi.toml")
ZIBO: Final = ZoneInfo("Asia/Shanghai")
DAY: Final = date(2026, 3, 2)
OPENING: Final = datetime(2026, 1, 1, tzinfo=UTC)
STACKED: Final = replace(LINZI, quotas=tuple(replace(quota, stacks_on_free=True) for quota in LINZI.quotas))
"""The reading of the text in which the free half hour begins after the quota."""
_numbers = count(1)
_POINT: Final = {"type": "Point", "coordinates": [118.3, 36.8]}


def with_lines(table: RateTable, change: Callable[[RateLine], RateLine]) -> RateTable:
    """The table with every line changed."""
    return replace(
        table,
        collections=tuple(replace(one, lines=tuple(change(line) for line in one.lines)) for one in table.collections),
    )


def twice_as_dear(line: RateLine) -> RateLine:
    return replace(line, unit_price=line.unit_price * 2)


def at(clock: str, days: int = 0) -> datetime:
    """A wall time of the day of the stays, seconds allowed."""
    return datetime.fromisoformat(f"{DAY.isoformat()}T{clock}").replace(tzinfo=ZIBO) + timedelta(days=days)


def feature(what: str, key: str, **properties: object) -> dict[str, Any]:
    geometry = _POINT if what == "space" else None
    names = {} if what in {"space", "price_document", "concession"} else {"name": key, "name_en": key}
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": {"feature": what, **names, **properties}}


APPROVAL: Final = {"document": "泊位2025-1", "authority": "交警", "valid_from": "2025-01-01T00:00:00+08:00"}


def features() -> list[dict[str, Any]]:
    """S1 and S2 are lawful, S3 was never approved."""
    return [
        feature("district", "370305"),
        feature("operator", "LZ"),
        feature(
            "price_document",
            "doc-1",
            number="临发改1号",
            authority="临淄区发展和改革局",
            form="government_guided",
            valid_from="2025-01-01T00:00:00+08:00",
        ),
        feature("zone", "Z1", district="370305", area_class="I", price_document="doc-1"),
        feature("concession", "C1", operator="LZ", payee="临淄", zones=["Z1"], valid_from="2025-01-01T00:00:00+08:00"),
        feature("segment", "Z1-N", zone="Z1"),
        feature("space", "S1", zone="Z1", kind="kerb", segment="Z1-N", approval=APPROVAL),
        feature("space", "S2", zone="Z1", kind="kerb", segment="Z1-N", approval=APPROVAL),
        feature("space", "S3", zone="Z1", kind="kerb", segment="Z1-N"),
    ]


async def build(database: Database, table: RateTable | None = LINZI) -> None:
    """Import the city and put a table in force from its opening; None leaves it without prices."""
    async with database.transaction() as session:
        report = await import_collection(session, {"type": "FeatureCollection", "features": features()}, at=OPENING)
        assert report.errors == ()
        if table is not None:
            await put_in_force(session, table, OPENING)


async def put_in_force(
    session: AsyncSession, table: RateTable, effective_from: datetime, *, zone: str = "Z1", signed: bool = True
) -> None:
    """By two persons and with every sign in place; from the opening on it is the tariff that was there before.

    The steps of a change, with its notice, are tested where they belong; here only what is charged matters.
    """
    document = await document_of(session, "doc-1")
    version = await draft(
        session,
        under_document(table, document),
        price_document_id="doc-1",
        prepared_by="preparer",
        at=OPENING,
        zone_ids=(zone,),
    )
    name = (version.table.rate_table_id, version.table.version)
    if effective_from == OPENING:
        await adopt(
            session, *name, effective_from=OPENING, approved_by="approver", signs_seen_by="inspector", at=OPENING
        )
        return
    published = replace(
        version,
        state="published",
        approved_by="approver",
        approved_at=OPENING,
        published_by="approver",
        published_at=OPENING,
        effective_from=effective_from,
    )
    await repository.move(session, published)
    places = await entry_into_force.places_priced(session, published)
    await entry_into_force.put_in_force(session, published, places, document.number, at=OPENING)
    if signed:
        await confirm_version(session, *name, by="inspector", at=OPENING)


async def stay(
    session: AsyncSession,
    start: datetime,
    end: datetime | None,
    *,
    space_id: str | None = "S1",
    facility_id: str | None = None,
    plate_token: str | None = "token",  # noqa: S107 - a token is no password
    energy: str | None = "fuel",
    gaps: tuple[Gap, ...] = (),
    source: str = "attendant",
) -> str:
    """Write a stay as the sessions room leaves it, and return its id."""
    session_id = f"stay-{next(_numbers)}"
    await session.execute(
        insert(SessionRow).values(
            session_id=session_id,
            space_id=None if facility_id is not None else space_id,
            facility_id=facility_id,
            zone_id="Z1",
            state="open" if end is None else "ended",
            started_at=start,
            started_earliest=start,
            ended_at=end,
            ended_earliest=end,
            ended_latest=end,
            start_source=source,
            end_source=None if end is None else source,
            vehicle_class="small",
            energy=energy,
            plate_token=plate_token,
            gaps=msgspec.to_builtins(gaps),
            evidence=[],
        )
    )
    return session_id
