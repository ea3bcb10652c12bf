"""The beliefs of many spaces, moved in rounds: of each space one word at a time, of all spaces at once."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from parking.occupancy.fusion import likelihood, states
from parking.occupancy.fusion.dynamics import Dynamics, advance
from parking.occupancy.fusion.kept import CHANGE, LOOK, RESTATEMENT, STARTUP, Fused, Mark, Word
from parking.occupancy.fusion.learning import Record
from parking.occupancy.fusion.rates import Rates
from parking.occupancy.fusion.states import Bools, Floats, Ints, Singles

SURE: Final = 0.9
"""How much the status that held before the second kind of evidence came is believed."""
MICROS: Final = 1_000_000


class Step(NamedTuple):
    """One word to be weighed."""

    word: Word
    is_new: bool = True
    """It was not weighed before, and counts for what is learnt."""
    begins_at: Mark | None = None
    """The belief from which it goes on; None for that after the step before."""


class Weighed(NamedTuple):
    """What the steps of one space came to."""

    shares: Singles
    """(steps, 8) in single precision: the belief after each."""
    occupied: Floats
    """Probability of a vehicle after each."""
    record: bytes
    looked_at: int


def first_shares(figures: bytes, *, is_occupied: bool) -> bytes:
    """The belief about a space of which so far one kind of evidence told the status."""
    vehicle = SURE if is_occupied else 1.0 - SURE
    rates = Rates.read([figures])
    shares = np.where(states.VEHICLE == 1, vehicle, 1.0 - vehicle)
    shares = shares * np.where(states.INVERTED == 1, rates.missed, 1.0 - rates.missed)
    shares = shares * np.where(states.BAD == 1, rates.bad, 1.0 - rates.bad)
    return shares.astype(np.float32).tobytes()


def run(spaces: Sequence[Fused], steps: Sequence[Sequence[Step]]) -> list[Weighed]:
    """Weigh the steps of each space in their order; at least one of each."""
    if not spaces:
        return []
    order = sorted(range(len(spaces)), key=lambda number: -len(steps[number]))
    kept = [spaces[number] for number in order]
    rounds = _Rounds(kept, [steps[number] for number in order])
    rounds.run()
    records = rounds.record.written()
    found: list[Weighed | None] = [None] * len(spaces)
    for column, number in enumerate(order):
        shares = rounds.shares[: len(steps[number]), column]
        occupied = shares[:, states.VEHICLE == 1].sum(axis=1, dtype=np.float64)
        found[number] = Weighed(shares, occupied, records[column], int(rounds.record.looked_at[column]))
    return [one for one in found if one is not None]


def learnt(spaces: Sequence[Fused]) -> list[tuple[bytes, bytes]]:
    """By space the record that goes on, and the figures that it has made of the published ones."""
    record = Record([one.record for one in spaces], [one.looked_at for one in spaces])
    figures = record.learnt(Rates.published(len(spaces))).written()
    record.fade()
    return list(zip(record.written(), figures, strict=True))


class _Rounds:
    """Columns are spaces, the one with the most steps first."""

    def __init__(self, kept: Sequence[Fused], steps: Sequence[Sequence[Step]]) -> None:
        self._steps = steps
        self._lengths = np.array([len(own) for own in steps], dtype=np.intp)
        shares = np.frombuffer(b"".join(one.shares for one in kept), dtype=np.float32)
        self._belief: Floats = shares.reshape(-1, states.COUNT).astype(np.float64)
        self._at = np.array([one.at for one in kept], dtype=np.float64)
        self._rates = Rates.read([one.figures for one in kept])
        self._dynamics = Dynamics.of(self._rates)
        self.record = Record([one.record for one in kept], [one.looked_at for one in kept])
        self.shares: Singles = np.zeros((int(self._lengths.max()), len(kept), states.COUNT), dtype=np.float32)
        """(rounds, spaces, 8)."""

    def run(self) -> None:
        for number in range(len(self.shares)):
            active = int(np.count_nonzero(self._lengths > number))
            self._round(number, [own[number] for own in self._steps[:active]])

    def _round(self, number: int, steps: Sequence[Step]) -> None:
        rows = np.arange(len(steps))
        for row, step in enumerate(steps):
            if step.begins_at is not None:
                self._belief[row] = np.frombuffer(step.begins_at.shares, dtype=np.float32)
                self._at[row] = step.begins_at.at
        at = np.array([step.word.at for step in steps], dtype=np.float64)
        is_new = np.array([step.is_new for step in steps])
        passed = np.maximum(at - self._at[rows], 0.0) / MICROS
        dynamics = self._dynamics.take(rows)
        belief = advance(self._belief[rows], passed, dynamics)
        begins = np.array([step.begins_at is not None for step in steps])
        self.record.note_time(rows, belief, np.where(is_new & ~begins, passed, 0.0))
        belief = self._told(belief, [step.word for step in steps], at, is_new, dynamics)
        # What is kept has single precision: so has what goes on, or the same words would come to something else
        # in one batch than in two.
        self.shares[number, rows] = belief
        self._belief[rows] = self.shares[number, rows]
        self._at[rows] = np.maximum(at, self._at[rows])

    def _told(self, belief: Floats, words: Sequence[Word], at: Floats, is_new: Bools, dynamics: Dynamics) -> Floats:
        what = np.array([word.what for word in words], dtype=np.intp)
        says = np.array([word.says for word in words], dtype=np.intp)
        score = np.array([word.score for word in words])
        told = belief.copy()
        for code in np.unique(what):
            chosen: Ints = np.nonzero(what == code)[0]
            before, word = belief[chosen], says[chosen]
            if code == CHANGE:
                told[chosen] = likelihood.after_change(before, word, dynamics.take(chosen))
                self.record.note_change(chosen[is_new[chosen]], word[is_new[chosen]])
            elif code == RESTATEMENT:
                told[chosen] = likelihood.after_restatement(before, word)
            elif code == STARTUP:
                told[chosen] = likelihood.after_restart(before, word)
            elif code == LOOK:
                wrong = self._rates.misreading(chosen, score[chosen])
                told[chosen] = likelihood.after_look(before, word, wrong)
                once = chosen[is_new[chosen]]
                self.record.note_look(once, told[once], at[once], says[once], score[once])
            else:
                told[chosen] = likelihood.after_word(before, word, score[chosen])
        return told
