"""The life of a device, from the register to its end; pure.

A device counts (its word tells what the state of its space is) once it is accepted. Whoever registers one without asking
for a test accepts it by that; an installation that commissions its devices registers them to be tested first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args

from parking.domain.errors import ConflictError

Stage = Literal["registered", "installed", "testing", "accepted", "replaced", "removed"]
Deed = Literal[
    "register", "update", "install", "uninstall", "test", "pass", "fail", "accept", "withdraw", "replace", "remove"
]
"""`install` and `uninstall` bind and unbind; `pass` and `fail` end a test; `accept` is a person's word without one, and
`withdraw` takes an acceptance back."""

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
COUNTED: Final[frozenset[Stage]] = frozenset({"accepted", "replaced"})
"""Stages in which a device's word counts: one that was replaced may still have frames of its time on their way."""
MOVES: Final[Mapping[tuple[Stage, Deed], Stage]] = {
    ("registered", "install"): "installed",
    ("installed", "install"): "installed",
    ("accepted", "install"): "accepted",
    ("installed", "uninstall"): "registered",
    ("accepted", "uninstall"): "accepted",
    ("installed", "test"): "testing",
    ("testing", "pass"): "accepted",
    ("testing", "fail"): "installed",
    ("registered", "accept"): "accepted",
    ("installed", "accept"): "accepted",
    ("accepted", "withdraw"): "installed",
    ("installed", "replace"): "replaced",
    ("accepted", "replace"): "replaced",
    ("registered", "remove"): "removed",
    ("installed", "remove"): "removed",
    ("testing", "remove"): "removed",
    ("accepted", "remove"): "removed",
    ("replaced", "remove"): "removed",
}
"""A test is ended before its device is unbound or replaced: what it found belongs to the space where it stood."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing that was done with a device: who, when, what came of it, and why."""

    device_id: str
    at: datetime
    actor: str
    deed: Deed
    stage: Stage
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """Never a key or the id under which a device speaks."""


def after(stage: Stage, deed: Deed, device_id: str) -> Stage:
    """The stage that a deed leads to; raises ConflictError `stage_wrong`."""
    reached = MOVES.get((stage, deed))
    if reached is None:
        raise ConflictError(f"device {device_id} is {stage}: that does not allow to {deed} it", code="stage_wrong")
    return reached
