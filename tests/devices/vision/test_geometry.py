"""Corners in any order give one square; what is cut already is not cut again."""

import numpy as np
import pytest

from devices.vision.geometry import PATCH, Corners, around, cut, rectify, upright

SPACE: Corners = np.array([[0.6, 0.9], [0.2, 0.8], [0.3, 0.2], [0.5, 0.3]], np.float32)
"""From the lower right corner, clockwise."""


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("step", [1, -1])
def test_the_upper_left_corner_comes_first_when_the_corners_come_in_any_order(first: int, step: int) -> None:
    given = np.roll(SPACE[::step], first, axis=0)
    assert upright(around(given)).tolist() == np.roll(SPACE, -2, axis=0).tolist()


@pytest.mark.parametrize(
    "corners",
    [
        [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]],
        [[0.1, 0.1], [0.9, 0.1], [0.3, 0.2], [0.1, 0.9]],
        [[0.1, 0.1], [0.2, 0.1], [0.3, 0.1], [0.4, 0.1]],
        [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
        [[0.5, 0.5], [0.501, 0.5], [0.501, 0.501], [0.5, 0.501]],
    ],
)
def test_corners_are_refused_when_they_go_around_no_space(corners: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"convex|small"):
        around(np.array(corners, np.float32))


def test_each_side_lies_where_it_belongs_when_a_space_is_rectified() -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    corners = upright(SPACE)
    middle = corners.mean(axis=0)
    for channel, corner in enumerate(corners[:3]):
        at = ((0.8 * corner + 0.2 * middle) * (400, 300)).astype(int)
        picture[at[1] - 3 : at[1] + 4, at[0] - 3 : at[0] + 4, channel] = 255
    square = rectify(picture, corners, side=100, margin=0.2)
    places = [np.argwhere(square[:, :, channel] > 128).mean(axis=0) for channel in range(3)]
    # Perspective moves what lies inside, not the quarter of the square in which it lies.
    assert [(y < 50, x < 50) for y, x in places] == [(True, True), (True, False), (False, False)]


def test_nothing_is_lost_when_a_patch_is_cut_again() -> None:
    frame = np.random.default_rng(1).integers(0, 255, (960, 1280, 3), np.uint8)
    patch, within = cut(frame, SPACE)
    again, corners = cut(patch, within)
    assert patch.shape == again.shape == (PATCH, PATCH, 3)
    assert np.abs(corners - within).max() < 0.01
    assert np.abs(again.astype(int) - patch).mean() < 3


def test_a_space_is_cut_when_it_reaches_over_the_edge_of_the_frame() -> None:
    frame = np.full((50, 80, 3), 7, np.uint8)
    patch, within = cut(frame, np.array([[0, 0], [0.3, 0], [0.3, 1], [0, 1]], np.float32))
    assert patch.shape == (PATCH, PATCH, 3)
    assert within.min() >= 0
    assert within.max() <= 1
