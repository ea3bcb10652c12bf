"""What simulated cameras get wrong: hidden stays, one character of a plate, dark and bright pictures."""

import pytest
from PIL import Image, ImageStat

from devices.cameras.model import is_misread_of
from devices.simulation.cameras.pictures import scene
from devices.simulation.cameras.views import CameraFaults, CameraView
from parking.evidence.content import cleaned
from tests.parking.evidence.pictures import shown

PLATE = "鲁C18520"


def test_a_whole_stay_is_unseen_when_something_stands_before_the_bay() -> None:
    view = CameraView(bays=("1", "2"), seed=1, faults=CameraFaults(occluded=1.0))
    assert view.comes("1", PLATE) is None
    assert [seen.occupied for seen in view.looks()] == [False, False]
    view.faults = CameraFaults()
    assert view.goes("1") is None
    assert view.comes("1", PLATE) is not None


def test_exactly_one_character_is_wrong_when_a_plate_is_misread() -> None:
    view = CameraView(bays=("1",), seed=1, faults=CameraFaults(misread=1.0))
    seen = view.comes("1", PLATE)
    assert seen is not None
    assert seen.plate is not None
    assert seen.plate != PLATE
    assert is_misread_of(seen.plate, PLATE)


def test_the_same_is_seen_when_the_seed_is_the_same() -> None:
    faults = CameraFaults(occluded=0.5, misread=0.5)
    one, other = (CameraView(bays=("1",), seed=5, faults=faults) for _ in range(2))
    assert [(one.comes("1", PLATE), one.goes("1")) for _ in range(20)] == [
        (other.comes("1", PLATE), other.goes("1")) for _ in range(20)
    ]


@pytest.mark.parametrize(
    ("faults", "low", "high"), [(CameraFaults(night=True), 0, 40), (CameraFaults(glare=True), 180, 255)]
)
def test_little_is_shown_and_little_is_sure_when_the_light_is_bad(faults: CameraFaults, low: int, high: int) -> None:
    view = CameraView(bays=("1", "2"), seed=1, faults=faults)
    seen = view.comes("1", PLATE)
    assert seen is not None
    assert seen.confidence < 90
    picture = cleaned(scene(view.looks(), faults)).content
    size, points = shown(picture)
    (mean,) = ImageStat.Stat(Image.frombytes("RGB", size, points).convert("L")).mean
    assert low <= mean <= high
