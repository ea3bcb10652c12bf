"""What people and keys did, newest first, for those who answer for it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.auth.model import CITY
from api.deps import provided, require_role
from api.errors import problem_answers
from parking.db.unit_of_work import Database

router = APIRouter(tags=["operators"])


class Done(BaseModel):
    """One write."""

    id: int
    at: datetime
    actor: str
    role: str
    action: str = Field(examples=["proposal.approved"])
    subject: str
    district: str | None
    details: dict[str, Any]


class AuditPage(BaseModel):
    """A page of the audit; `next` is null at its end."""

    audit: list[Done]
    next: int | None


@router.get("/v1/operator/audit", summary="Who did what, newest first", responses=problem_answers(401, 403))
async def read_audit(
    caller: Annotated[Caller, Depends(require_role("operator", "approver", "admin"))],
    database: Annotated[Database, Depends(provided(Database))],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[int | None, Query(description="`next` of the page before")] = None,
) -> AuditPage:
    """An account of one district sees what was done in it; who is not known for the city's staff, its own deeds."""
    actor = None if caller.employer == CITY else caller.actor
    async with database.transaction() as session:
        rows = await audit.listed(session, district_id=caller.district_id, actor=actor, before=cursor, limit=limit + 1)
    page = [
        Done(
            id=row.audit_id,
            at=row.at,
            actor=row.actor,
            role=row.role,
            action=row.action,
            subject=row.subject,
            district=row.district_id,
            details=row.details,
        )
        for row in rows[:limit]
    ]
    return AuditPage(audit=page, next=page[-1].id if len(rows) > limit else None)
