"""What every registered event must be."""

import pytest

from parking.events.fact import Fact
from parking.events.registry import BY_TYPE, EVENT_CLASSES


@pytest.mark.parametrize("cls", EVENT_CLASSES)
def test_type_is_room_noun_and_participle_when_a_class_is_registered(cls: type[Fact]) -> None:
    room, noun, participle = cls.TYPE.split(".")
    assert room in {"parking", "pricing", "city"}
    assert noun.isidentifier()
    assert participle.endswith(("ed", "paid", "written_off", "handed_over", "withdrawn", "frozen"))
    assert cls.VERSION >= 1
    assert cls.__struct_config__.frozen


def test_no_two_classes_share_a_type() -> None:
    assert len(BY_TYPE) == len(EVENT_CLASSES)
