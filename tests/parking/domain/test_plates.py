"""Plates: accepted forms, the one spelling, and the mask."""

import pytest

from parking.domain.plates import PlateInvalidError, is_new_energy, mask, normalise


@pytest.mark.parametrize("plate", ["鲁C12345", "鲁CD12345", "鲁C12345D", "鲁C1234警", "京A8888学", "使014578"])
def test_plate_is_accepted_when_its_form_is_known(plate: str) -> None:
    assert normalise(plate) == plate


@pytest.mark.parametrize("text", ["鲁CI2345", "鲁C123456", "鲁C1234", "", "鲁", "ABCDEFG", "'; drop table"])
def test_text_is_refused_without_being_repeated_when_it_is_no_plate(text: str) -> None:
    with pytest.raises(PlateInvalidError) as refusal:
        normalise(text)
    assert not text or text not in refusal.value.detail


@pytest.mark.parametrize("text", ["鲁C·88123", "鲁c88123", "鲁Ｃ８８１２３", " 鲁C 88123 ", "鲁C-88123"])
def test_spelling_is_one_when_people_write_a_plate_differently(text: str) -> None:
    assert normalise(text) == "鲁C88123"


def test_energy_is_told_by_the_form_of_the_plate() -> None:
    assert [is_new_energy(plate) for plate in ("鲁CD12345", "鲁C12345D", "鲁C12345")] == [True, True, False]


def test_mask_hides_the_middle() -> None:
    assert (mask("鲁C88123"), mask("鲁CD12345")) == ("鲁C8***3", "鲁CD****5")
