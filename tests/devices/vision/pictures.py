"""Labelled pictures and whole frames of real lots, read from beside the checkout and never copied into it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from devices.vision.geometry import Corners, Picture, around

DAY, NIGHT, ELSEWHERE = "GOPR6654", "GOPR0112", "GOPR6550"


@cache
def frame(shared: Path, name: str, width: int = 640) -> Picture:
    """Made smaller unless asked: the view is compared at this width anyway."""
    picture = cv2.imread(str(shared / "images" / "frames" / f"{name}.jpg"))
    assert picture is not None
    size = (width, width * picture.shape[0] // picture.shape[1])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def annotated(shared: Path, name: str) -> tuple[list[Corners], list[bool]]:
    """The outlines of a frame and whether each is occupied."""
    stored: dict[str, Any] = json.loads((shared / "images" / "frames" / "annotations.json").read_bytes())
    found = stored[f"{name}.jpg"]
    quads = [around(np.array(quad, np.float32)) for quad in found["rois_normalised"]]
    return quads, [bool(one) for one in found["occupied"]]


def noisy(picture: Picture, seed: int = 1) -> Picture:
    """As a sensor delivers the same view a moment later."""
    grain = np.random.default_rng(seed).integers(-4, 5, picture.shape, np.int16)
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)
