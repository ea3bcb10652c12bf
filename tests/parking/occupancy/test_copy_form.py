"""The binary form of COPY: PostgreSQL reads from it what was put into it, whatever a reading or a change says."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import FromClause, select

from parking.db.unit_of_work import Database
from parking.domain.clock import from_micros
from parking.occupancy.copy_form import CHANGE_COLUMNS, OBSERVATION_COLUMNS, change_rows, observation_rows
from parking.occupancy.evidence import Observation
from parking.occupancy.history_rows import Judged, Published
from parking.occupancy.model import SpaceChange
from parking.occupancy.partitions import ensure_partitions, month_of
from parking.occupancy.repository import copy_rows
from parking.occupancy.tables import ObservationRow, SpaceStateRow
from tests.parking.occupancy.samples import T0, reading

pytestmark = pytest.mark.service
FULL = reading(
    "free",
    at_s=1.000001,
    kind="restate",
    device="设备-1" * 60,
    session="join",
    sequence=2**63 - 1,
    event_id="e\0",
    confidence=0.5,
    battery_v=0.0,
    battery_pct=12.25,
    temperature_c=-40.5,
    device_at=T0 - 1,
    gateway_at=0,
    server_at=T0,
    previous_s=(0, 90),
    fault="other",
    magnetic=(1.5, -2.25, 0.0),
    trusted=False,
    source="camera",
)
BARE = reading(None, kind="telemetry", sequence=2**63)
CHANGE = SpaceChange(
    "s1", "z1", "occupied", "free", T0, T0 + 1, T0 + 2, "change", "d1", 0.25, None, "occupied", closed_for="market\0"
)
SILENT = SpaceChange("s2", "z1", "unknown", "free", T0, None, T0 + 2, "silence", None, None, "silent", "unknown")


async def test_rows_are_what_was_said(database: Database) -> None:
    observations = [Judged(3, "17-0", 0, FULL, "c"), Judged(3, "17-1", 299, BARE, "t")]
    changes = [Published(3, "18-0", 0, CHANGE), Published(3, "18-0", 1, SILENT)]
    async with database.transaction() as session:
        await ensure_partitions(session, [month_of(from_micros(T0))])
        await copy_rows(session, [observation_rows(observations[:1]), observation_rows(observations[1:])], [])
        await copy_rows(session, [], [change_rows(changes)])
    assert await _read(database, ObservationRow.__table__) == [_observation(one) for one in observations]
    assert await _read(database, SpaceStateRow.__table__) == [_change(one) for one in changes]


def test_every_column_is_written() -> None:
    assert set(OBSERVATION_COLUMNS) == set(ObservationRow.__table__.columns.keys())
    assert set(CHANGE_COLUMNS) == set(SpaceStateRow.__table__.columns.keys())


async def _read(database: Database, table: FromClause) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        rows = await session.execute(select(table).order_by(table.c.item))
        return [dict(row) for row in rows.mappings()]


def _observation(one: Judged) -> dict[str, Any]:
    said: Observation = one.observation
    least, below = said.previous_s or (None, None)
    return {
        "shard": one.shard,
        "entry_id": one.entry_id,
        "item": one.item,
        "disposition": one.letter,
        **{
            name: getattr(said, name)
            for name in OBSERVATION_COLUMNS
            if hasattr(said, name) and not name.endswith("_at") and name not in {"sequence", "event_id", "magnetic"}
        },
        **{name: _instant(getattr(said, name)) for name in OBSERVATION_COLUMNS if name.endswith("_at")},
        "sequence": said.sequence if said.sequence != 2**63 else None,
        "event_id": None if said.event_id is None else "e\N{REPLACEMENT CHARACTER}",
        "magnetic": None if said.magnetic is None else list(said.magnetic),
        "previous_least_s": least,
        "previous_below_s": below,
    }


def _change(one: Published) -> dict[str, Any]:
    change = one.change
    return {
        "shard": one.shard,
        "change_id": one.change_id,
        "item": one.item,
        **{name: getattr(change, name) for name in CHANGE_COLUMNS if hasattr(change, name)},
        "at": from_micros(change.at),
        "since": from_micros(change.since),
        "observed_at": _instant(change.observed_at),
        "reason": "market\N{REPLACEMENT CHARACTER}" if change.closed_for else change.reason,
    }


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
