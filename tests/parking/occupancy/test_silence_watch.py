"""Deadlines of silence: due once, moved back by every message, looked at only when due."""

import msgspec

from parking.occupancy.model import SpaceState
from parking.occupancy.silence_watch import SilenceWatch
from tests.parking.occupancy.samples import SECOND

HEARD = SpaceState("z1", "free", heard_at=0, silence_s=10, device_id="d1", reason=None)


def test_space_is_due_once_when_its_device_falls_silent() -> None:
    watch = SilenceWatch()
    watch.update({"s1": HEARD})
    assert watch.expired({"s1": HEARD}, 10 * SECOND - 1) == []
    assert watch.expired({"s1": HEARD}, 10 * SECOND) == ["s1"]
    assert watch.expired({"s1": HEARD}, 99 * SECOND) == []


def test_deadline_moves_back_when_the_device_is_heard() -> None:
    watch = SilenceWatch()
    watch.update({"s1": HEARD})
    later = msgspec.structs.replace(HEARD, heard_at=5 * SECOND)
    watch.update({"s1": later})
    assert watch.expired({"s1": later}, 12 * SECOND) == []
    assert watch.expired({"s1": later}, 15 * SECOND) == ["s1"]


def test_deadline_moves_forward_when_the_device_promises_to_speak_sooner() -> None:
    watch = SilenceWatch()
    watch.update({"s1": HEARD})
    sooner = msgspec.structs.replace(HEARD, silence_s=3)
    watch.update({"s1": sooner})
    assert watch.expired({"s1": sooner}, 3 * SECOND) == ["s1"]
    assert watch.expired({"s1": sooner}, 99 * SECOND) == []


def test_nothing_is_due_when_the_space_is_unknown_or_gone() -> None:
    watch = SilenceWatch()
    watch.update({"s1": HEARD, "s2": HEARD, "s3": None, "s4": SpaceState("z1")})
    assert watch.expired({"s2": SpaceState("z1")}, 99 * SECOND) == []
