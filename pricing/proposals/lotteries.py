"""The lotteries of proposals, and all SQL of them: which moves took effect with a proposal, and which wait for the next review.

The draw is the first revision's and never changes. An edit of a price that waits lets it move, as a person's word is not drawn; the record keeps what was
drawn all the same: to strike out whom a person edited after the draw would let that person into what chance must decide.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.proposals.model import Lottery
from pricing.proposals.tables import TariffProposalCellRow, TariffProposalRow


def to_record(lottery: Lottery | None) -> dict[str, Any] | None:
    record: dict[str, Any] | None = msgspec.to_builtins(lottery)
    return record


async def kept(session: AsyncSession, *proposal_ids: str) -> Mapping[str, Lottery]:
    """By proposal, of those that had one."""
    row = TariffProposalRow
    found = await session.execute(
        select(row.proposal_id, row.lottery).where(row.proposal_id.in_(proposal_ids), row.lottery.is_not(None))
    )
    return {one.proposal_id: msgspec.convert(one.lottery, Lottery) for one in found}


async def waiting(session: AsyncSession, at: datetime) -> frozenset[str]:
    """Zones that the newest proposal in force for them drew to wait."""
    row, cell = TariffProposalRow, TariffProposalCellRow
    newest = await session.execute(
        select(cell.zone_id, row.proposal_id)
        .join(row, (row.proposal_id == cell.proposal_id) & (row.revision == cell.revision))
        .where(row.state == "published", row.effective_from <= at)
        .ext(distinct_on(cell.zone_id))
        .order_by(cell.zone_id, row.effective_from.desc())
    )
    by_zone = {one.zone_id: one.proposal_id for one in newest}
    drawn = await kept(session, *set(by_zone.values()))
    return frozenset(
        zone_id
        for zone_id, proposal_id in by_zone.items()
        if proposal_id in drawn and zone_id in drawn[proposal_id].waiting
    )
