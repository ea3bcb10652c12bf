"""A picture for the record shows one space and nothing that could be read beside it."""

import numpy as np

from devices.vision.geometry import Corners
from devices.vision.redaction import only_the_space

SPACE: Corners = np.array([[0.375, 0.375], [0.625, 0.375], [0.625, 0.625], [0.375, 0.625]], np.float32)


def test_only_the_space_is_sharp_when_a_picture_is_kept() -> None:
    frame = np.random.default_rng(1).integers(0, 255, (640, 800, 3), np.uint8)
    kept = only_the_space(frame, SPACE)
    assert kept.shape == (240, 300, 3)
    assert np.array_equal(kept[40:200, 50:250], frame[240:400, 300:500])
    outside = kept[:39]
    blocks = np.abs(np.diff(outside.astype(int), axis=1)).sum(axis=(0, 2)) > 0
    assert blocks.sum() <= 12


def test_a_space_at_the_edge_is_shown_when_there_is_no_more_of_it() -> None:
    frame = np.full((60, 80, 3), 9, np.uint8)
    assert only_the_space(frame, np.array([[0, 0], [0.2, 0], [0.2, 1], [0, 1]], np.float32)).shape == (60, 20, 3)
