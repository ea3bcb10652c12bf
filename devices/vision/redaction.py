"""A picture of one space for the record, in which nothing but that space can be made out.

Neighbours' plates and faces of people on the pavement are no evidence of this space. What lies outside its outline is made too coarse to
read, by a rule that needs no detector and so overlooks nobody; what stands on the space stays as it was.
"""

from typing import Final

import numpy as np

from devices.vision.geometry import Corners, Picture

RIM: Final = 0.25
"""Shown around the outline, of its size: a car is higher than the ground on which the outline lies."""
GRAINS: Final = 12
"""Blocks along the longer side of what is shown outside the outline: a face or a plate is less than one of them."""


def only_the_space(frame: Picture, corners: Corners) -> Picture:
    """The space with some of its surroundings, those in coarse blocks."""
    import cv2  # noqa: PLC0415 - heavy

    size = np.array([frame.shape[1], frame.shape[0]], np.float32)
    low, high = corners.min(axis=0), corners.max(axis=0)
    rim = (high - low) * RIM
    first = np.floor(np.clip(low - rim, 0, 1) * size).astype(int)
    last = np.maximum(np.ceil(np.clip(high + rim, 0, 1) * size).astype(int), first + 1)
    piece = frame[first[1] : last[1], first[0] : last[0]]
    width, height = int(piece.shape[1]), int(piece.shape[0])
    grain = max(1.0, max(width, height) / GRAINS)
    blocks = (max(1, round(width / grain)), max(1, round(height / grain)))
    coarse = cv2.resize(
        cv2.resize(piece, blocks, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_NEAREST
    )
    inside = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners * size - first).astype(np.int32), 1)
    return np.where(inside[..., None] == 1, piece, coarse).astype(np.uint8)
