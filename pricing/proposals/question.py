"""What the solver was asked, kept with the proposal: an edit asks it again with the edited prices fixed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from parking.domain.errors import ConflictError, InvalidInputError, UnavailableError
from pricing.optimizer.choices import bounds, choices
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import Method, Proposed, propose
from pricing.proposals.model import HOUR_S, CellKey, Edit, ProposalCell, unit_price


class NotEditableError(ConflictError):
    """Nothing was solved for this proposal, or an older release made it: review the prices anew instead."""

    code = "proposal_not_editable"


class EditBeyondLimitError(InvalidInputError):
    """A limit of the cell itself forbids the price; `fields` names it, and the unit prices that it allows."""

    code = "edit_beyond_limit"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Cells in the order of the proposal's first revision."""

    policy: PricingPolicy
    cells: tuple[Cell, ...]
    zones: dict[str, PricingZone]
    method: Method


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`because` says why the prices are the method's whose they are."""

    proposed: Proposed
    method: Method
    because: str


def to_record(question: Question) -> dict[str, Any]:
    """JSON-able; whatever a cell or the policy is told further is kept with it."""
    record: dict[str, Any] = msgspec.to_builtins(question, order="deterministic")
    return record


def from_record(record: Mapping[str, Any]) -> Question:
    return msgspec.convert(record, Question)


def answered(question: Question) -> Answer:
    """The prices; the rule's where the optimizer has no better ones or finds none in its time."""
    try:
        proposed = propose(question.policy, question.cells, question.zones, question.method)
    except UnavailableError as error:
        if question.method == "rule" or error.code != "solver_gave_up":
            raise
        proposed = propose(question.policy, question.cells, question.zones, "rule")
        return Answer(proposed=proposed, method="rule", because=error.code)
    comparison = proposed.comparison
    return Answer(proposed=proposed, method=comparison.taken, because=comparison.because)


def revised(
    question: Question, cells: Sequence[ProposalCell], edits: Sequence[Edit]
) -> tuple[tuple[ProposalCell, ...], Answer]:
    """The cells with the edited prices fixed and all others solved around them.

    Raises `EditBeyondLimitError`, `InvalidInputError` (`cell_unknown`, `cell_edited_twice`) and `PolicyInfeasibleError` when the edits leave
    no prices for the others.
    """
    known = {cell.key: cell for cell in cells}
    wanted = _by_key(edits, known)
    fixed = tuple(_fixed(question.policy, cell, known, wanted) for cell in question.cells)
    answer = answered(replace(question, cells=fixed))
    found = tuple(
        replace(
            known[key_of(proposal.cell)],
            price_proposed=proposal.price_proposed,
            rule_price=proposal.rule_price,
            expected_occupancy=proposal.expected_occupancy,
            expected_low=proposal.expected_low,
            expected_high=proposal.expected_high,
            binding=proposal.binding,
            reason=proposal.reason,
        )
        for proposal in answer.proposed.proposals
    )
    return found, answer


def band_with_kind(kind: str, band: str) -> str:
    """How the solver tells the kinds of places of one zone apart: neighbours and classes are compared within one kind."""
    return f"{kind} {band}"


def key_of(cell: Cell) -> CellKey:
    kind, _, band = cell.band.partition(" ")
    return cell.zone_id, kind, cell.day_type, band  # type: ignore[return-value] # written by `band_with_kind`


def _by_key(edits: Sequence[Edit], known: Mapping[CellKey, ProposalCell]) -> dict[CellKey, Edit]:
    found: dict[CellKey, Edit] = {}
    for edit in edits:
        fields = {"zone": edit.zone_id, "kind": edit.kind, "band": edit.band}
        if edit.key not in known:
            raise InvalidInputError("the proposal has no such cell", code="cell_unknown", fields=fields)
        if edit.key in found:
            raise InvalidInputError("a cell has one price", code="cell_edited_twice", fields=fields)
        found[edit.key] = edit
    return found


def _fixed(
    policy: PricingPolicy, cell: Cell, known: Mapping[CellKey, ProposalCell], edits: Mapping[CellKey, Edit]
) -> Cell:
    edit = edits.get(key_of(cell))
    if edit is None:
        return cell
    unit_s = known[edit.key].unit_s
    if edit.unit_price is None or edit.unit_price * HOUR_S == cell.price * unit_s:
        return replace(cell, fixed=cell.price)
    price, rest = divmod(edit.unit_price * HOUR_S, unit_s)
    limit = "tick" if rest else _limit_of(policy, cell, price)
    if limit is None:
        return replace(cell, fixed=price)
    options = choices(policy, cell)
    raise EditBeyondLimitError(
        f"{edit.zone_id} {edit.kind} {edit.band}: {limit} forbids {edit.unit_price}",
        fields={
            "limit": limit,
            "zone": edit.zone_id,
            "kind": edit.kind,
            "band": edit.band,
            "lowest": unit_price(options[0], unit_s) if options else None,
            "highest": unit_price(options[-1], unit_s) if options else None,
        },
    )


def _limit_of(policy: PricingPolicy, cell: Cell, price: int) -> str | None:
    """The limit of the cell itself that forbids the price; None where none does."""
    low, high = bounds(policy, cell)
    if cell.zone_id in policy.frozen:
        return "frozen"
    if price < low:
        return "floor" if low == policy.floor else "document_floor"
    if price > high:
        return "cap" if high == policy.cap else "document_ceiling"
    if price % policy.tick:
        return "tick"
    return None if price in choices(policy, cell) else "step"
