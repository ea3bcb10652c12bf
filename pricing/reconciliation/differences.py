"""The list of differences: found once, found again unchanged, gone when it no longer holds, closed by a person."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.reconciliation.model import DifferenceKind, DifferenceUnknownError, ReconciliationConflictError
from pricing.reconciliation.tables import DifferenceRow

SYSTEM: Final = "system"
GONE: Final = "no longer differs"
_AT_ONCE: Final = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that two sources do not agree in; amounts in minor units, None where a source says nothing."""

    kind: DifferenceKind
    reference: str
    expected: int | None
    found: int | None
    occurred_at: datetime
    district_id: str | None = None
    operator_id: str | None = None
    currency: str = "CNY"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What a caller may see: one district, one operating company, both, or with None everything."""

    district_id: str | None = None
    operator_id: str | None = None

    @property
    def is_city(self) -> bool:
        return self.district_id is None and self.operator_id is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a comparison found: how many things differ now, and how many open differences are gone."""

    differing: int
    gone: int


async def record(
    session: AsyncSession, findings: Collection[Finding], *, looked_at: Iterable[DifferenceRow], at: datetime
) -> Outcome:
    """Keep what differs; of the open differences `looked_at` again, close those that do not differ any more.

    What a person has closed stays closed unless its amounts are others than the person saw.
    """
    distinct = list({(finding.kind, finding.reference): finding for finding in findings}.values())
    for start in range(0, len(distinct), _AT_ONCE):
        part = [{**asdict(finding), "found_at": at, "state": "open"} for finding in distinct[start : start + _AT_ONCE]]
        row = insert(DifferenceRow).values(part)
        changed = or_(
            DifferenceRow.closed_by == SYSTEM,
            DifferenceRow.expected.is_distinct_from(row.excluded.expected),
            DifferenceRow.found.is_distinct_from(row.excluded.found),
        )
        values = {
            "expected": row.excluded.expected,
            "found": row.excluded.found,
            "state": "open",
            "closed_at": None,
            "closed_by": None,
            "reason": None,
        }
        await session.execute(
            row.on_conflict_do_update(constraint="uq_difference_reference", set_=values, where=changed)
        )
    still = {(finding.kind, finding.reference) for finding in findings}
    gone = [row.difference_id for row in looked_at if (row.kind, row.reference) not in still]
    await _write_closed(session, gone, by=SYSTEM, reason=GONE, at=at)
    return Outcome(differing=len(still), gone=len(gone))


async def open_ones(session: AsyncSession, kinds: Collection[DifferenceKind], prefix: str = "") -> list[DifferenceRow]:
    """Those of the kinds whose reference begins so."""
    here = (
        DifferenceRow.state == "open",
        DifferenceRow.kind.in_(kinds),
        DifferenceRow.reference.startswith(prefix, autoescape=True),
    )
    return list(await session.scalars(select(DifferenceRow).where(*here)))


async def listed(
    session: AsyncSession, scope: Scope, *, state: str | None = None, after: int = 0, limit: int = 100
) -> list[DifferenceRow]:
    """In the order in which they were found first."""
    rows = select(DifferenceRow).where(DifferenceRow.difference_id > after, *_inside(scope))
    if state is not None:
        rows = rows.where(DifferenceRow.state == state)
    return list(await session.scalars(rows.order_by(DifferenceRow.difference_id).limit(limit)))


async def assign(session: AsyncSession, scope: Scope, difference_id: int, to: str) -> DifferenceRow:
    """Raise `difference_unknown` beyond the scope too, and `difference_closed`."""
    row = await _held(session, scope, difference_id)
    row.assigned_to = to
    await session.flush()
    return row


async def close(
    session: AsyncSession, scope: Scope, difference_id: int, *, reason: str, by: str, at: datetime
) -> DifferenceRow:
    """Raise as `assign`."""
    row = await _held(session, scope, difference_id)
    await _write_closed(session, [difference_id], by=by, reason=reason, at=at)
    await session.refresh(row)
    return row


async def _held(session: AsyncSession, scope: Scope, difference_id: int) -> DifferenceRow:
    here = select(DifferenceRow).where(DifferenceRow.difference_id == difference_id, *_inside(scope))
    row = await session.scalar(here.with_for_update())
    if row is None:
        raise DifferenceUnknownError(f"there is no difference {difference_id}")
    if row.state == "closed":
        raise ReconciliationConflictError("this difference is closed", code="difference_closed")
    return row


async def _write_closed(session: AsyncSession, ids: Collection[int], *, by: str, reason: str, at: datetime) -> None:
    if not ids:
        return
    statement = update(DifferenceRow).where(DifferenceRow.difference_id.in_(ids))
    await session.execute(statement.values(state="closed", closed_by=by, closed_at=at, reason=reason))


def _inside(scope: Scope) -> list[ColumnElement[bool]]:
    inside: list[ColumnElement[bool]] = []
    if scope.district_id is not None:
        inside.append(DifferenceRow.district_id == scope.district_id)
    if scope.operator_id is not None:
        inside.append(DifferenceRow.operator_id == scope.operator_id)
    return inside
