"""One camera looked through again and again: what is said, and when nothing is."""

from pathlib import Path

import numpy as np
import pytest

from devices.adapters.camera_plain.messages import Look
from devices.vision.classifier import Classifier
from devices.vision.geometry import Picture
from devices.vision.judgement import Calibration, Card
from devices.vision.looking import Looker
from devices.vision.outlines import Outline
from devices.vision.view import ViewWatch
from parking.domain.clock import parse_instant
from tests.devices.vision.pictures import DAY, annotated, frame, noisy

AT = parse_instant("2026-11-28T08:00:00Z")


class Frames:
    """A camera that delivers given frames in order."""

    def __init__(self, frames: list[Picture]) -> None:
        self._frames = frames

    async def frame(self) -> Picture:
        return self._frames.pop(0)

    async def close(self) -> None:
        """Nothing is held open."""


def outlines(shared: Path, count: int) -> list[Outline]:
    quads, _ = annotated(shared, DAY)
    return [Outline(str(n), tuple(map(tuple, quad.tolist()))) for n, quad in enumerate(quads[:count])]  # type: ignore[arg-type]


async def looks(shared: Path, frames: list[Picture], card: Card | None = None, count: int = 4) -> list[Look | None]:
    watch = ViewWatch.of(frame(shared, DAY))
    looker = Looker(Frames(frames), outlines(shared, count), Classifier(card=card), watch)
    return [await looker.look(AT) for _ in range(len(frames))]


async def test_each_bay_is_restated_when_the_view_is_well(shared: Path) -> None:
    (look,) = await looks(shared, [noisy(frame(shared, DAY, 1280))])
    _, occupied = annotated(shared, DAY)
    assert look is not None
    assert look.fault is None
    assert [(bay.bay, bay.status) for bay in look.bays] == [
        (str(n), "occupied" if one else "free") for n, one in enumerate(occupied[:4])
    ]
    assert all(bay.confidence is not None and bay.confidence > 0.5 for bay in look.bays)


async def test_a_single_bad_frame_says_nothing_and_the_second_is_a_fault_when_the_view_goes_dark(shared: Path) -> None:
    dark = np.zeros_like(frame(shared, DAY))
    first, second = await looks(shared, [noisy(dark, 1), noisy(dark, 2)])
    assert first is None
    assert second is not None
    assert second.fault == "view_dark"
    assert [bay.status for bay in second.bays] == [None] * 4


async def test_a_bay_is_unknown_by_the_second_look_when_the_picture_does_not_tell(shared: Path) -> None:
    never = Card(Calibration(1e-9, 0.0, 0.01, 0.99), "test", [])
    first, second = await looks(shared, [noisy(frame(shared, DAY), seed) for seed in (1, 2)], never, count=1)
    assert first is None
    assert second is not None
    assert [bay.status for bay in second.bays] == [None]
    assert second.bays[0].confidence == pytest.approx(0.5)
