"""What the solver was asked, kept with the proposal: an edit asks it again with the edited prices fixed. Pure."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

import msgspec

from parking.domain.errors import ConflictError, InvalidInputError, UnavailableError
from pricing.optimizer.choices import bound_of, choices
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import Method, Proposed, propose
from pricing.optimizer.stagger import stagger
from pricing.proposals.model import HOUR_S, CellKey, Edit, Lottery, ProposalCell, unit_price

Solved = TypeVar("Solved")


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


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A first answer: the question with the prices of those fixed that a lottery lets wait, so that edits leave them where they are."""

    question: Question
    answer: Answer
    lottery: Lottery | None


def to_record(question: Question) -> dict[str, Any]:
    """JSON-able; whatever a cell or the policy is told further is kept with it."""
    record: dict[str, Any] = msgspec.to_builtins(question, order="deterministic")
    return record


def from_record(record: Mapping[str, Any]) -> Question:
    return msgspec.convert(record, Question)


def answered(question: Question) -> Answer:
    """The prices; the rule's where the optimizer has no better ones or finds none in its time."""
    proposed, gave_up = _in_time(
        question.method, lambda method: propose(question.policy, question.cells, question.zones, method)
    )
    return _answer(proposed, gave_up)


def drawn(question: Question, *, after: date, waited: AbstractSet[str]) -> Drawn:
    """The prices of a review of the time from `after` on, some of which wait by lot where the policy says so; zones in `waited` did the last time."""
    policy = question.policy
    wave, gave_up = _in_time(
        question.method,
        lambda method: stagger(policy, question.cells, question.zones, method, after=after, waited=waited),
    )
    lottery = Lottery(
        stagger=policy.stagger, seed=policy.stagger_seed, after=after, lots=wave.lots, is_called_off=wave.is_called_off
    )
    return Drawn(
        question=replace(question, cells=tuple(proposal.cell for proposal in wave.proposed.proposals)),
        answer=_answer(wave.proposed, gave_up),
        lottery=lottery if wave.lots or wave.is_called_off else None,
    )


def _in_time(method: Method, solve: Callable[[Method], Solved]) -> tuple[Solved, str | None]:
    """By the method, or by the rule and why."""
    try:
        return solve(method), None
    except UnavailableError as error:
        if method == "rule" or error.code != "solver_gave_up":
            raise
        return solve("rule"), error.code


def _answer(proposed: Proposed, gave_up: str | None) -> Answer:
    comparison = proposed.comparison
    return Answer(proposed=proposed, method=comparison.taken, because=gave_up or comparison.because)


def revised(
    question: Question, cells: Sequence[ProposalCell], edits: Sequence[Edit]
) -> tuple[tuple[ProposalCell, ...], Answer]:
    """The cells with the edited prices fixed and all others solved around them; what waits by lot waits on, unless it is edited.

    Raises `EditBeyondLimitError`, `InvalidInputError` (`cell_unknown`, `cell_edited_twice`) and `PolicyInfeasibleError` when the edits leave
    no prices for the others; `staggered` is among its limits where they would if nothing waited.
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
    # What a person says of a price is no longer a matter of lot.
    cell = replace(cell, fixed=None, waits=False)
    unit_s = known[edit.key].unit_s
    if edit.unit_price is None or edit.unit_price * HOUR_S == cell.price * unit_s:
        price, limit = cell.price, bound_of(policy, cell, cell.price)
    else:
        price, rest = divmod(edit.unit_price * HOUR_S, unit_s)
        limit = "tick" if rest else _limit_of(policy, cell, price)
    if limit is None:
        return replace(cell, fixed=price)
    options = choices(policy, cell)
    raise EditBeyondLimitError(
        f"{edit.zone_id} {edit.kind} {edit.band}: {limit} forbids {price} an hour",
        fields={
            "limit": limit,
            "limits": [limit],
            "zone": edit.zone_id,
            "kind": edit.kind,
            "band": edit.band,
            "lowest": unit_price(options[0], unit_s) if options else None,
            "highest": unit_price(options[-1], unit_s) if options else None,
        },
    )


def _limit_of(policy: PricingPolicy, cell: Cell, price: int) -> str | None:
    """The limit of the cell itself that forbids the price; None where none does."""
    if cell.zone_id in policy.frozen:
        return "frozen"
    bound = bound_of(policy, cell, price)
    if bound is not None or price in choices(policy, cell):
        return bound
    return "tick" if price % policy.tick else "step"
