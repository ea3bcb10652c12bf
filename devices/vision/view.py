"""Whether a camera still sees what its outlines were drawn on: not moved, not dirty, not dark, not frozen.

The picture on which the outlines were drawn is the reference. Features of later frames are matched with it; cars come and go, so what
most matches agree on is the ground and the walls. Light changes in the course of a day until nothing matches the reference any
more; then the last frame that was well stands in its place, with what is known of its own shift. A doubt lasts for one
frame: what one frame shows may be a lorry before the lens, so a fault is declared by the second in a row.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import msgspec
import numpy as np
import numpy.typing as npt

from devices.adapters.camera_plain.messages import ViewFault
from devices.vision.geometry import Picture

WIDTH: Final = 640
"""Frames are compared at this width; the finest grain of a camera tells nothing of its view."""
DARK_ABOVE: Final = 40
"""Nearly all of a frame below this brightness (of 255) shows nothing: the lens is covered, or it is night without a lamp."""
DARK_SHARE: Final = 0.995
SHARP_SHARE: Final = 0.15
"""Of the detail for its contrast that the view had when it was well; less is a blurred or dirty lens, or fog."""
SHIFT_SHARE: Final = 0.012
"""Of the picture's width; beyond that the outlines of the far spaces lie on their neighbours."""
MATCHES_NEEDED: Final = 14
"""Fewer that agree on one movement may agree by chance."""
FEATURES_NEEDED: Final = 150
"""A frame with fewer cannot be placed at all, whether it moved or not."""
FROZEN_FRAMES: Final = 3
DECLARED_AFTER: Final = 2

_PATTERN_BYTES: Final = 32
_packed: Final = msgspec.msgpack.Decoder(tuple[bytes, bytes, float, int])

Movement = npt.NDArray[np.float64]
"""Three by three: where a point of the reference lies in a frame, in pixels at `WIDTH`."""


@dataclass(frozen=True, eq=False, slots=True)
class Sight:
    """What is remembered of one frame to compare others with."""

    keypoints: npt.NDArray[np.float32]
    descriptors: npt.NDArray[np.uint8]
    sharpness: float
    height: int

    def packed(self) -> bytes:
        return msgspec.msgpack.encode(
            [self.keypoints.tobytes(), self.descriptors.tobytes(), self.sharpness, self.height]
        )

    @classmethod
    def unpacked(cls, body: bytes) -> Self:
        keypoints, descriptors, sharpness, height = _packed.decode(body)
        return cls(
            np.frombuffer(keypoints, np.float32).reshape(-1, 2),
            np.frombuffer(descriptors, np.uint8).reshape(-1, _PATTERN_BYTES),
            sharpness,
            height,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What one frame says of the view; `shift` is None where it could not be placed."""

    suspicion: ViewFault | None
    fault: ViewFault | None
    """Declared: suspected by this frame and the one before. Cleared likewise, by two frames that are well."""
    shift: float | None
    """The farthest that a corner of the picture has moved, as a share of its width."""
    sharpness: float
    """Against the view when it was well: 1 is as sharp."""


@dataclass(frozen=True, slots=True)
class _State:
    digest: int = 0
    repeats: int = 0
    bad: int = 0
    good: int = DECLARED_AFTER
    fault: ViewFault | None = None


class ViewWatch:
    """One for each camera; give it every frame in order."""

    def __init__(self, reference: Sight) -> None:
        self._reference = reference
        self._last: tuple[Sight, Movement] = (self._reference, np.eye(3))
        self._state = _State()

    @classmethod
    def of(cls, frame: Picture) -> Self:
        """With the picture on which the outlines were drawn."""
        return cls(sight_of(frame))

    @property
    def reference(self) -> Sight:
        """What is kept between two runs of a program: places and patterns of corners, from which no picture can be made."""
        return self._reference

    def look(self, frame: Picture) -> Seen:
        gray = _gray(frame)
        digest = hash(frame.tobytes())
        repeats = self._state.repeats + 1 if digest == self._state.digest else 0
        sight = _sight(gray)
        sharpness = sight.sharpness / self._reference.sharpness if self._reference.sharpness else 1.0
        movement = self._placed(sight)
        shift = None if movement is None else _shift(movement, sight.height)
        suspicion = self._suspect(gray, sight, shift, sharpness, repeats)
        self._state = _declared(replace(self._state, digest=digest, repeats=repeats), suspicion)
        if suspicion is None and movement is not None:
            self._last = (sight, movement)
        return Seen(suspicion, self._state.fault, shift, sharpness)

    def _suspect(
        self, gray: npt.NDArray[np.uint8], sight: Sight, shift: float | None, sharpness: float, repeats: int
    ) -> ViewFault | None:
        if repeats >= FROZEN_FRAMES - 1:
            return "sensor_failed"
        if float(np.mean(gray < DARK_ABOVE)) >= DARK_SHARE:
            return "view_dark"
        if sharpness < SHARP_SHARE:
            return "view_dirty"
        if shift is not None:
            return "view_moved" if shift > SHIFT_SHARE else None
        # Plenty to see, and nothing of it where it was: somewhere else. With little to see it cannot be told.
        return "view_moved" if len(sight.keypoints) >= FEATURES_NEEDED else "view_dirty"

    def _placed(self, sight: Sight) -> Movement | None:
        direct = _movement(self._reference, sight)
        if direct is not None:
            return direct
        last, moved = self._last
        onward = _movement(last, sight)
        return None if onward is None else onward @ moved


def _declared(state: _State, suspicion: ViewFault | None) -> _State:
    if suspicion is None:
        good = state.good + 1
        return replace(state, bad=0, good=good, fault=None if good >= DECLARED_AFTER else state.fault)
    bad = state.bad + 1
    return replace(state, bad=bad, good=0, fault=suspicion if bad >= DECLARED_AFTER else state.fault)


def sight_of(frame: Picture) -> Sight:
    """What to remember of a picture."""
    return _sight(_gray(frame))


def _gray(frame: Picture) -> npt.NDArray[np.uint8]:
    import cv2  # noqa: PLC0415 - heavy

    height = max(1, round(frame.shape[0] * WIDTH / frame.shape[1]))
    small = cv2.resize(frame, (WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def _sight(gray: npt.NDArray[np.uint8]) -> Sight:
    import cv2  # noqa: PLC0415 - as above

    # Local contrast is evened out, so that a shadow that wandered leaves the same corners standing.
    even = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(gray)
    detector: Any = cv2.ORB_create(nfeatures=1500, fastThreshold=12)  # type: ignore[attr-defined]
    points, descriptors = detector.detectAndCompute(even, None)
    if descriptors is None:
        points, descriptors = (), np.empty((0, _PATTERN_BYTES), np.uint8)
    places = np.array([point.pt for point in points], np.float32).reshape(-1, 2)
    contrast = float(np.var(cv2.GaussianBlur(gray, (0, 0), 2.0)))
    detail = float(cv2.Laplacian(gray, cv2.CV_64F).var())
    return Sight(places, descriptors, detail / max(contrast, 1.0), gray.shape[0])


def _movement(before: Sight, after: Sight) -> Movement | None:
    """None where too few features agree on one movement."""
    import cv2  # noqa: PLC0415 - as above

    if min(len(before.keypoints), len(after.keypoints)) < MATCHES_NEEDED:
        return None
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
    matches = matcher.match(before.descriptors, after.descriptors)
    matches = [match for match in matches if match.distance <= 64]  # noqa: PLR2004 - a quarter of the bits
    if len(matches) < MATCHES_NEEDED:
        return None
    source = before.keypoints[[match.queryIdx for match in matches]]
    target = after.keypoints[[match.trainIdx for match in matches]]
    found, agreeing = cv2.estimateAffinePartial2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=3.0)
    if found is None or int(np.count_nonzero(agreeing)) < MATCHES_NEEDED:
        return None
    return np.vstack([np.asarray(found, np.float64), [0.0, 0.0, 1.0]])


def _shift(movement: Movement, height: int) -> float:
    corners = np.array([[0, 0, 1], [WIDTH, 0, 1], [WIDTH, height, 1], [0, height, 1]], np.float64)
    moved = corners @ movement.T
    return float(np.linalg.norm(moved[:, :2] - corners[:, :2], axis=1).max()) / WIDTH
