"""The life of a device: what may follow on what."""

import pytest

from devices.inventory.life import MOVES, STAGES, Deed, Stage, after
from parking.domain.errors import ConflictError


def lived(*deeds: Deed, stage: Stage = "registered") -> Stage:
    for deed in deeds:
        stage = after(stage, deed, "d1")
    return stage


def test_device_is_accepted_when_it_was_installed_and_passed_its_test() -> None:
    assert lived("install", "test", "pass") == "accepted"


def test_device_is_tested_again_when_it_failed() -> None:
    assert lived("install", "test", "fail", "test", "pass", "withdraw", "test", "fail") == "installed"


def test_nothing_follows_when_a_device_has_left() -> None:
    assert not [deed for stage, deed in MOVES if stage == "removed"]
    assert [deed for stage, deed in MOVES if stage == "replaced"] == ["remove"]


@pytest.mark.parametrize(
    ("stage", "deed"),
    [
        ("registered", "test"),
        ("registered", "pass"),
        ("installed", "pass"),
        ("testing", "uninstall"),
        ("testing", "replace"),
        ("replaced", "install"),
        ("removed", "accept"),
    ],
)
def test_deed_is_refused_when_the_stage_does_not_allow_it(stage: Stage, deed: Deed) -> None:
    with pytest.raises(ConflictError) as refused:
        after(stage, deed, "d1")
    assert refused.value.code == "stage_wrong"


def test_every_stage_is_reached_when_devices_live() -> None:
    assert {*MOVES.values(), "registered"} == set(STAGES)
