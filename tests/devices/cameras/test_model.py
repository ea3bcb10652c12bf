"""Which device a bay is, when a plate counts, and which two plates are one car."""

import pytest

from devices.cameras.model import PlatePolicy, bay_device, camera_of, direction_of, is_misread_of
from devices.ports import Sighting
from parking.domain.ids import is_identifier

POLICY = PlatePolicy()


def read(plate: str | None = "鲁C12345", whole: float | None = None, *characters: float) -> Sighting:
    return Sighting(kind="plate", plate=plate, plate_confidence=whole, char_confidences=characters)


@pytest.mark.parametrize(("bay", "device"), [("12", "C1:12"), (" A-12 ", "C1:A-12"), ("泊位 7", "C1:---7")])
def test_bay_is_a_device_of_its_camera_when_it_is_named_in_any_way(bay: str, device: str) -> None:
    assert bay_device("C1", bay) == device
    assert is_identifier(device)
    assert camera_of(device) == "C1"
    assert camera_of("0004a30b001c0530") is None


@pytest.mark.parametrize(
    ("sighting", "certain"),
    [
        (read(None, 0.99), False),
        (read("WX1234A", 0.92, 0.99, 0.99, 0.99, 0.61, 0.99, 0.99, 0.99), False),
        (read("WX1234A", 0.92, 0.99, 0.9), True),
        (read("WX1234A", 0.89), False),
        (read("WX1234A", 0.0), False),
        (read("WX1234A"), False),
        (read("鲁C12345"), True),
        (read("鲁C·12345"), True),
        (read("鲁CD12345"), True),
    ],
)
def test_plate_counts_when_every_figure_is_good_or_its_form_is_exact(sighting: Sighting, *, certain: bool) -> None:
    assert POLICY.is_certain(sighting) is certain


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("鲁C12345", "鲁C12346", True),
        ("鲁C12345", "鲁C1234", True),
        ("鲁CD12345", "鲁C12345", True),
        ("鲁C12345", "鲁C12354", False),
        ("鲁C12345", "鲁B12346", False),
        ("鲁C12345", "鲁C123", False),
    ],
)
def test_two_readings_are_one_car_when_one_character_differs(one: str, other: str, *, same: bool) -> None:
    assert is_misread_of(one, other) is same
    assert is_misread_of(other, one) is same


def test_way_through_a_gate_is_known_when_camera_or_reading_says_it() -> None:
    assert direction_of("entry", "reverse") == "entry"
    assert direction_of("both", "forward") == "entry"
    assert direction_of("both", "reverse") == "exit"
    assert direction_of("both", None) is None
    assert direction_of(None, "forward") is None
