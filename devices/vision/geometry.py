"""From four corners in a picture to what the network is shown of a space: seen from above, and as the camera sees it.

A space is cut out of the frame with a rim and scaled to one size, whatever the camera's resolution. Of that patch the network
sees two views, each with a mask that says where the outline lies. In the rectified one all spaces look alike, whatever the
perspective. In the other things stand upright, so that a neighbour's roof that leans into the outline is told from a car of one's own.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""Height, width, three colours in OpenCV's order: blue, green, red."""
Corners = npt.NDArray[np.float32]
"""Four rows of x and y, fractions of a picture's width and height."""

PATCH: Final = 128
RIM: Final = 0.12
"""Around the outline's bounding box, of its size: as the patches of the training data were cut."""
SIDE: Final = 96
MARGIN: Final = 0.2
"""Around the outline within the rectified square, of its side."""
MASK: Final = SIDE // 4
_SUBPIXEL_BITS: Final = 4
View = tuple[Picture, npt.NDArray[np.uint8]]
"""A picture of `SIDE` and its mask of `MASK`: 255 within the outline."""
_SMALLEST: Final = 1e-5
"""Of the picture's area; below that an outline has no pixel of its own."""


def around(corners: Corners) -> Corners:
    """The corners clockwise as the eye sees them; raises ValueError where they do not go around an area."""
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    if not (np.all(turns > 0) or np.all(turns < 0)):
        raise ValueError("the corners do not go around a convex space")
    x, y = corners[:, 0], corners[:, 1]
    area = float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    if abs(area) < _SMALLEST:
        raise ValueError("the outline is too small to see anything")
    return corners if area > 0 else np.ascontiguousarray(corners[::-1])


def upright(corners: Corners) -> Corners:
    """The corners from the top left, clockwise, where the lowest edge is the bottom: the side nearest to the camera."""
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    lowest = int(middles[:, 1].argmax())
    # Clockwise, the bottom edge runs from right to left, so the corner after the next one is the top left.
    return np.roll(corners, -lowest - 2, axis=0)


def cut(frame: Picture, corners: Corners) -> tuple[Picture, Corners]:
    """The space with its rim, and the corners within that patch. The rim ends where the frame does."""
    import cv2  # noqa: PLC0415 - heavy

    height, width = frame.shape[:2]
    size = np.array([width, height], np.float32)
    low, high = corners.min(axis=0), corners.max(axis=0)
    rim = (high - low) * RIM
    first = np.floor(np.clip(low - rim, 0, 1) * size).astype(int)
    last = np.maximum(np.ceil(np.clip(high + rim, 0, 1) * size).astype(int), first + 1)
    piece = frame[first[1] : last[1], first[0] : last[0]]
    patch = cv2.resize(piece, (PATCH, PATCH), interpolation=cv2.INTER_AREA)
    within = (corners * size - first) / (last - first)
    return np.asarray(patch, np.uint8), within.astype(np.float32)


def views(patch: Picture, corners: Corners) -> tuple[View, View]:
    """From above, and as it is."""
    import cv2  # noqa: PLC0415 - as above

    turned = upright(corners)
    above = rectify(patch, turned, side=SIDE, margin=MARGIN)
    small = np.asarray(cv2.resize(patch, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    return (above, mask(square(MARGIN))), (small, mask(turned))


def rectify(patch: Picture, corners: Corners, *, side: int, margin: float) -> Picture:
    """The outline as a square with a margin around it; what the patch does not show repeats its edge."""
    import cv2  # noqa: PLC0415 - as above

    size = np.array([patch.shape[1], patch.shape[0]], np.float32)
    source = np.ascontiguousarray(corners * size - 0.5, np.float32)
    target = np.ascontiguousarray(square(margin) * side - 0.5, np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    rectified = cv2.warpPerspective(
        patch, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(rectified, np.uint8)


def mask(corners: Corners) -> npt.NDArray[np.uint8]:
    """Where the outline lies: each point says how much of it is inside."""
    import cv2  # noqa: PLC0415 - as above

    fine = np.zeros((SIDE, SIDE), np.uint8)
    places = np.round(corners * (SIDE << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillConvexPoly(fine, places, 255, cv2.LINE_8, _SUBPIXEL_BITS)
    return np.asarray(cv2.resize(fine, (MASK, MASK), interpolation=cv2.INTER_AREA), np.uint8)


def square(margin: float) -> Corners:
    """The corners of a rectified outline, from the top left, clockwise."""
    low, high = margin, 1 - margin
    return np.array([[low, low], [high, low], [high, high], [low, high]], np.float32)
