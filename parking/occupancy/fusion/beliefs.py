"""The beliefs of many spaces, moved in rounds: of each space one step at a time, of all spaces at once."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from parking.occupancy.fusion import likelihood, states
from parking.occupancy.fusion.dynamics import Dynamics, advance
from parking.occupancy.fusion.learning import Record
from parking.occupancy.fusion.publication import LOWER, UNKNOWN, UPPER, decided
from parking.occupancy.fusion.rates import Rates
from parking.occupancy.fusion.states import Bools, Floats, Ints

KEPT: Final = 48
"""Steps of a space before which its belief is kept, so that late evidence can still be put where it belongs."""
SURE: Final = 0.9
"""How much the status that held before the second kind of evidence came is believed."""

What = Literal["change", "restate", "startup", "look", "word", "silence"]
_CODES: Final[dict[What, float]] = {"change": 0, "restate": 1, "startup": 2, "look": 3, "word": 4, "silence": 5}


class Step(NamedTuple):
    """One piece of evidence about one space, or its absence. Times in seconds since 1970."""

    at: float
    """When it was observed."""
    what: What
    says: int
    """1 for occupied, 0 for free."""
    score: float
    """A camera's probability of occupied, NaN where it gave none; of a word the probability that it is wrong."""
    place: int
    """Number of the step in the order of observation; the belief before it is kept under it."""
    anew: bool
    """It begins from the belief kept before it: something late stands in front of all that came after."""
    published_at: float
    """When its effect is published; NaN while what came after is still to be put on top again."""


class Outcome(NamedTuple):
    """A change of the published status of one row."""

    row: int
    at: float
    status: int
    confidence: float


class Beliefs:
    """Rows are numbered as they are added. `factor` scales the starting figures, for trials of how much they matter."""

    def __init__(self, *, factor: float = 1.0) -> None:
        self._factor = factor
        self._belief = np.zeros((0, states.COUNT))
        self._at = np.zeros(0)
        self._status = np.zeros(0, dtype=np.intp)
        self._clear_at = np.zeros(0)
        self._kept = np.zeros((0, KEPT, states.COUNT))
        self._kept_at = np.zeros((0, KEPT))
        self._record = Record.empty()
        self._adapt()

    def __len__(self) -> int:
        return len(self._at)

    def add(self, status: Ints, at: Floats) -> None:
        """Further spaces of which so far one kind of evidence told the status (`UNKNOWN` for none)."""
        vehicle = np.where(status == UNKNOWN, 0.5, np.where(status == 1, SURE, 1.0 - SURE))
        prior = Rates.published(len(at)).scaled(self._factor)
        shares = np.where(states.VEHICLE == 1, vehicle[:, None], 1.0 - vehicle[:, None])
        shares = shares * np.where(states.INVERTED == 1, prior.missed[:, None], 1.0 - prior.missed[:, None])
        shares = shares * np.where(states.BAD == 1, prior.bad[:, None], 1.0 - prior.bad[:, None])
        self._belief = np.concatenate([self._belief, shares])
        self._at = np.concatenate([self._at, at])
        self._status = np.concatenate([self._status, status])
        self._clear_at = np.concatenate([self._clear_at, at])
        self._kept = np.concatenate([self._kept, np.zeros((len(at), KEPT, states.COUNT))])
        self._kept_at = np.concatenate([self._kept_at, np.zeros((len(at), KEPT))])
        self._record = self._record.grown(len(self._at))
        self._adapt()

    def learn(self) -> None:
        """Take what the record says into the rates."""
        self._adapt()

    def run(self, steps: Mapping[int, Sequence[Step]]) -> list[Outcome]:
        """Do the steps of each row in their order, and return what is published, rows mixed."""
        rows = np.array(sorted(steps, key=lambda row: -len(steps[row])), dtype=np.intp)
        lengths = np.array([len(steps[row]) for row in rows], dtype=np.intp)
        table = np.full((int(lengths.max(initial=0)), len(rows), len(Step._fields)), np.nan)
        for column, row in enumerate(rows):
            table[: lengths[column], column] = [(s.at, _CODES[s.what], *s[2:]) for s in steps[row]]
        outcomes: list[Outcome] = []
        for number, round_ in enumerate(table):
            active = int(np.count_nonzero(lengths > number))
            outcomes += self._round(rows[:active], round_[:active])
        return outcomes

    def _round(self, rows: Ints, table: Floats) -> list[Outcome]:
        at, what, _, _, place, anew, published_at = table.T
        silent = what == _CODES["silence"]
        place = np.where(silent, 0, place).astype(np.intp) % KEPT
        again = (anew == 1.0) & ~silent
        belief = np.where(again[:, None], self._kept[rows, place], self._belief[rows])
        since = np.where(again, self._kept_at[rows, place], self._at[rows])
        heard = rows[~silent]
        self._kept[heard, place[~silent]] = belief[~silent]
        self._kept_at[heard, place[~silent]] = since[~silent]
        dynamics = self._dynamics.take(rows)
        belief = advance(belief, np.where(silent, 0.0, at - since), dynamics)
        self._record.note_time(rows, belief, np.where(again | silent, 0.0, np.maximum(at - since, 0.0)))
        belief = self._told(rows, belief, table, dynamics)
        self._belief[rows] = belief
        self._at[rows] = np.where(silent, since, np.maximum(at, since))
        return self._published(rows, belief, published_at, silent)

    def _told(self, rows: Ints, belief: Floats, table: Floats, dynamics: Dynamics) -> Floats:
        at, what, score, counted = table[:, 0], table[:, 1], table[:, 3], ~np.isnan(table[:, 6])
        says = table[:, 2].astype(np.intp)
        told = belief.copy()
        for name, code in _CODES.items():
            chosen = np.nonzero(what == code)[0]
            if not len(chosen) or name == "silence":
                continue
            before, word = belief[chosen], says[chosen]
            if name == "change":
                told[chosen] = likelihood.after_change(before, word, dynamics.take(chosen))
            elif name == "restate":
                told[chosen] = likelihood.after_restatement(before, word)
            elif name == "startup":
                told[chosen] = likelihood.after_restart(before, word)
            elif name == "look":
                wrong = self._record.misreading(score[chosen], self._rates.misread[rows[chosen]])
                told[chosen] = likelihood.after_look(before, word, wrong)
            else:
                told[chosen] = likelihood.after_word(before, word, score[chosen])
            once = chosen[counted[chosen]]
            if name == "change":
                self._record.note_change(rows[once])
            elif name == "look":
                self._record.note_look(rows[once], told[once], at[once], says[once], score[once])
        return told

    def _published(self, rows: Ints, belief: Floats, published_at: Floats, silent: Bools) -> list[Outcome]:
        occupied = states.occupied(belief)
        due = ~np.isnan(published_at)
        between = (occupied > LOWER) & (occupied < UPPER) & ~silent
        clear_at = np.where(due & ~between, published_at, self._clear_at[rows])
        self._clear_at[rows] = clear_at
        before = self._status[rows]
        after = np.where(silent, UNKNOWN, decided(before, occupied, published_at - clear_at))
        after = np.where(due, after, before)
        self._status[rows] = after
        moved = np.nonzero(after != before)[0]
        sure = np.maximum(occupied, 1.0 - occupied)
        return [Outcome(int(rows[i]), float(published_at[i]), int(after[i]), float(sure[i])) for i in moved]

    def _adapt(self) -> None:
        self._rates = self._record.learnt(Rates.published(len(self)).scaled(self._factor))
        self._dynamics = Dynamics.of(self._rates)
