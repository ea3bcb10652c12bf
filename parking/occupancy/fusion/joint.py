"""Spaces on which two kinds of evidence meet, in one batch: what is said of them waits and is weighed for all at once. Pure.

A space is weighed while words of two kinds were observed within a day of each other; else the newest word is held
(`transition.py`). A word that is void (a fault, a device that is not trusted or does not know) ends the weighing, because
what its device did to the belief cannot be taken out again: the other kind's word stands alone until both speak anew.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from parking.occupancy.changes import is_told
from parking.occupancy.device_window import ORDERED_KINDS, DeviceWindow, judge
from parking.occupancy.evidence import Observation
from parking.occupancy.fusion import beliefs, kept
from parking.occupancy.fusion.beliefs import Weighed
from parking.occupancy.fusion.kept import JOINT_US, Fused, Mark, Told, Voice
from parking.occupancy.fusion.learning import Record
from parking.occupancy.fusion.publication import told_after
from parking.occupancy.fusion.waiting import UNNAMED, Said, Waiting
from parking.occupancy.model import SpaceState
from parking.occupancy.transition import (
    MICROS_PER_S,
    Disposition,
    claim,
    refutes_silence,
    runs_back,
    silence_ends_at,
    silenced,
    weigh,
)

RELEARN_US: Final = 6 * 3600 * MICROS_PER_S
LEAST_LEARNT_S: Final = 86_400.0
"""What was learnt in less time is not kept when the two kinds part."""

Role = Literal["held", "aside", "weighed", "parts"]
"""What a message is to its space: the newest word counts; it leaves the state as it is; it is weighed; it ends the weighing."""


class Settled(NamedTuple):
    """What became of one message, or of the silence before it (then `letter` is None)."""

    space_id: str
    before: SpaceState
    after: SpaceState
    letter: Disposition | None
    is_told: bool
    item: Observation
    place: int
    """As the caller gave it."""


class Taken(NamedTuple):
    """A message that is not held."""

    window: DeviceWindow | None
    """What to remember of its device; None for a copy."""
    letter: Disposition | None
    """None while it waits to be weighed."""
    state: SpaceState
    """With `letter`: the state after it."""


class Joint:
    """For one batch; `known` answers what the store has of a space. What was changed is in `changed` after `settle`."""

    def __init__(self, known: Callable[[str], Fused | None]) -> None:
        self._known = known
        self._waiting: dict[str, Waiting] = {}
        self.changed: dict[str, Fused | None] = {}
        """None where two kinds have parted and nothing worth keeping was learnt."""

    def find(self, space_id: str) -> Fused | None:
        return self.changed[space_id] if space_id in self.changed else self._known(space_id)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of this batch was weighed yet."""
        return not self._waiting and not self.changed

    def watches(self, space_id: str) -> bool:
        """Whether messages about the space are its own even where they are of the kind that told of it last."""
        return space_id in self._waiting or self.find(space_id) is not None

    def is_waiting(self, space_id: str) -> bool:
        """Whether something of the space is still to be weighed."""
        waiting = self._waiting.get(space_id)
        return waiting is not None and bool(waiting.said)

    def take(
        self,
        space_id: str,
        state: SpaceState,
        window: DeviceWindow,
        item: Observation,
        place: int,
        settle: Callable[[], SpaceState],
    ) -> Taken | SpaceState:
        """Take a message if it is to be weighed, or is none of a weighed space; else answer the state that it is held upon.

        `settle` has all that waits settled and answers the state of the space that came of it.
        """
        role = self._role(space_id, state, item)
        if role == "parts":
            state = settle()
            self.part(space_id)
            role = self._role(space_id, state, item)
        if role == "held":
            return state
        verdict, after = judge(window, item)
        if verdict == "duplicate":
            return Taken(None, "d", state)
        is_older = verdict == "older"
        if role == "aside":
            return Taken(after, *self._stands(space_id, state, item, is_older=is_older))
        fused = self.find(space_id)
        is_new = not self.is_waiting(space_id) and (fused is None or not fused.is_awake)
        if is_new and is_older:
            return state
        if is_new:
            fused = _woken(state, fused)
        if not self._hear(space_id, state, fused, item, Said(item, place, is_older, runs_back(window, item))):
            state = settle()
            self._hear(space_id, state, self.find(space_id), item, Said(item, place, is_older, runs_back(window, item)))
        return Taken(after, None, state)

    def settle(self, *, learns: bool = True) -> list[Settled]:
        """Weigh all that waits; of each space what became of its messages, in the order in which they were heard."""
        waiting = {space_id: own for space_id, own in self._waiting.items() if own.said}
        self._waiting.clear()
        weighed = [space_id for space_id, own in waiting.items() if own.steps]
        if learns:
            _learn([waiting[space_id] for space_id in weighed])
        run = beliefs.run([waiting[one].fused for one in weighed], [waiting[one].steps for one in weighed])
        found = dict(zip(weighed, run, strict=True))
        settled: list[Settled] = []
        for space_id, own in waiting.items():
            walk = _Walk(space_id, own, found.get(space_id))
            settled += walk.run()
            self.changed[space_id] = walk.kept()
        return settled

    def forget(self, space_id: str) -> None:
        if self.find(space_id) is not None:
            self.changed[space_id] = None

    def _role(self, space_id: str, state: SpaceState, item: Observation) -> Role:
        """`state` may be from before what waits of the space."""
        waiting, fused = self._waiting.get(space_id), self.find(space_id)
        speaks = item.kind in ORDERED_KINDS
        is_void = speaks and (not item.trusted or claim(item)[0] == "unknown")
        source = item.source or UNNAMED
        if waiting is None and (fused is None or not fused.is_awake):
            if not speaks or state.source is None or state.source == source or state.belief == "unknown":
                return "held"
            if is_void:
                return "aside"
            is_joint = state.observed_at is not None and 0 <= item.observed_at - state.observed_at <= JOINT_US
            return "weighed" if is_joint else "held"
        if waiting is None and fused is not None:
            waiting = self._waiting[space_id] = Waiting.of(state, fused)
        if waiting is None or not speaks:
            return "weighed"
        if waiting.is_late(item):
            return "aside" if is_void else "weighed"
        others = (voice for voice in waiting.voices.values() if voice.source != source)
        is_alone = all(item.observed_at - voice.spoken_at > JOINT_US for voice in others)
        return "parts" if is_void or is_alone else "weighed"

    def _hear(self, space_id: str, state: SpaceState, fused: Fused | None, item: Observation, said: Said) -> bool:
        """Let it wait; False where what waits must be settled first."""
        waiting = self._waiting.get(space_id)
        if waiting is None and fused is not None:
            waiting = self._waiting[space_id] = Waiting.of(state, fused)
        if waiting is None:
            raise ValueError("a space that is weighed has a belief")
        if not waiting.said:
            waiting.state = state
        is_word = item.kind in ORDERED_KINDS and not said.is_older
        if is_word and waiting.is_late(item) and not waiting.can_go_back:
            return False
        holds_until = waiting.hears(item)
        steps = waiting.adds(item) if is_word else None
        is_older = said.is_older or (is_word and steps is None)
        said = said._replace(is_older=is_older, holds_until=holds_until, steps=tuple(steps or ()))
        waiting.said.append(said)
        return True

    def _stands(
        self, space_id: str, state: SpaceState, item: Observation, *, is_older: bool
    ) -> tuple[Disposition, SpaceState]:
        """A void word beside that of another kind: it proves that its device lives, and no more."""
        fused = self.find(space_id)
        is_awake = space_id in self._waiting or (fused is not None and fused.is_awake)
        last = (state.observed_at or item.observed_at, state.device_id or item.device_id)
        # Where it is not late it would have ended the weighing.
        is_late = is_older or is_awake or (item.observed_at, item.device_id) < last
        if self.is_waiting(space_id) or not item.trusted:
            return "l" if is_late else "t", state
        spoken_at = max(item.observed_at, state.spoken_at or item.observed_at)
        holds_until = (state.heard_at or 0) + state.silence_s * MICROS_PER_S
        stands = _holding(msgspec.structs.replace(state, spoken_at=spoken_at), item, holds_until)
        return "l" if is_late else "w", stands

    def part(self, space_id: str) -> None:
        """End the weighing of a settled space."""
        fused = self.find(space_id)
        if fused is None:
            return
        learnt_s = float(Record([fused.record], [0]).of("seconds")[0])
        asleep = kept.asleep(fused.figures, learnt_at=fused.learnt_at, record=fused.record)
        self.changed[space_id] = asleep if learnt_s >= LEAST_LEARNT_S else None


class _Walk:
    """What is published of one space, word by word, with the probabilities at hand."""

    def __init__(self, space_id: str, waiting: Waiting, weighed: Weighed | None) -> None:
        self._space_id = space_id
        self._own = waiting
        self._weighed = weighed
        self._state = waiting.state
        self._told = told_of(waiting.state, waiting.fused.doubted_at)
        self._number = 0
        self._at = waiting.fused.at
        self._shares = waiting.fused.shares
        self._wanted = frozenset(waiting.marks_made())
        self._made: dict[int, Mark] = {}

    def run(self) -> Iterator[Settled]:
        for said in self._own.said:
            if said.item.replayed:
                yield from self._silence(said)
            before = self._state
            letter, is_news = self._step(said)
            yield Settled(self._space_id, before, self._state, letter, is_news, said.item, said.place)

    def kept(self) -> Fused:
        own, weighed = self._own, self._weighed
        return msgspec.structs.replace(
            own.fused,
            shares=self._shares,
            at=own.at,
            doubted_at=self._told.doubted_at,
            words=own.words,
            marks=tuple(self._made[mark] if isinstance(mark, int) else mark for mark in own.marks),
            devices=tuple(device_id for device_id, _ in own.devices),
            sources=tuple(source for _, source in own.devices),
            voices=tuple(own.voices.values()),
            looked_at=own.fused.looked_at if weighed is None else weighed.looked_at,
            record=own.fused.record if weighed is None else weighed.record,
        )

    def _silence(self, said: Said) -> Iterator[Settled]:
        """What silence had made of the space before a message of the past."""
        ended_at = silence_ends_at(self._state)
        if ended_at is None or ended_at > said.item.received_at:
            return
        before, self._state = self._state, silenced(self._state, ended_at)
        self._told = told_of(self._state, self._told.doubted_at)
        yield Settled(self._space_id, before, self._state, None, True, said.item, said.place)

    def _step(self, said: Said) -> tuple[Disposition, bool]:
        item, before = said.item, self._state
        if not item.trusted:
            return weigh(before, item, is_older=said.is_older)[1], False
        if not said.steps:
            moved, letter = weigh(before, item, is_older=True) if said.is_older else weigh(before, item)
            self._state = _holding(moved, item, said.holds_until)
            return letter, False
        is_late = said.steps[0].begins_at is not None
        was = self._told
        moves, agrees = self._words(said)
        in_order: Disposition = "a" if moves else "c" if agrees else "w"
        if is_late:
            moves = (self._told.belief, self._told.reason) != (was.belief, was.reason)
        spoken_at = max(item.observed_at, before.spoken_at or item.observed_at)
        after = _with(before, self._told, spoken_at)
        self._state = _holding(after, item, said.holds_until)
        if is_late or said.runs_back or refutes_silence(before, item):
            return "o", moves
        return in_order, (moves or agrees) and is_told(before, self._state, item)

    def _words(self, said: Said) -> tuple[bool, bool]:
        moves = agrees = False
        for step in said.steps:
            if step.begins_at is not None:
                self._told, self._at, self._shares = step.begins_at.told, step.begins_at.at, step.begins_at.shares
            if self._number in self._wanted:
                self._made[self._number] = Mark(self._shares, self._at, self._told)
            if self._weighed is None:
                raise TypeError("a step is weighed before what it comes to is told")
            device_id, source = self._own.grounds[self._number]
            occupied = float(self._weighed.occupied[self._number])
            self._told, moves, agrees = told_after(self._told, step.word, device_id, source, occupied)
            self._shares = self._weighed.shares[self._number].tobytes()
            self._at = max(self._at, step.word.at)
            self._number += 1
        return moves, agrees


def told_of(state: SpaceState, doubted_at: int | None) -> Told:
    return Told(
        state.belief,
        state.since,
        state.observed_at,
        state.device_id,
        state.evidence,
        state.confidence,
        state.reason,
        state.turned_after,
        state.source,
        doubted_at,
    )


def _with(state: SpaceState, told: Told, spoken_at: int) -> SpaceState:
    return SpaceState(
        state.zone_id,
        told.belief,
        told.since,
        told.observed_at,
        state.heard_at,
        state.silence_s,
        told.device_id,
        told.evidence,
        told.confidence,
        told.reason,
        state.in_service,
        state.closed_until,
        state.closed_for,
        spoken_at,
        told.turned_after,
        told.source,
    )


def _holding(state: SpaceState, item: Observation, holds_until: int) -> SpaceState:
    """Silence counts from the last receipt, until the last of those who must speak would have spoken."""
    heard_at = max(item.received_at, state.heard_at or item.received_at)
    silence_s = max(0, -(-(holds_until - heard_at) // MICROS_PER_S))
    return msgspec.structs.replace(state, heard_at=heard_at, silence_s=silence_s)


def _woken(state: SpaceState, asleep: Fused | None) -> Fused:
    """The belief about a space of which so far the word of one kind was held."""
    if state.observed_at is None or state.heard_at is None or state.source is None:
        raise ValueError("a space that nobody has spoken of cannot be weighed")
    at = state.observed_at
    fused = asleep or kept.asleep(b"", learnt_at=at)
    shares = beliefs.first_shares(fused.figures, is_occupied=state.belief == "occupied")
    return msgspec.structs.replace(
        fused,
        shares=shares,
        at=at,
        doubted_at=None,
        marks=(Mark(shares, at, told_of(state, None)),),
        voices=(Voice(state.source, at, state.heard_at + state.silence_s * MICROS_PER_S),),
    )


def _learn(waiting: Sequence[Waiting]) -> None:
    """Let the figures follow the record, of each space once in six hours."""
    due = [own for own in waiting if own.at - own.fused.learnt_at >= RELEARN_US]
    if not due:
        return
    for own, (record, figures) in zip(due, beliefs.learnt([own.fused for own in due]), strict=True):
        own.fused = msgspec.structs.replace(own.fused, learnt_at=own.at, record=record, figures=figures)
