"""Days at a gate with hidden truth: visitors who stay an hour or two, residents who stay for nights, and a gate that misses some."""

import math
import random
from dataclasses import dataclass, field
from typing import Final

from parking.occupancy.gate_counts import DAY, SECOND, GateCount, begin, counted, interval, passed
from parking.occupancy.gate_tracks import LOOK_EVERY, REMEMBERED, Dwells, Matches, looked

BEGIN: Final = 1_790_000_000 // 86_400 * DAY
_ARRIVALS: Final = (2, 1, 1, 1, 1, 4, 13, 36, 54, 45, 36, 36, 36, 36, 31, 27, 27, 31, 36, 31, 22, 13, 7, 4)
"""Visitors in each hour of the day."""
CAPACITY: Final = 300
_RESIDENTS: Final = 40


@dataclass(kw_only=True)
class Outcome:
    """How far the reckoning and the plain balance were from the truth, at chance moments after the first three days."""

    count: GateCount
    errors: list[float] = field(default_factory=list)
    naive_errors: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)

    @property
    def error(self) -> float:
        return sum(self.errors) / len(self.errors)

    @property
    def naive_error(self) -> float:
        return sum(self.naive_errors) / len(self.naive_errors)

    @property
    def coverage(self) -> float:
        return sum(self.covered) / len(self.covered)


def passages(days: int, chance: random.Random) -> list[tuple[float, int, str]]:
    """Second, +1 or -1, and plate, in order, from a day before the first."""
    found: list[tuple[float, int, str]] = []
    for day in range(-1, days):
        for resident in range(_RESIDENTS):
            out = day * 86_400 + chance.gauss(8 * 3600, 2400)
            back = day * 86_400 + chance.gauss(18.5 * 3600, 5000)
            if chance.random() < 0.7 and back > out + 600:
                found += [(out, -1, f"r{resident}"), (back, 1, f"r{resident}")]
        for hour, rate in enumerate(_ARRIVALS):
            for visitor in range(max(0, round(chance.gauss(rate, math.sqrt(rate))))):
                at = day * 86_400 + hour * 3600 + chance.random() * 3600
                stays = max(120.0, chance.lognormvariate(math.log(5400), 0.9))
                name = f"v{day}/{hour}/{visitor}"
                found += [(at, 1, name), (at + stays, -1, name)]
    return sorted(one for one in found if one[0] < days * 86_400)


class Gate:
    """Sees what is not missed, and matches plates as the reports do."""

    def __init__(self, chance: random.Random, missed_in: float, missed_out: float) -> None:
        self._chance = chance
        self._missed = {1: missed_in, -1: missed_out}
        self._inside: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._visits: list[tuple[int, int]] = []
        self._unmatched = self._returned = self._repeated = 0

    def sees(self, turn: int) -> bool:
        return self._chance.random() >= self._missed[turn]

    def note(self, turn: int, plate: str, at: int) -> None:
        if turn == 1:
            self._repeated += self._last.get(plate) == 1
            self._returned += self._last.get(plate) == -1
            self._inside[plate] = at
        elif (entered := self._inside.pop(plate, None)) is None:
            self._unmatched += 1
        else:
            self._visits.append((entered, at))
        self._last[plate] = turn

    def matches(self, at: int) -> Matches:
        inside = [entered for entered in self._inside.values() if at - entered < REMEMBERED]
        found = Matches(self._visits, self._unmatched, self._returned, self._repeated, inside)
        self._visits, self._unmatched, self._returned, self._repeated = [], 0, 0, 0
        return found


def reckon(
    seed: int, missed_in: float, missed_out: float, *, days: int, by_plate: bool, counted_every_h: float | None
) -> Outcome:
    """The days as a gate sees them; a person counts at the first moment and then as often as said."""
    chance = random.Random(seed)  # noqa: S311 - reproducible days
    gate = Gate(chance, missed_in, missed_out)
    true, naive, next_count = _RESIDENTS, None, 0.0
    outcome = Outcome(count=begin(CAPACITY, BEGIN))
    dwells: Dwells = ()
    for second, turn, plate in passages(days, chance):
        before, true = true, true + turn
        if second < 0:
            continue
        at, count = BEGIN + int(second * SECOND), outcome.count
        naive = before if naive is None else naive
        if counted_every_h is not None and second >= next_count:
            count, next_count = counted(count, before, at - 1), second + counted_every_h * 3600
        if gate.sees(turn):
            naive = min(CAPACITY, max(0, naive + turn))
            gate.note(turn, plate, at)
            count = passed(count, "entry" if turn == 1 else "exit", at)
            if by_plate and at - count.looked_at >= LOOK_EVERY:
                count, dwells = looked(count, dwells, gate.matches(at), at)
        outcome.count = count
        if second > 3 * 86_400 and chance.random() < 0.05:
            low, high = interval(count)
            outcome.errors.append(abs(count.occupied - true))
            outcome.naive_errors.append(abs(naive - true))
            outcome.covered.append(low <= true <= high)
            outcome.widths.append(high - low)
    return outcome
