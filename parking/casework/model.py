"""What a case is, which kinds there are, and what may come of each. Pure.

The stages are the first, third and sixth of the seven of digital city management (city.md B3: 立案, 派遣, 结案); whoever adds the
others adds rows to `MOVES`. A case never punishes anybody and knows no debt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from parking.domain.errors import InvalidInputError

ReportKind = Literal["misuse_report", "device_fault_report", "sign_missing_report", "blocked_space_report"]
ContradictionKind = Literal[
    "occupied_without_session",
    "vacant_with_session",
    "entry_without_exit",
    "exit_without_entry",
    "entry_repeated",
    "stay_never_ended",
    "contradicted",
]
CaseKind = ContradictionKind | ReportKind | Literal["overstay"]
Stage = Literal["filed", "dispatched", "closed"]
Deed = Literal["assign", "decide"]
PersonsOutcome = Literal["end_stay", "end_at_last_evidence", "reassign", "towed_by_order", "handled", "no_action"]
Outcome = PersonsOutcome | Literal["resolved_itself"]
"""What resolves itself is closed by the platform: the contradiction is gone, and there is nothing left to decide."""

KINDS: Final[tuple[CaseKind, ...]] = (*get_args(ContradictionKind), *get_args(ReportKind), "overstay")
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
MOVES: Final[Mapping[tuple[Stage, Deed], Stage]] = {
    ("filed", "assign"): "dispatched",
    ("dispatched", "assign"): "dispatched",
    ("filed", "decide"): "closed",
    ("dispatched", "decide"): "closed",
}
_ALWAYS: Final[frozenset[Outcome]] = frozenset({"handled", "no_action"})
_ENDS_A_STAY: Final[frozenset[Outcome]] = frozenset({"end_stay", "end_at_last_evidence"})
_WITH_A_STAY: Final[frozenset[Outcome]] = _ENDS_A_STAY | {"reassign"}
_OUTCOMES: Final[Mapping[CaseKind, frozenset[Outcome]]] = {
    "occupied_without_session": _ALWAYS,
    "vacant_with_session": _ALWAYS | _WITH_A_STAY,
    "entry_without_exit": _ALWAYS | _WITH_A_STAY,
    "exit_without_entry": _ALWAYS | {"reassign"},
    "entry_repeated": _ALWAYS | _WITH_A_STAY,
    "stay_never_ended": _ALWAYS | _WITH_A_STAY,
    "contradicted": _ALWAYS | _WITH_A_STAY,
    "overstay": _ALWAYS | _WITH_A_STAY | {"towed_by_order"},
    "misuse_report": _ALWAYS | _WITH_A_STAY | {"towed_by_order"},
    "blocked_space_report": _ALWAYS | {"towed_by_order"},
    "device_fault_report": _ALWAYS,
    "sign_missing_report": _ALWAYS,
}
_NEEDS_A_STAY: Final[frozenset[Outcome]] = _WITH_A_STAY
GONE_WITH_THE_STAY: Final[frozenset[CaseKind]] = frozenset({"stay_never_ended", "entry_without_exit"})
"""What an end of the stay by other means resolves."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What makes a case, or adds to the one that is open about the same thing."""

    kind: CaseKind
    zone_id: str
    seen_at: datetime
    by: str
    space_id: str | None = None
    session_id: str | None = None
    words: str | None = None
    evidence_ids: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """What tells one contradiction from another of its kind."""
        if self.session_id is not None:
            return f"session:{self.session_id}"
        return f"zone:{self.zone_id}" if self.space_id is None else f"space:{self.space_id}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a person on the street has seen."""

    kind: ReportKind
    space_id: str
    session_id: str | None = None
    evidence_ids: tuple[str, ...] = ()
    words: str | None = None
    seen_at: datetime | None = None
    """None is now; a telephone without network reports hours later."""


@dataclass(frozen=True, kw_only=True)
class TowOrder:
    """The order of the police by which a vehicle was towed; nobody else gives one (city.md C8)."""

    authority: str
    number: str
    towed_at: datetime
    taken_to: str
    """The driver must be told the place."""
    evidence_id: str
    """The order itself."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A person's word on a case."""

    outcome: PersonsOutcome
    reason: str
    ended_at: datetime | None = None
    """When the vehicle left, for `end_stay`."""
    evidence_id: str | None = None
    """What shows it."""
    order: TowOrder | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case as it stands."""

    case_id: str
    kind: CaseKind
    stage: Stage
    district_id: str
    zone_id: str
    space_id: str | None
    session_id: str | None
    words: str | None
    opened_at: datetime
    opened_by: str
    seen_at: datetime
    times_seen: int
    assigned_to: str | None
    """Name of an account."""
    assigned_at: datetime | None
    outcome: Outcome | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None

    def outcomes(self) -> tuple[Outcome, ...]:
        """What a person may decide, in alphabetical order; nothing of a closed case."""
        if self.stage == "closed":
            return ()
        allowed = _OUTCOMES[self.kind]
        return tuple(sorted(allowed if self.session_id is not None else allowed - _NEEDS_A_STAY))


def check_decision(case: Case, decision: Decision) -> None:
    """Raise InvalidInputError `outcome_not_possible`, `end_missing`, `order_missing`."""
    if decision.outcome not in case.outcomes():
        raise InvalidInputError(
            f"a case of this kind is decided by {', '.join(case.outcomes())}", code="outcome_not_possible"
        )
    if (decision.outcome == "end_stay") != (decision.ended_at is not None):
        raise InvalidInputError("say when the vehicle left, to end its stay then and not otherwise", code="end_missing")
    if (decision.outcome == "towed_by_order") != (decision.order is not None):
        raise InvalidInputError("a towing is recorded from an order of the police alone", code="order_missing")
