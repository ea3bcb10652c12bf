"""`parking bench vision`: one space on one core, from the frame to the judgement, beside the network's own run alone."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np

from api.bench.report import Figure
from api.bench.statistics import median
from devices.vision.classifier import BATCH, Classifier
from devices.vision.geometry import Corners, Picture, cut, views

SPACES: Final = 40
TARGET_MS: Final = 5.0
SIZE: Final = (960, 1280)


def measure_vision(*, seconds: int, rounds: int) -> list[Figure]:
    """Medians over rounds of `seconds` each. Time is that of the processor, since one core is what is asked about."""
    import cv2  # noqa: PLC0415 - heavy

    # What OpenCV does for one space is too little to be shared out among threads.
    cv2.setNumThreads(1)
    frame, outlines = _lot()
    classifier = Classifier()
    shown = [views(*cut(frame, corners)) for corners in outlines[:BATCH]]
    whole, alone = [], []
    for _ in range(rounds):
        whole.append(_milliseconds(lambda: classifier.judge_frame(frame, outlines), seconds) / len(outlines))
        alone.append(_milliseconds(lambda: classifier.scores(shown), seconds) / len(shown))
    return [Figure(name="one space", value=median(whole), unit="ms", limit=median(alone), target=TARGET_MS)]


def _lot() -> tuple[Picture, list[Corners]]:
    """A frame of noise with spaces of the size that a camera on a pole sees; what stands there costs no time."""
    chance = np.random.default_rng(20261128)
    frame = chance.integers(0, 255, (*SIZE, 3), np.uint8)
    middles = chance.uniform(0.15, 0.85, (SPACES, 1, 2))
    around = np.array([[-0.06, -0.02], [0.03, -0.06], [0.06, 0.02], [-0.03, 0.06]])
    return frame, [np.asarray(middle + around, np.float32) for middle in middles]


def _milliseconds(work: Callable[[], object], seconds: int) -> float:
    """Of one call, for as long as `seconds`; the first one prepares memory and does not count."""
    work()
    times: list[float] = []
    until = time.perf_counter() + seconds
    while not times or time.perf_counter() < until:
        begun = time.process_time()
        work()
        times.append((time.process_time() - begun) * 1e3)
    return median(times)
