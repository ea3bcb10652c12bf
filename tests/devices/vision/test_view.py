"""Whether the view is still the one on which the outlines were drawn, on real frames that are shifted, blurred and darkened."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.vision.geometry import Picture
from devices.vision.view import Seen, Sight, ViewWatch
from tests.devices.vision.pictures import DAY, ELSEWHERE, NIGHT, frame, noisy


def moved(picture: Picture, *, shift: float = 0.0, turn: float = 0.0, zoom: float = 1.0) -> Picture:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom)
    matrix[0, 2] += shift * width
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def lit(picture: Picture, gamma: float) -> Picture:
    return np.asarray(255 * (picture / 255.0) ** gamma, np.uint8)


def with_other_cars(picture: Picture) -> Picture:
    """Twelve rectangles of one colour each: more than ever changes between two looks."""
    chance = np.random.default_rng(3)
    changed = picture.copy()
    height, width = picture.shape[:2]
    for _ in range(12):
        x, y = int(chance.integers(0, width - 80)), int(chance.integers(0, height - 60))
        changed[y : y + 60, x : x + 80] = chance.integers(0, 255, 3)
    return changed


def looked(reference: Picture, *frames: Picture) -> list[Seen]:
    watch = ViewWatch.of(reference)
    return [watch.look(one) for one in frames]


@pytest.mark.parametrize("name", [DAY, NIGHT])
@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture,
        lambda picture: lit(picture, 0.5),
        lambda picture: lit(picture, 2.0),
        lambda picture: moved(picture, shift=0.005),
        with_other_cars,
    ],
    ids=["same", "brighter", "dimmer", "wind", "cars"],
)
def test_the_view_is_well_when_light_and_cars_change(
    shared: Path, name: str, change: Callable[[Picture], Picture]
) -> None:
    well = frame(shared, name)
    (seen,) = looked(well, noisy(change(well)))
    assert (seen.suspicion, seen.fault) == (None, None)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda picture: moved(picture, shift=0.03), "view_moved"),
        (lambda picture: moved(picture, turn=3), "view_moved"),
        (lambda picture: moved(picture, zoom=1.06), "view_moved"),
        (lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 2.5), np.uint8), "view_dirty"),
        (lambda picture: np.asarray(picture * 0.04, np.uint8), "view_dark"),
    ],
    ids=["shifted", "turned", "zoomed", "blurred", "dark"],
)
def test_the_fault_is_declared_by_the_second_frame_when_the_view_is_bad(
    shared: Path, change: Callable[[Picture], Picture], fault: str
) -> None:
    well = frame(shared, DAY)
    bad = change(well)
    first, second = looked(well, noisy(bad, 1), noisy(bad, 2))
    assert (first.suspicion, first.fault) == (fault, None)
    assert second.fault == fault


def test_the_fault_ends_by_the_second_frame_when_the_view_is_well_again(shared: Path) -> None:
    well = frame(shared, DAY)
    dark = np.zeros_like(well)
    seen = looked(well, noisy(dark, 1), noisy(dark, 2), noisy(well, 3), noisy(well, 4))
    assert [one.fault for one in seen] == [None, "view_dark", "view_dark", None]


def test_another_place_is_a_moved_view_when_nothing_of_it_is_where_it_was(shared: Path) -> None:
    (seen,) = looked(frame(shared, DAY), frame(shared, ELSEWHERE))
    assert (seen.suspicion, seen.shift) == ("view_moved", None)


def test_the_camera_is_stuck_when_it_delivers_one_frame_again_and_again(shared: Path) -> None:
    still = noisy(frame(shared, DAY))
    faults = [one.fault for one in looked(frame(shared, DAY), *[still] * 4)]
    assert faults == [None, None, None, "sensor_failed"]


def test_a_view_is_placed_when_its_reference_was_put_away_and_taken_out_again(shared: Path) -> None:
    well = frame(shared, DAY)
    kept = Sight.unpacked(ViewWatch.of(well).reference.packed())
    assert ViewWatch(kept).look(noisy(well)) == ViewWatch.of(well).look(noisy(well))
