"""Facts about payment terminals, told on the transition: when a fault begins and ends, and when something runs out."""

from datetime import datetime
from typing import ClassVar

from parking.events.fact import Fact


class TerminalFaultReported(Fact, frozen=True, kw_only=True):
    """A terminal has reported a fault that it did not have before."""

    TYPE: ClassVar[str] = "parking.terminal.fault_reported"

    terminal_id: str
    fault: str
    reported_at: datetime
    """By the terminal's clock."""

    @property
    def subject(self) -> str:
        return self.terminal_id


class TerminalFaultCleared(Fact, frozen=True, kw_only=True):
    """A terminal no longer reports a fault."""

    TYPE: ClassVar[str] = "parking.terminal.fault_cleared"

    terminal_id: str
    fault: str
    reported_at: datetime

    @property
    def subject(self) -> str:
        return self.terminal_id


class TerminalStockReported(Fact, frozen=True, kw_only=True):
    """Something in a terminal runs out: paper, coins."""

    TYPE: ClassVar[str] = "parking.terminal.stock_reported"

    terminal_id: str
    what: str
    left_percent: int
    reported_at: datetime

    @property
    def subject(self) -> str:
        return self.terminal_id
