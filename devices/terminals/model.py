"""What a terminal is and how it is: frozen values and pure rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from parking.domain.errors import ParkingError

Health = Literal["ok", "attention", "faulty", "silent", "never_heard", "revoked"]

SILENT_AFTER: Final = timedelta(minutes=15)
"""Three heartbeats of five minutes: what the manual asks of a terminal."""
LOW_PERCENT: Final = 10
OVERLAP: Final = timedelta(hours=24)
"""How long the key before a new one goes on: a terminal that is offline learns of its new key when it returns."""


class TerminalRefusedError(ParkingError):
    """The request does not prove that it comes from a terminal of ours, now and for the first time."""

    code = "signature_malformed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Terminal:
    """One registered payment machine and what it last said of itself."""

    terminal_id: str
    operator_id: str
    district_id: str
    zone_ids: tuple[str, ...]
    """Where it takes money; what its package prices."""
    located: str
    registered_at: datetime
    revoked_at: datetime | None = None
    heard_at: datetime | None = None
    """By our clock, of the last heartbeat."""
    reported_at: datetime | None = None
    """By the terminal's clock; a heartbeat that is older than this one changes nothing."""
    offset_s: int | None = None
    """How far the terminal's clock was ahead of ours at the last heartbeat."""
    version: str | None = None
    stock: Mapping[str, int] = field(default_factory=dict)
    """Percent left of each thing that runs out: paper, coins."""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """What a terminal says of itself at an instant of its own clock."""

    at: datetime
    version: str
    stock: Mapping[str, int]
    faults: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """What a heartbeat changed: only this is told, not every repetition."""

    begun: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    low: tuple[str, ...] = ()


def health_of(terminal: Terminal, now: datetime) -> Health:
    """The worst of what is known, in the order in which somebody has to go there."""
    if terminal.revoked_at is not None:
        return "revoked"
    if terminal.heard_at is None:
        return "never_heard"
    if now - terminal.heard_at > SILENT_AFTER:
        return "silent"
    if terminal.faults:
        return "faulty"
    if any(left <= LOW_PERCENT for left in terminal.stock.values()):
        return "attention"
    return "ok"


def transition(before: Terminal, heard: Heartbeat) -> Transition:
    """A stock that was never told counts as full before."""
    return Transition(
        begun=tuple(fault for fault in heard.faults if fault not in before.faults),
        cleared=tuple(fault for fault in before.faults if fault not in heard.faults),
        low=tuple(
            what for what, left in heard.stock.items() if left <= LOW_PERCENT < before.stock.get(what, LOW_PERCENT + 1)
        ),
    )
