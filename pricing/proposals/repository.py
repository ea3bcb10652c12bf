"""All SQL of proposals."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import cast

from sqlalchemy import Select, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.tables import ZoneRow
from pricing.proposals.model import (
    Proposal,
    ProposalCell,
    ProposalState,
    ProposalUnknownError,
    PublishedVersion,
    Skipped,
)
from pricing.proposals.tables import TariffProposalCellRow, TariffProposalRow

_CELL_FIELDS = tuple(ProposalCell.__dataclass_fields__)


async def add(session: AsyncSession, proposal: Proposal) -> None:
    await session.execute(
        insert(TariffProposalRow).values(
            proposal_id=proposal.proposal_id,
            state=proposal.state,
            method=proposal.method,
            period_start=proposal.period_start,
            period_end=proposal.period_end,
            policy=proposal.policy,
            skipped=[asdict(skipped) for skipped in proposal.skipped],
            proposed_at=proposal.proposed_at,
            prepared_by=proposal.prepared_by,
        )
    )
    rows = [
        asdict(cell) | {"proposal_id": proposal.proposal_id, "binding": list(cell.binding)} for cell in proposal.cells
    ]
    await session.execute(insert(TariffProposalCellRow), rows)


async def find(session: AsyncSession, proposal_id: str, *, lock: bool = False) -> Proposal:
    """With its cells; `lock` keeps other decisions out. Raises `ProposalUnknownError`."""
    row = await session.get(TariffProposalRow, proposal_id, with_for_update=lock, populate_existing=True)
    if row is None:
        raise ProposalUnknownError(f"there is no proposal {proposal_id[:64]!r}")
    return _proposal(row, (await _cells(session, [proposal_id])).get(proposal_id, ()))


async def page(
    session: AsyncSession, *, state: ProposalState | None, after: str | None, limit: int, district_id: str | None
) -> list[Proposal]:
    """Newest first, with their cells; `after` is the id of the last one of the page before.

    With a district only proposals that touch no zone outside it.
    """
    row = TariffProposalRow
    wanted = select(row).order_by(row.proposed_at.desc(), row.proposal_id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(row.state == state)
    if after is not None:
        last = await session.get(row, after)
        if last is None:
            raise ProposalUnknownError(f"there is no proposal {after[:64]!r}")
        wanted = wanted.where(tuple_(row.proposed_at, row.proposal_id) < (last.proposed_at, last.proposal_id))
    if district_id is not None:
        wanted = wanted.where(row.proposal_id.not_in(_foreign(district_id)))
    rows = list(await session.scalars(wanted))
    cells = await _cells(session, [found.proposal_id for found in rows])
    return [_proposal(found, cells.get(found.proposal_id, ())) for found in rows]


async def change(session: AsyncSession, proposal: Proposal) -> None:
    """Write down how far the decision is; nothing else of a proposal ever changes."""
    row = await session.get(TariffProposalRow, proposal.proposal_id)
    if row is None:
        raise ProposalUnknownError(f"there is no proposal {proposal.proposal_id!r}")
    row.state = proposal.state
    row.prepared_by = proposal.prepared_by
    row.approved_by, row.approved_at = proposal.approved_by, proposal.approved_at
    row.effective_from = proposal.effective_from
    row.published_by, row.published_at = proposal.published_by, proposal.published_at
    row.rejected_by, row.rejected_at = proposal.rejected_by, proposal.rejected_at
    row.rejected_because = proposal.rejected_because
    if proposal.published_versions:
        row.published_versions = [
            asdict(version) | {"zone_ids": list(version.zone_ids)} for version in proposal.published_versions
        ]
    await session.flush()


async def newest_at(session: AsyncSession) -> datetime | None:
    """When the newest proposal was made; None before the first."""
    found: datetime | None = await session.scalar(select(func.max(TariffProposalRow.proposed_at)))
    return found


def _foreign(district_id: str) -> Select[str]:
    return (
        select(TariffProposalCellRow.proposal_id)
        .join(ZoneRow, ZoneRow.zone_id == TariffProposalCellRow.zone_id)
        .where(ZoneRow.district_id != district_id)
    )


async def _cells(session: AsyncSession, proposal_ids: Sequence[str]) -> dict[str, tuple[ProposalCell, ...]]:
    cell = TariffProposalCellRow
    rows = await session.scalars(
        select(cell).where(cell.proposal_id.in_(proposal_ids)).order_by(cell.zone_id, cell.kind, cell.band)
    )
    found: dict[str, list[ProposalCell]] = {}
    for row in rows:
        facts = {name: getattr(row, name) for name in _CELL_FIELDS} | {"binding": tuple(row.binding)}
        found.setdefault(row.proposal_id, []).append(ProposalCell(**facts))
    return {proposal_id: tuple(cells) for proposal_id, cells in found.items()}


def _proposal(row: TariffProposalRow, cells: tuple[ProposalCell, ...]) -> Proposal:
    return Proposal(
        proposal_id=row.proposal_id,
        state=cast("ProposalState", row.state),
        method=row.method,
        period_start=row.period_start,
        period_end=row.period_end,
        policy=row.policy,
        skipped=tuple(Skipped(**skipped) for skipped in row.skipped),
        proposed_at=row.proposed_at,
        cells=cells,
        prepared_by=row.prepared_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        effective_from=row.effective_from,
        published_by=row.published_by,
        published_at=row.published_at,
        published_versions=tuple(
            PublishedVersion(
                rate_table_id=version["rate_table_id"],
                version=version["version"],
                zone_ids=tuple(version["zone_ids"]),
            )
            for version in row.published_versions or ()
        ),
        rejected_by=row.rejected_by,
        rejected_at=row.rejected_at,
        rejected_because=row.rejected_because,
    )
