"""Use cases of edits: what other prices would do is shown at once, and written down as a further revision with its reason.

Each in the caller's transaction. All edits that hold are given each time, so that one of before is taken back by leaving it out.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError
from pricing.proposals import repository
from pricing.proposals.model import Edit, Proposal, Revision
from pricing.proposals.question import NotEditableError, from_record, revised


async def preview(session: AsyncSession, proposal_id: str, *, edits: Sequence[Edit], at: datetime) -> Proposal:
    """The proposal as the edits would leave it; nothing is written. Raises as `question.revised`, and `NotEditableError`."""
    found = await repository.find(session, proposal_id)
    found.must_be("proposed")
    return await _edited(session, found, edits, by=None, reason=None, at=at)


async def edit(
    session: AsyncSession,
    proposal_id: str,
    *,
    edits: Sequence[Edit],
    by: str,
    reason: str,
    at: datetime,
) -> Proposal:
    """By whoever answers for the proposal, who is the editor from now on where nobody did: then another person must approve.

    Raises as `preview`, and `ConflictError` (`proposal_taken`) where another person has it.
    """
    found = await repository.find(session, proposal_id, lock=True)
    found.must_be("proposed")
    if found.prepared_by not in {None, by}:
        raise ConflictError("another person prepares this proposal", code="proposal_taken")
    changed = await _edited(session, replace(found, prepared_by=by), edits, by=by, reason=reason, at=at)
    await repository.revise(session, changed)
    return changed


async def _edited(
    session: AsyncSession, found: Proposal, edits: Sequence[Edit], *, by: str | None, reason: str | None, at: datetime
) -> Proposal:
    record = await repository.question_of(session, found.proposal_id)
    if record is None:
        raise NotEditableError("this proposal cannot be solved again; review the prices anew")
    cells, answer = await asyncio.to_thread(revised, from_record(record), found.cells, edits)
    revision = Revision(
        number=found.revision + 1,
        made_by=by,
        made_at=at,
        reason=reason,
        edits=tuple(edits),
        comparison=answer.proposed.comparison,
        gap=answer.proposed.gap,
    )
    return replace(
        found,
        method=answer.method,
        because=answer.because,
        cells=cells,
        revision=revision.number,
        revisions=(*found.revisions, revision),
    )
