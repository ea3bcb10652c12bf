"""Runs the network over outlined spaces and says how likely each is occupied."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from devices.vision.geometry import Corners, Picture, View, cut, views
from devices.vision.judgement import Card, Judgement, judge, read_card

MODEL: Final = Path(__file__).parent / "model" / "occupancy.onnx"
BATCH: Final = 8
"""Spaces in one run of the network: what they come to in between still fits the processor's cache."""


class Classifier:
    """One thread unless told otherwise: the machine has other work, and cameras are looked at one after another."""

    def __init__(self, model: Path = MODEL, card: Card | None = None, *, threads: int = 1) -> None:
        self.card = card or read_card()
        self._session = _open(model, threads)

    def judge_frame(self, frame: Picture, outlines: Sequence[Corners]) -> list[Judgement]:
        """One judgement for each outline, in their order."""
        said = self.probabilities([views(*cut(frame, corners)) for corners in outlines])
        return [judge(float(one), self.card.calibration) for one in said]

    def probabilities(self, spaces: Sequence[tuple[View, View]]) -> npt.NDArray[np.float64]:
        """Calibrated, of occupied."""
        return self.card.calibration.probabilities(self.scores(spaces))

    def scores(self, spaces: Sequence[tuple[View, View]]) -> npt.NDArray[np.float64]:
        """What the network says, before calibration."""
        said = [self._run(spaces[first : first + BATCH]) for first in range(0, len(spaces), BATCH)]
        return np.concatenate([np.empty(0), *said])

    def _run(self, spaces: Sequence[tuple[View, View]]) -> npt.NDArray[np.float64]:
        shown = [first for first, _ in spaces] + [second for _, second in spaces]
        pictures, masks = np.stack([picture for picture, _ in shown]), np.stack([mask for _, mask in shown])
        return np.asarray(self._session.run(None, {"pictures": pictures, "masks": masks})[0], np.float64)


def _open(model: Path, threads: int) -> Any:  # noqa: ANN401 - onnxruntime is published without types
    import onnxruntime  # noqa: PLC0415 - heavy

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
