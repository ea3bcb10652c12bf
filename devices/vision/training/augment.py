"""What cameras, weather and careless outlines do to a patch, so that the network has seen it before it meets it."""

import math
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from devices.vision.geometry import MARGIN, PATCH, SIDE, Corners, Picture, View, mask, rectify, square, upright

Random = np.random.Generator
Paint = npt.NDArray[np.float32]

CORNER_ERROR: Final = 0.04
"""Of the outline's mean side: how carelessly a person draws."""
OUTLINE_ERROR: Final = 0.02


def altered(patch: Picture, corners: Corners, chance: Random) -> tuple[View, View]:
    """Both views, with an outline drawn anew and light of their own."""
    side = float(np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1).mean())
    errors = chance.normal(0, CORNER_ERROR * side, (4, 2)) + chance.normal(0, OUTLINE_ERROR * side, 2)
    drawn: Corners = (upright(corners) + errors).astype(np.float32)
    return _from_above(patch, drawn, chance), _as_it_is(patch, drawn, chance)


def _from_above(patch: Picture, corners: Corners, chance: Random) -> View:
    margin = MARGIN * chance.uniform(0.7, 1.3)
    if chance.random() < 0.5:  # noqa: PLR2004 - a mirrored lot is a lot
        corners = corners[[1, 0, 3, 2]]
    if chance.random() < 0.1:  # noqa: PLR2004 - a camera behind the cars instead of before them
        corners = corners[[2, 3, 0, 1]]
    return _relit(rectify(patch, corners, side=SIDE, margin=margin), chance), mask(square(margin))


def _as_it_is(patch: Picture, corners: Corners, chance: Random) -> View:
    middle = PATCH / 2
    turn = cv2.getRotationMatrix2D((middle, middle), chance.normal(0, 8), chance.uniform(0.88, 1.15) * SIDE / PATCH)
    matrix = np.c_[turn[:, :2], turn[:, 2] + (SIDE - PATCH) / 2 + chance.normal(0, 3, 2)]
    if chance.random() < 0.5:  # noqa: PLR2004 - as above
        matrix = np.array([[-1.0, 0, SIDE - 1], [0, 1, 0]]) @ np.vstack([matrix, [0, 0, 1]])
    turned = cv2.warpAffine(patch, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    places = np.c_[corners * PATCH, np.ones(4)] @ matrix.T / SIDE
    return _relit(np.asarray(turned, np.uint8), chance), mask(places.astype(np.float32))


def _relit(picture: Picture, chance: Random) -> Picture:
    paint = picture.astype(np.float32)
    for share, change in _CHANGES:
        if chance.random() < share:
            paint = change(paint, chance)
    return np.clip(paint, 0, 255).astype(np.uint8)


def _light(paint: Paint, chance: Random) -> Paint:
    """Exposure, contrast and white balance."""
    exposed = 255 * (paint / 255) ** math.exp(chance.uniform(-0.5, 0.5))
    mean = exposed.mean()
    harder = (exposed - mean) * chance.uniform(0.6, 1.4) + mean + chance.uniform(-30, 30)
    return _clean(harder * chance.uniform(0.85, 1.15, 3))


def _colour(paint: Paint, chance: Random) -> Paint:
    gray = paint.mean(axis=2, keepdims=True)
    return _clean(gray + (paint - gray) * chance.uniform(-0.2, 1.3))


def _shadow(paint: Paint, chance: Random) -> Paint:
    """The straight edge of a building's shadow."""
    angle = chance.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    edge = 1 / (1 + np.exp(-(x * np.cos(angle) + y * np.sin(angle) - chance.uniform(-0.4, 0.4)) * 40))
    return _clean(paint * (1 - chance.uniform(0.3, 0.65) * edge[..., None]))


def _blur(paint: Paint, chance: Random) -> Paint:
    return _clean(cv2.GaussianBlur(paint, (0, 0), chance.uniform(0.5, 1.8)))


def _haze(paint: Paint, chance: Random) -> Paint:
    share = chance.uniform(0.1, 0.5)
    return _clean(paint * (1 - share) + share * chance.uniform(100, 220))


def _grain(paint: Paint, chance: Random) -> Paint:
    return _clean(paint + chance.normal(0, chance.uniform(2, 12), paint.shape))


def _cover(paint: Paint, chance: Random) -> Paint:
    """A pole, a leaf, a sign: a rectangle of one colour."""
    paint = paint.copy()
    width, height = (chance.uniform(0.08, 0.35, 2) * SIDE).astype(int)
    x, y = chance.integers(0, SIDE - width), chance.integers(0, SIDE - height)
    paint[y : y + height, x : x + width] = chance.uniform(0, 255, 3)
    return paint


def _clean(paint: npt.NDArray[np.generic]) -> Paint:
    return np.asarray(np.clip(paint, 0, 255), np.float32)


_CHANGES: Final[tuple[tuple[float, Callable[[Paint, Random], Paint]], ...]] = (
    (0.8, _light),
    (0.25, _colour),
    (0.3, _shadow),
    (0.25, _blur),
    (0.15, _haze),
    (0.2, _grain),
    (0.25, _cover),
)
