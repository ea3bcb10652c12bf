"""All SQL of proposals."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

import msgspec
from sqlalchemy import Select, case, func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.tables import ZoneRow
from pricing.optimizer.comparison import Comparison
from pricing.optimizer.model import Earlier
from pricing.proposals import lotteries
from pricing.proposals.model import (
    CellKey,
    Edit,
    Proposal,
    ProposalCell,
    ProposalState,
    ProposalUnknownError,
    PublishedVersion,
    Revision,
    Skipped,
)
from pricing.proposals.tables import TariffProposalCellRow, TariffProposalRevisionRow, TariffProposalRow

LOOKED_BACK: Final = timedelta(days=730)
"""What drivers did at other prices before is not what they do."""
_CELL_FIELDS = tuple(ProposalCell.__dataclass_fields__)


async def add(session: AsyncSession, proposal: Proposal, question: dict[str, Any] | None) -> None:
    """With its first revision; `question` is what an edit of it would ask the solver again."""
    await session.execute(
        insert(TariffProposalRow).values(
            proposal_id=proposal.proposal_id,
            state=proposal.state,
            method=proposal.method,
            because=proposal.because,
            revision=proposal.revision,
            takes_back=proposal.takes_back,
            question=question,
            lottery=lotteries.to_record(proposal.lottery),
            period_start=proposal.period_start,
            period_end=proposal.period_end,
            policy=proposal.policy,
            skipped=[asdict(skipped) for skipped in proposal.skipped],
            proposed_at=proposal.proposed_at,
            prepared_by=proposal.prepared_by,
        )
    )
    await _write_revision(session, proposal)


async def revise(session: AsyncSession, proposal: Proposal) -> None:
    """Let a further revision stand: the last one of `revisions`, with the proposal's cells."""
    await change(session, proposal)
    await _write_revision(session, proposal)


async def _write_revision(session: AsyncSession, proposal: Proposal) -> None:
    revision = proposal.revisions[-1]
    await session.execute(
        insert(TariffProposalRevisionRow).values(
            proposal_id=proposal.proposal_id,
            number=revision.number,
            made_by=revision.made_by,
            made_at=revision.made_at,
            reason=revision.reason,
            edits=[asdict(edit) for edit in revision.edits],
            comparison=None if revision.comparison is None else msgspec.to_builtins(revision.comparison),
            gap=revision.gap,
        )
    )
    of = {"proposal_id": proposal.proposal_id, "revision": proposal.revision}
    rows = [asdict(cell) | of | {"binding": list(cell.binding)} for cell in proposal.cells]
    await session.execute(insert(TariffProposalCellRow), rows)


async def find(session: AsyncSession, proposal_id: str, *, lock: bool = False) -> Proposal:
    """With cells, revisions and lottery; `lock` keeps other decisions out. Raises `ProposalUnknownError`."""
    row = await session.get(TariffProposalRow, proposal_id, with_for_update=lock, populate_existing=True)
    if row is None:
        raise ProposalUnknownError(f"there is no proposal {proposal_id[:64]!r}")
    cells = (await _cells(session, [proposal_id])).get(proposal_id, ())
    drawn = (await lotteries.kept(session, proposal_id)).get(proposal_id)
    return replace(_proposal(row, cells, await _revisions(session, proposal_id)), lottery=drawn)


async def question_of(session: AsyncSession, proposal_id: str) -> dict[str, Any] | None:
    """What the solver was asked; None where nothing was."""
    row = TariffProposalRow
    found: dict[str, Any] | None = await session.scalar(select(row.question).where(row.proposal_id == proposal_id))
    return found


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
    """Write down how far the decision is and which revision stands; nothing else of a proposal ever changes."""
    row = await session.get(TariffProposalRow, proposal.proposal_id)
    if row is None:
        raise ProposalUnknownError(f"there is no proposal {proposal.proposal_id!r}")
    row.state = proposal.state
    row.revision, row.method, row.because = proposal.revision, proposal.method, proposal.because
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


async def scheduled_at(session: AsyncSession, zone_ids: Collection[str]) -> datetime | None:
    """When the schedule's newest proposal of any of these zones was made, or began to hold where that was later; None before the first."""
    row, first = TariffProposalRow, TariffProposalRevisionRow
    began = case((row.state == "published", row.effective_from))
    newest = (
        select(func.max(func.greatest(row.proposed_at, began)))
        .join(first, first.proposal_id == row.proposal_id)
        .where(first.number == 1, first.made_by.is_(None), row.proposal_id.in_(touching(zone_ids)))
    )
    found: datetime | None = await session.scalar(newest)
    return found


async def zones_unreviewed(session: AsyncSession, zone_ids: Collection[str], since: datetime) -> list[str]:
    """Those of the zones of which no proposal that nobody rejected was made, or began to hold, after an instant."""
    row, cell = TariffProposalRow, TariffProposalCellRow
    lately = (
        select(cell.zone_id)
        .join(row, (row.proposal_id == cell.proposal_id) & (row.revision == cell.revision))
        .where(row.state != "rejected", func.greatest(row.proposed_at, row.effective_from) > since)
    )
    reviewed = set(await session.scalars(lately))
    return [zone_id for zone_id in zone_ids if zone_id not in reviewed]


def touching(zone_ids: Collection[str]) -> Select[str]:
    """Ids of the proposals that have a price in any of these zones."""
    cell = TariffProposalCellRow
    return select(cell.proposal_id).where(cell.zone_id.in_(zone_ids))


async def published(session: AsyncSession, before: datetime) -> list[Proposal]:
    """All in force before an instant, the last one first, with their cells."""
    row = TariffProposalRow
    wanted = select(row).where(row.state == "published", row.effective_from < before)
    rows = list(await session.scalars(wanted.order_by(row.effective_from.desc(), row.published_at.desc())))
    cells = await _cells(session, [found.proposal_id for found in rows])
    return [_proposal(found, cells.get(found.proposal_id, ())) for found in rows]


async def last_moves(session: AsyncSession, at: datetime) -> dict[CellKey, int]:
    """The direction, -1 or 1, in which a proposal last moved each price before an instant."""
    row, cell = TariffProposalRow, TariffProposalCellRow
    key = (cell.zone_id, cell.kind, cell.day_type, cell.band)
    found = await session.execute(
        select(*key, func.sign(cell.price_proposed - cell.price_now).label("direction"))
        .join(row, (row.proposal_id == cell.proposal_id) & (row.revision == cell.revision))
        .where(row.state == "published", row.effective_from <= at, cell.price_proposed != cell.price_now)
        .ext(distinct_on(*key))
        .order_by(*key, row.effective_from.desc())
    )
    return {(one.zone_id, one.kind, one.day_type, one.band): int(one.direction) for one in found}


async def earlier(session: AsyncSession, *, before: datetime) -> dict[CellKey, tuple[Earlier, ...]]:
    """What each price was an hour, and how full its places were, in the measured periods of published proposals that ended by then, oldest first.

    Of periods that overlap the later one is left out; what goes back to former prices has measured nothing of its own.
    """
    row, cell = TariffProposalRow, TariffProposalCellRow
    rows = await session.execute(
        select(
            *(cell.zone_id, cell.kind, cell.day_type, cell.band, cell.price_now, cell.occupancy),
            *(row.period_start, row.period_end),
        )
        .join(row, (row.proposal_id == cell.proposal_id) & (row.revision == cell.revision))
        .where(row.state == "published", row.takes_back.is_(None), row.period_end <= before)
        .where(row.period_start > before - LOOKED_BACK)
        .order_by(row.period_start, row.period_end)
    )
    found: dict[CellKey, list[Earlier]] = {}
    ended: dict[CellKey, datetime] = {}
    for one in rows:
        key: CellKey = (one.zone_id, one.kind, one.day_type, one.band)
        if key not in ended or one.period_start >= ended[key]:
            found.setdefault(key, []).append(Earlier(one.price_now, one.occupancy))
            ended[key] = one.period_end
    return {key: tuple(periods) for key, periods in found.items()}


def _foreign(district_id: str) -> Select[str]:
    return (
        select(TariffProposalCellRow.proposal_id)
        .join(ZoneRow, ZoneRow.zone_id == TariffProposalCellRow.zone_id)
        .where(ZoneRow.district_id != district_id)
    )


async def _cells(session: AsyncSession, proposal_ids: Sequence[str]) -> dict[str, tuple[ProposalCell, ...]]:
    """Of the revisions that stand."""
    cell, row = TariffProposalCellRow, TariffProposalRow
    rows = await session.scalars(
        select(cell)
        .join(row, (row.proposal_id == cell.proposal_id) & (row.revision == cell.revision))
        .where(cell.proposal_id.in_(proposal_ids))
        .order_by(cell.zone_id, cell.kind, cell.day_type, cell.band)
    )
    found: dict[str, list[ProposalCell]] = {}
    for one in rows:
        facts = {name: getattr(one, name) for name in _CELL_FIELDS} | {"binding": tuple(one.binding)}
        found.setdefault(one.proposal_id, []).append(ProposalCell(**facts))
    return {proposal_id: tuple(cells) for proposal_id, cells in found.items()}


async def _revisions(session: AsyncSession, proposal_id: str) -> tuple[Revision, ...]:
    row = TariffProposalRevisionRow
    found = await session.scalars(select(row).where(row.proposal_id == proposal_id).order_by(row.number))
    return tuple(
        Revision(
            number=one.number,
            made_by=one.made_by,
            made_at=one.made_at,
            reason=one.reason,
            edits=tuple(Edit(**edit) for edit in one.edits),
            comparison=None if one.comparison is None else msgspec.convert(one.comparison, Comparison),
            gap=one.gap,
        )
        for one in found
    )


def _proposal(
    row: TariffProposalRow, cells: tuple[ProposalCell, ...], revisions: tuple[Revision, ...] = ()
) -> Proposal:
    return Proposal(
        proposal_id=row.proposal_id,
        state=cast("ProposalState", row.state),
        method=row.method,
        because=row.because,
        revision=row.revision,
        revisions=revisions,
        takes_back=row.takes_back,
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
