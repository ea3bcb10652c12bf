"""The way back: a proposal of the prices that a published one replaced, through the same two persons and the same notice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError
from pricing.optimizer.expected import expected
from pricing.optimizer.model import Cell
from pricing.proposals import checks, repository, watch
from pricing.proposals.checks import WatchedCell
from pricing.proposals.model import CellKey, Proposal, ProposalCell, Revision
from pricing.proposals.question import band_with_kind
from pricing.proposals.service import ProposalOutdatedError, add_proposal, new_proposal_id
from pricing.rates.repository import postings_after

REASON: Final = "takes back {proposal} / 撤回 {proposal}"
TAKEN_BACK: Final = "taken_back"


async def go_back(session: AsyncSession, proposal_id: str, *, by: str, reason: str, at: datetime) -> Proposal:
    """Propose the former prices of every cell that moved; the caller answers for it and cannot approve it.

    The former prices were lawful and in force, so no step or neighbour limits the way to them; the price document does,
    when it is published. Raises `ProposalDecidedError`, `ProposalOutdatedError` where other prices have replaced the published
    ones, and `ConflictError` (`nothing_moves`).
    """
    found = await repository.find(session, proposal_id)
    found.must_be("published")
    moved = [cell for cell in found.cells if cell.moves]
    if not moved:
        raise ConflictError("no price of this proposal moved", code="nothing_moves")
    check = await checks.kept(session, proposal_id) or await watch.check(session, found, at=at)
    versions = await _versions(session, found, at)
    cells = _former(moved, {} if check is None else {cell.key: cell for cell in check.cells}, found)
    new = Proposal(
        proposal_id=new_proposal_id(),
        state="proposed",
        method="go_back",
        because=TAKEN_BACK,
        period_start=found.period_start if check is None else check.since,
        period_end=found.period_end if check is None else check.until,
        policy={},
        skipped=(),
        proposed_at=at,
        cells=tuple(
            replace(cell, rate_table_id=name, version=version)
            for cell, (name, version) in zip(cells, (versions[cell.zone_id, cell.kind] for cell in cells), strict=True)
        ),
        revisions=(Revision(number=1, made_by=by, made_at=at, reason=reason),),
        takes_back=proposal_id,
        prepared_by=by,
    )
    await add_proposal(session, new, None)
    return new


async def _versions(session: AsyncSession, found: Proposal, at: datetime) -> dict[tuple[str, str], tuple[str, int]]:
    """What is in force now, by zone and kind; it has to be what the proposal published."""
    own = {(one.rate_table_id, one.version) for one in found.published_versions}
    present = {
        (one.zone_id, str(one.kind)): (one.table.rate_table_id, one.table.version)
        for one in await postings_after(session, at)
        if one.start <= at
    }
    for cell in found.cells:
        if cell.moves and present.get((cell.zone_id, cell.kind)) not in own:
            raise ProposalOutdatedError(
                f"{cell.zone_id} is not priced by this proposal now", fields={"zone": cell.zone_id}
            )
    return present


def _former(moved: Sequence[ProposalCell], measured: dict[CellKey, WatchedCell], found: Proposal) -> list[ProposalCell]:
    """Each with its two prices exchanged, from the occupancy that was measured under the new one where it was."""
    now = [_measured(cell, measured.get(cell.key)) for cell in moved]
    outlook = expected(now, [cell.price_now for cell in moved])
    reason = REASON.format(proposal=found.proposal_id)
    return [
        replace(
            cell,
            price_now=cell.price_proposed,
            price_proposed=cell.price_now,
            rule_price=cell.price_proposed,
            occupancy=present.occupancy,
            full_share=cell.full_share if present.full_share is None else present.full_share,
            expected_occupancy=mean,
            expected_low=low,
            expected_high=high,
            binding=(),
            reason=reason,
        )
        for cell, present, (mean, low, high) in zip(moved, now, np.asarray(outlook).tolist(), strict=True)
    ]


def _measured(cell: ProposalCell, after: WatchedCell | None) -> Cell:
    known = None if after is None else after.occupancy_after
    return Cell(
        zone_id=cell.zone_id,
        day_type=cell.day_type,
        band=band_with_kind(cell.kind, cell.band),
        price=cell.price_proposed,
        occupancy=cell.expected_occupancy if known is None else known,
        full_share=None if after is None else after.full_share_after,
        spaces=cell.spaces,
        hours=cell.hours,
    )
