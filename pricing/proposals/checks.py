"""What published proposals did: the record of it, and all SQL of it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.model import PlaceKind
from pricing.evaluation.monitor import ALARMS, Judgement, Verdict
from pricing.proposals.model import CellKey
from pricing.proposals.repository import touching
from pricing.proposals.tables import TariffProposalCheckRow, TariffProposalRow

CHECKS_CHANNEL: Final = "price_checks"
"""Where it is said that the verdicts have changed; what is sent says nothing more."""

_STANDING: Final = text("""
    SELECT c.verdict, count(*) AS number FROM tariff_proposal_check c JOIN tariff_proposal p USING (proposal_id)
    WHERE NOT EXISTS (
        SELECT FROM tariff_proposal later
        JOIN tariff_proposal_cell cell ON cell.proposal_id = later.proposal_id AND cell.revision = later.revision
        WHERE later.state = 'published' AND later.published_at > p.published_at AND cell.price_proposed <> cell.price_now
          AND cell.zone_id IN (SELECT zone_id FROM tariff_proposal_cell own WHERE own.proposal_id = p.proposal_id)
    )
    GROUP BY c.verdict
""")
"""Of prices that no later proposal has changed."""


@dataclass(frozen=True, kw_only=True)
class WatchedCell:
    """One price before and after, with what was measured; None where too little was."""

    zone_id: str
    kind: PlaceKind
    day_type: str
    band: str
    price_before: int
    price_after: int
    occupancy_before: float
    occupancy_after: float | None
    full_share_after: float | None
    expected_low: float
    expected_high: float
    hours_after: float | None = None
    """Measured hours under the new price; None where nothing was, and in checks of older releases."""
    occupancy_earlier: float | None = None
    """In the time of the same length before the review: what a lottery cannot have caused (`learning`)."""

    @property
    def key(self) -> CellKey:
        return self.zone_id, self.kind, self.day_type, self.band


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was measured in `[since, until)` under the prices of a proposal, and what that says."""

    proposal_id: str
    checked_at: datetime
    since: datetime
    until: datetime
    is_over: bool
    """The review period has passed, or other prices ended it."""
    judgement: Judgement
    cells: tuple[WatchedCell, ...]

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict if self.is_over else "too_early"


async def due(session: AsyncSession, began_by: datetime) -> list[str]:
    """Ids of published proposals in force since then or longer that nobody has judged, oldest first."""
    row, done = TariffProposalRow, TariffProposalCheckRow
    wanted = (
        select(row.proposal_id)
        .outerjoin(done, done.proposal_id == row.proposal_id)
        .where(row.state == "published", row.effective_from <= began_by, done.proposal_id.is_(None))
        .order_by(row.effective_from, row.proposal_id)
    )
    return list(await session.scalars(wanted))


async def add(session: AsyncSession, check: Check) -> None:
    await session.execute(
        insert(TariffProposalCheckRow).values(
            proposal_id=check.proposal_id,
            checked_at=check.checked_at,
            since=check.since,
            until=check.until,
            verdict=check.verdict,
            judgement=asdict(check.judgement),
            cells=[asdict(cell) for cell in check.cells],
        )
    )


async def kept(session: AsyncSession, proposal_id: str) -> Check | None:
    """The one on record; None while the proposal has not been judged."""
    row = await session.get(TariffProposalCheckRow, proposal_id)
    if row is None:
        return None
    return Check(
        proposal_id=row.proposal_id,
        checked_at=row.checked_at,
        since=row.since,
        until=row.until,
        is_over=True,
        judgement=msgspec.convert(row.judgement, Judgement),
        cells=tuple(WatchedCell(**cell) for cell in row.cells),
    )


async def standing(session: AsyncSession) -> Mapping[str, int]:
    """How many proposals whose prices no later one has changed have each verdict."""
    return {row.verdict: row.number for row in await session.execute(_STANDING)}


async def is_waiting(session: AsyncSession, zone_ids: Collection[str]) -> bool:
    """Whether the newest verdict on prices of these zones is one that a person has to look at, and no proposal was made since.

    A city whose drivers do not answer to prices, or in which they swing, would else be moved on and on.
    """
    done, row = TariffProposalCheckRow, TariffProposalRow
    newest = (
        await session.execute(
            select(done.verdict, done.checked_at)
            .where(done.proposal_id.in_(touching(zone_ids)))
            .order_by(done.checked_at.desc(), done.since.desc())
            .limit(1)
        )
    ).first()
    if newest is None or newest.verdict not in ALARMS:
        return False
    since = (
        select(row.proposal_id)
        .where(row.proposed_at > newest.checked_at, row.proposal_id.in_(touching(zone_ids)))
        .limit(1)
    )
    return await session.scalar(since) is None
