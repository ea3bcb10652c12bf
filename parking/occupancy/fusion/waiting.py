"""What is said of one weighed space in one batch, laid out as steps before any of them is weighed. Pure.

Where a word belongs depends on times alone, so the steps of all spaces are known first and then weighed at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from parking.occupancy.evidence import EvidenceSource, Observation
from parking.occupancy.fusion import kept
from parking.occupancy.fusion.beliefs import Step
from parking.occupancy.fusion.kept import (
    CHANGE,
    HALF,
    KINDS,
    LOOK,
    RESTATEMENT,
    STARTUP,
    WORD,
    Fused,
    Mark,
    Voice,
    Word,
)
from parking.occupancy.model import SpaceState
from parking.occupancy.transition import MICROS_PER_S

WRONG: Final[dict[EvidenceSource, float]] = {"gate": 0.03, "payment": 0.10, "attendant": 0.01}
"""How often such a word is wrong; configuration values, no source publishes them."""
UNNAMED: Final[EvidenceSource] = "geomagnetic"
_SENSED: Final = dict(zip(KINDS, (CHANGE, RESTATEMENT, STARTUP), strict=True))


class Said(NamedTuple):
    """One message that waits; without steps it moves no belief."""

    item: Observation
    place: int
    is_older: bool
    """Than what its device had said already."""
    runs_back: bool
    """It was not the last in the order of its device."""
    holds_until: int = 0
    """When the space would be silent after it."""
    steps: tuple[Step, ...] = ()


@dataclass(slots=True)
class Waiting:
    state: SpaceState
    fused: Fused
    words: bytes = b""
    marks: tuple[Mark | int, ...] = ()
    """A number stands for the mark that is made before the step of that number."""
    devices: list[tuple[str, EvidenceSource]] = field(default_factory=list)
    voices: dict[EvidenceSource, Voice] = field(default_factory=dict)
    at: int = 0
    said: list[Said] = field(default_factory=list)
    grounds: list[tuple[str, EvidenceSource]] = field(default_factory=list)
    """Device and kind of each step."""
    steps: list[Step] = field(default_factory=list)

    @classmethod
    def of(cls, state: SpaceState, fused: Fused) -> "Waiting":
        devices = list(zip(fused.devices, fused.sources, strict=True))
        voices = {voice.source: voice for voice in fused.voices}
        return cls(state, fused, fused.words, fused.marks, devices, voices, fused.at)

    @property
    def can_go_back(self) -> bool:
        """Not past a mark whose belief is still to be weighed."""
        return not any(isinstance(mark, int) for mark in self.marks)

    def is_late(self, item: Observation) -> bool:
        """Whether what was observed after it has been taken already."""
        if item.observed_at != self.at or not self.words:
            return item.observed_at < self.at
        return item.device_id < self.devices[kept.last_of(self.words).device][0]

    def hears(self, item: Observation) -> int:
        """Note who spoke; answers until when somebody's word holds."""
        if item.trusted:
            source = item.source or UNNAMED
            voice = self.voices.get(source, Voice(source, 0, 0))
            until = item.received_at + item.silence_s * MICROS_PER_S
            self.voices[source] = Voice(source, max(voice.spoken_at, item.observed_at), max(voice.holds_until, until))
        return max(one.holds_until for one in self.voices.values())

    def adds(self, item: Observation) -> list[Step] | None:
        """The steps of a word; None for one that came too late to be put where it belongs."""
        is_late = self.is_late(item)
        index = self._place(item) if is_late else kept.count_of(self.words)
        if is_late and (index == 0 and self._base_at > item.observed_at):
            return None
        if kept.count_of(self.words) >= 2 * HALF:
            if index < HALF:
                return None
            self.words, self.marks = kept.halved(self.words), self.marks[1:]
            index -= HALF
        word = self._word(item)
        new = self._again(word, index) if is_late else [self._last(word)]
        self.steps += new
        self.grounds += [self.devices[step.word.device] for step in new]
        self.at = max(self.at, item.observed_at)
        return new

    @property
    def _base_at(self) -> int:
        mark = self.marks[0]
        return self.at if isinstance(mark, int) else mark.at

    def _last(self, word: Word) -> Step:
        if kept.count_of(self.words) == HALF:
            self.marks = (self.marks[0], len(self.steps))
        self.words += kept.packed(word)
        return Step(word)

    def _again(self, word: Word, index: int) -> list[Step]:
        words = list(kept.words_of(self.words))
        words.insert(index, word)
        number = 1 if len(self.marks) > 1 and index >= HALF else 0
        mark = self.marks[number]
        if isinstance(mark, int):
            raise TypeError("the belief before it is not weighed yet")
        start = number * HALF
        steps = [Step(one, is_new=start + place == index) for place, one in enumerate(words[start:])]
        steps[0] = steps[0]._replace(begins_at=mark)
        if number == 0:
            self.marks = (mark, len(self.steps) + HALF) if len(words) > HALF else (mark,)
        self.words = b"".join(map(kept.packed, words))
        return steps

    def _place(self, item: Observation) -> int:
        """Before which of the kept words it belongs."""
        own = (item.observed_at, item.device_id)
        return sum((word.at, self.devices[word.device][0]) <= own for word in kept.words_of(self.words))

    def _word(self, item: Observation) -> Word:
        source = item.source or UNNAMED
        says = int(item.status == "occupied")
        kind = item.kind
        if kind not in _SENSED:
            raise ValueError(f"{kind} says nothing of a state")
        what, score = WORD, np.nan
        if source == "geomagnetic":
            what = _SENSED[kind]
        elif source == "camera":
            what = LOOK
            score = np.nan if item.confidence is None else max(item.confidence, 0.5)
        else:
            score = WRONG[source]
        return Word(item.observed_at, what, kind, says, self._device(item.device_id, source), score)

    def _device(self, device_id: str, source: EvidenceSource) -> int:
        one = (device_id, source)
        if one in self.devices:
            return self.devices.index(one)
        if len(self.devices) <= 2 * HALF:
            self.devices.append(one)
            return len(self.devices) - 1
        used = {word.device for word in kept.words_of(self.words)}
        free = next(number for number in range(len(self.devices)) if number not in used)
        self.devices[free] = one
        return free

    def marks_made(self) -> Iterator[int]:
        """Numbers of the steps before which a mark is still to be made."""
        return (mark for mark in self.marks if isinstance(mark, int))
