"""Runs the classifier over labelled pictures and says how good it is and how long it takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from devices.vision.classifier import BATCH, Classifier
from devices.vision.geometry import MASK, SIDE, Picture, View
from devices.vision.judgement import judge
from devices.vision.labels import Label, LabelError, picture_of, views_of
from devices.vision.measures import (
    Probabilities,
    Truth,
    accuracy,
    area_under_curve,
    balanced_accuracy,
    calibration_error,
    confusion,
)
from parking.domain.errors import InvalidInputError

ERRORS_SHOWN: Final = 20
_NOTHING: Final[View] = np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((MASK, MASK), np.uint8)


@dataclass(slots=True)
class Outcome:
    """Probabilities and truth in the order of the rows, the time taken, and the rows that could not be used."""

    p: list[float] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)
    spent_s: float = 0.0
    """Of the processor, since one core is what is asked about: cutting, rectifying and the network, not reading the files."""
    errors: list[str] = field(default_factory=list)


def run(
    classifier: Classifier,
    rows: Sequence[Label | LabelError],
    folder: Path,
    *,
    progress: Callable[[int], object] = lambda _: None,
) -> Outcome:
    """Raises `InvalidInputError` where there is not one usable row; `progress` is told how many more rows are done."""
    outcome = Outcome()
    # The first run of a network prepares its memory, which is no space's time.
    classifier.scores([(_NOTHING, _NOTHING)])
    for first in range(0, len(rows), BATCH):
        batch = rows[first : first + BATCH]
        _run(classifier, batch, folder, outcome)
        progress(len(batch))
    if not outcome.p:
        reason = f": {outcome.errors[0]}" if outcome.errors else ""
        raise InvalidInputError(f"no label can be used{reason}", code="label_invalid")
    return outcome


def summary(classifier: Classifier, outcome: Outcome) -> dict[str, Any]:
    """The JSON object of `parking vision evaluate`. Accuracies are at one half, as if there were no band of rejection."""
    p: Probabilities = np.array(outcome.p)
    truth: Truth = np.array(outcome.truth)
    calibration = classifier.card.calibration
    told = np.array([judge(float(one), calibration).status is not None for one in p])
    return {
        "patches": len(p),
        "occupied": int(truth.sum()),
        "accuracy": accuracy(p, truth),
        "balanced_accuracy": balanced_accuracy(p, truth),
        "auc": area_under_curve(p, truth),
        "confusion": confusion(p, truth),
        "ms_per_patch": outcome.spent_s * 1e3 / len(p),
        "calibration_error": calibration_error(p, truth),
        "rejected_share": float(1 - told.mean()),
        "accuracy_of_told": accuracy(p[told], truth[told]),
        "unusable": len(outcome.errors),
        "errors": outcome.errors[:ERRORS_SHOWN],
    }


def _run(classifier: Classifier, rows: Sequence[Label | LabelError], folder: Path, outcome: Outcome) -> None:
    usable: list[tuple[Label, Picture]] = []
    for label in rows:
        picture = label if isinstance(label, LabelError) else picture_of(label, folder)
        if isinstance(picture, LabelError):
            outcome.errors.append(picture.detail)
        elif isinstance(label, Label):
            usable.append((label, picture))
    begun = time.process_time()
    said = classifier.probabilities([views_of(label, picture) for label, picture in usable])
    outcome.spent_s += time.process_time() - begun
    outcome.p.extend(float(one) for one in said)
    outcome.truth.extend(label.occupied for label, _ in usable)
