"""What a camera sees of its bays, right or wrong. Pure: truth in, words out; draws follow the seed in the order of events."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

_ALIKE: Final = {"0": "D", "D": "0", "8": "B", "B": "8", "1": "7", "7": "1", "2": "Z", "Z": "2", "5": "S", "S": "5"}
"""Characters that readers of plates take for each other."""


@dataclass(frozen=True, kw_only=True)
class CameraFaults:
    """What goes wrong with a camera (devices.md 5.2), as probabilities from 0 to 1 and as conditions of its view."""

    occluded: float = 0.0
    """Per stay: something stands before the bay, and the camera sees nothing of the whole stay."""
    misread: float = 0.0
    """Per plate: one character is taken for another."""
    polls_as_events: bool = False
    """A camera that is set up wrongly: what it merely repeats is sent as if it happened."""
    night: bool = False
    glare: bool = False
    """Either makes pictures that show little, and confidences that say so."""
    moved: bool = False
    """Somebody has turned it: it says so itself, and what it says of bays is of others."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A bay as the camera believes it to be."""

    bay: str
    occupied: bool
    plate: str | None = None
    confidence: int = 97
    """Of the plate, in percent."""


@dataclass
class CameraView:
    """One camera over its bays, in the order of what happens before it."""

    bays: tuple[str, ...]
    seed: int
    faults: CameraFaults = field(default_factory=CameraFaults)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng([self.seed, 7])
        self._seen = {bay: Seen(bay, occupied=False) for bay in self.bays}
        self._hidden: set[str] = set()

    def comes(self, bay: str, plate: str | None) -> Seen | None:
        """A vehicle parks; None when the camera does not notice."""
        if self._happens(self.faults.occluded):
            self._hidden.add(bay)
            return None
        seen = Seen(bay, occupied=True, plate=self._read(plate), confidence=self._confidence())
        self._seen[bay] = seen
        return seen

    def goes(self, bay: str) -> Seen | None:
        """It leaves; what was never noticed is not missed either."""
        if bay in self._hidden:
            self._hidden.discard(bay)
            return None
        before = self._seen[bay]
        self._seen[bay] = Seen(bay, occupied=False)
        return Seen(bay, occupied=False, plate=before.plate, confidence=before.confidence)

    def finds(self, bay: str) -> None:
        """A vehicle stands there since before the camera was switched on."""
        self._seen[bay] = Seen(bay, occupied=True)

    def looks(self) -> list[Seen]:
        """All bays as they are believed to be."""
        return [self._seen[bay] for bay in self.bays]

    def _read(self, plate: str | None) -> str | None:
        if plate is None or not self._happens(self.faults.misread):
            return plate
        places = [place for place, character in enumerate(plate) if place > 1 and character in _ALIKE]
        place = places[int(self._random.integers(len(places)))] if places else len(plate) - 1
        return plate[:place] + _ALIKE.get(plate[place], "8") + plate[place + 1 :]

    def _confidence(self) -> int:
        if self.faults.night or self.faults.glare:
            return int(self._random.integers(35, 75))
        return int(self._random.integers(91, 100))

    def _happens(self, probability: float) -> bool:
        return probability > 0 and float(self._random.random()) < probability
