"""What caps leave of the parts of a collection, cell by cell ("Exact meaning", 4)."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pricing.fees.amounts import Amount, share
from pricing.fees.intervals import Interval
from pricing.fees.local_time import day_span, local_day
from pricing.rates.model import Cap

_FAR: Final = 1 << 62


class Cell(NamedTuple):
    """Consecutive seconds of a part within one window of every cap."""

    low: int
    """First second, in real time."""
    high: int
    at: int
    """Position of the first second in the part."""
    until: int


class TakeOff(NamedTuple):
    """What a cap took off within one of its windows."""

    cap: Cap
    most: Amount
    """The cap itself, with the vehicle's percentage."""
    low: int
    high: int
    amount: Amount


class CapWindows:
    """The caps of one collection during one stay, with what is left of each in each of its windows."""

    def __init__(self, caps: Sequence[Cap], vehicle: int, start: int, zone: ZoneInfo) -> None:
        """`vehicle` is the percentage of its class in ten-thousandths, `start` the first second of the stay."""
        self._caps = [(cap, share(cap.amount, vehicle) if cap.times_vehicle else cap.amount) for cap in caps]
        self._start = start
        self._zone = zone
        self._left: dict[tuple[int, int], Amount] = {}

    def cells(self, spans: Sequence[Interval]) -> list[Cell]:
        """Cut the seconds of a part where a window ends."""
        cells: list[Cell] = []
        position, until = 0, spans[0][0]
        for start, end in spans:
            low = start
            while low < end:
                if low >= until:
                    until = self._window_end(low)
                    cells.append(Cell(low, low, position, position))
                high = min(end, until)
                position += high - low
                cells[-1] = cells[-1]._replace(high=high, until=position)
                low = high
        return cells

    def pay(self, owed: Amount, rule: str | None, low: int, high: int) -> tuple[Amount, TakeOff | None]:
        """Of what a cell owes for a rule (None: the entry fee), what may be charged; the caps remember it."""
        tightest: tuple[Cap, Amount] | None = None
        allowed = owed
        windows: list[tuple[int, int]] = []
        for number, (cap, amount) in enumerate(self._caps):
            if cap.rules and rule not in cap.rules:
                continue
            window = (number, self._window(cap, low))
            windows.append(window)
            left = self._left.setdefault(window, amount)
            if left < allowed:
                tightest, allowed = (cap, amount), left
        for window in windows:
            self._left[window] -= allowed
        return allowed, None if tightest is None else TakeOff(*tightest, low, high, owed - allowed)

    def _window(self, cap: Cap, second: int) -> int:
        if cap.scope == "local_day":
            return local_day(second, self._zone).toordinal()
        return 0 if cap.window_s is None or cap.scope == "stay" else (second - self._start) // cap.window_s

    def _window_end(self, second: int) -> int:
        ends = [_FAR]
        for cap, _ in self._caps:
            if cap.scope == "local_day":
                ends.append(day_span(local_day(second, self._zone), self._zone)[1])
            elif cap.scope == "from_entry" and cap.window_s is not None:
                ends.append(second + cap.window_s - (second - self._start) % cap.window_s)
        return min(ends)
