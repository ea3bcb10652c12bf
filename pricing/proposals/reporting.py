"""What the page about a proposal is made of, from what was kept of it: the question that the solver was asked, and the prices of the newest revision."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError
from pricing.demand import repository as estimates
from pricing.evaluation.report.model import Report
from pricing.optimizer.model import Cell
from pricing.optimizer.model import Proposal as Proposed
from pricing.proposals import repository
from pricing.proposals.model import CellKey, Proposal, ProposalCell
from pricing.proposals.question import Question, from_record, key_of
from pricing.rates.repository import tables_named


class ReportMissingError(ConflictError):
    """Nothing was solved for this proposal, such as one that takes prices back: there is nothing to explain."""

    code = "proposal_without_report"


async def report_of(session: AsyncSession, proposal: Proposal, names: Mapping[str, tuple[str, str]]) -> Report:
    """`names` of zones in Chinese and English. Raises `ReportMissingError`."""
    record = await repository.question_of(session, proposal.proposal_id)
    if record is None:
        raise ReportMissingError("nothing was solved for this proposal")
    tables = await tables_named(session, {(cell.rate_table_id, cell.version) for cell in proposal.cells})
    currency = "/".join(sorted({table.currency for table in tables.values()}))
    known = await estimates.newest(session, by=proposal.proposed_at)
    told = reported(proposal, from_record(record), names, currency)
    return replace(told, estimate=known[0].estimate if known else None)


def reported(proposal: Proposal, question: Question, names: Mapping[str, tuple[str, str]], currency: str) -> Report:
    asked = {key_of(cell): cell for cell in question.cells}
    newest = proposal.revisions[-1] if proposal.revisions else None
    return Report(
        title=proposal.proposal_id,
        currency=currency,
        policy=question.policy,
        zones=question.zones,
        proposals=[_proposed(cell, asked) for cell in proposal.cells],
        comparison=None if newest is None else newest.comparison,
        period=f"{proposal.period_start:%Y-%m-%d} – {proposal.period_end:%Y-%m-%d}",
        names=names,
    )


def _proposed(cell: ProposalCell, asked: Mapping[CellKey, Cell]) -> Proposed:
    return Proposed(
        # What was measured is the revision's, what is believed of the response the question's.
        cell=replace(asked[cell.key], price=cell.price_now),
        price_proposed=cell.price_proposed,
        rule_price=cell.rule_price,
        expected_occupancy=cell.expected_occupancy,
        expected_low=cell.expected_low,
        expected_high=cell.expected_high,
        binding=cell.binding,
        reason=cell.reason,
    )
