"""From the network's number to a word about a space: a probability that means what it says, and no word near the middle."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np
import numpy.typing as npt

from parking.occupancy.evidence import SensedStatus

CARD: Final = Path(__file__).parent / "model" / "occupancy.json"


class Calibration(msgspec.Struct, frozen=True):
    """Fitted on spaces of lots that the network had not seen, never on those it learnt from.

    `scale` and `shift` turn the network's number into log-odds (Platt). Between `free_below` and `occupied_above`, both
    probabilities of occupied, the picture does not tell.
    """

    scale: float
    shift: float
    free_below: Annotated[float, msgspec.Meta(gt=0, le=0.5)]
    occupied_above: Annotated[float, msgspec.Meta(ge=0.5, lt=1)]

    def probabilities(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Of occupied, from what the network says."""
        log_odds = np.clip(scores * self.scale + self.shift, -30, 30)
        return np.asarray(1 / (1 + np.exp(-log_odds)), np.float64)


class Card(msgspec.Struct, frozen=True):
    """What stands beside the model file: how to read its numbers, and which pictures it never saw."""

    calibration: Calibration
    trained_with: str
    """The version of the training script's recipe."""
    left_out: list[tuple[int, int]]
    """Runs of photograph numbers, first and last, on which the shipped network was not trained."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`occupied` is the probability that something stands there; `status` None is "the picture does not tell"."""

    occupied: float
    status: SensedStatus | None

    @property
    def confidence(self) -> float:
        """How sure the stated status is; for no status, how sure the likelier one would be."""
        return max(self.occupied, 1 - self.occupied)


def judge(occupied: float, calibration: Calibration) -> Judgement:
    if occupied <= calibration.free_below:
        return Judgement(occupied, "free")
    return Judgement(occupied, "occupied" if occupied >= calibration.occupied_above else None)


def read_card(path: Path = CARD) -> Card:
    return msgspec.json.decode(path.read_bytes(), type=Card)
