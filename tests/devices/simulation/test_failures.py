"""Each failure does to the frames of its device what its name says, for its time, and to nobody else's."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, get_args

import pytest

from devices.registry import installed
from devices.simulation.city import City
from devices.simulation.day import FEWEST_BEHIND, SHARED, day_of_failures
from devices.simulation.failures import COURSES, HOUR, Failing, Failure
from devices.simulation.faults import NONE
from devices.simulation.fleet import MAKES, Device, Make, Site, fit
from devices.simulation.transmission import Transmission
from tests.devices.simulation.streets import START, street

BEGINS, ENDS = START + HOUR, START + 2 * HOUR
MODELS: Final[dict[str, str]] = {
    "baseline_drift": "SmartParking",
    "interference_reported": "LW009-SM",
    "obstructed": "TEKZIPARK",
    "battery_fade": "R719A",
    "counter_reset": "PlacePod",
    "counter_wrap": "JSON",
    "clock_wrong": "LW009-SM",
    "clock_missing": "LW009-SM",
    "local_time_as_utc": "LW009-SM",
    "platform_pause": "DO201",
}


@dataclass(frozen=True)
class Life:
    """What arrived of the device that fails, by arrival: before, meanwhile and after; and the truth at the end."""

    before: list[Transmission]
    meanwhile: list[Transmission]
    after: list[Transmission]
    others: list[Transmission]
    occupied: bool

    def states(self) -> list[bool]:
        return [frame.occupied for frame in self.meanwhile if frame.word == "change"]


def live(failure: Failure | None, *, speed: float = 30.0) -> Life:
    make = next(make for make in MAKES if make.model == MODELS.get(failure or "", "TPS110"))
    sites = street(12)
    devices = [_device(site, make, number) for number, site in enumerate(sites)]
    victim = devices[0].device_id
    script = [] if failure is None else [Failing(device_id=victim, failure=failure, begins=BEGINS, ends=ENDS)]
    city = City(sites, seed=5, start=START, speed=speed, faults=NONE, devices=devices, script=script)
    arrived = city.advance(START + 3 * HOUR)
    mine = [frame for frame in arrived if frame.device.device_id == victim]
    return Life(
        [frame for frame in mine if frame.observed_at / 1e6 < BEGINS],
        [frame for frame in mine if BEGINS <= frame.observed_at / 1e6 < ENDS],
        [frame for frame in mine if frame.observed_at / 1e6 >= ENDS],
        [frame for frame in arrived if frame.device.device_id != victim],
        city.truth[sites[0].space_id],
    )


def _device(site: Site, make: Make, number: int) -> Device:
    return Device(
        device_id=f"{number:016x}",
        space_id=site.space_id,
        zone_id=site.zone_id,
        make=make,
        heartbeat_s=60,
        health="sound",
    )


def _sound() -> Life:
    return live(None)


def _gaps(frames: Sequence[Transmission]) -> int:
    return sum(later.sequence - earlier.sequence != 1 for earlier, later in pairwise(frames))


CHECKS: dict[Failure, Callable[[Life], bool]] = {
    "missed_change": lambda life: not life.states(),
    "doubled_change": lambda life: life.states() == [state for state in life.states()[::2] for _ in range(2)] != [],
    "false_change": lambda life: len(life.states()) > len(_sound().states()) + 10,
    "dead_zone": lambda life: len(life.states()) > len(_sound().states()) + 4,
    "metal_left": lambda life: sum(life.states()) <= 1 and False not in life.states() and len(life.meanwhile) > 50,
    "baseline_drift": lambda life: 20 < _empty_x(life.meanwhile[-20:]) - _empty_x(life.meanwhile[:20]) < 40,
    "interference": lambda life: len(life.states()) > 80,
    "interference_reported": lambda life: {frame.complaint for frame in life.meanwhile} == {"interference"},
    "obstructed": lambda life: {frame.complaint for frame in life.meanwhile} == {"obstructed"},
    "stuck": lambda life: not life.states() and len({frame.occupied for frame in life.meanwhile}) == 1,
    "reboot_with_reset": lambda life: _restarts_free(life.meanwhile),
    "battery_fade": lambda life: life.meanwhile[0].battery_v > 3.5 and life.meanwhile[-1].complaint == "battery_low",
    "silent": lambda life: life.meanwhile == [],
    "lost_frames": lambda life: 8 < _gaps(life.meanwhile) < 50,
    "duplicates": lambda life: set(Counter(frame.sequence for frame in life.meanwhile).values()) == {2},
    "late_frames": lambda life: sum(frame.is_late for frame in life.meanwhile) > 10,
    "out_of_order": lambda life: life.meanwhile != sorted(life.meanwhile, key=lambda frame: frame.observed_at),
    "counter_reset": lambda life: sum(frame.joins and frame.sequence == 0 for frame in life.meanwhile) > 5,
    "counter_wrap": lambda life: max(frame.sequence for frame in life.meanwhile) < 256,
    "clock_wrong": lambda life: _clock_off(life.meanwhile) == {-37 * 60},
    "clock_missing": lambda life: {frame.device_at for frame in life.meanwhile} == {0},
    "local_time_as_utc": lambda life: _clock_off(life.meanwhile) == {8 * 3600},
    "gateway_outage": lambda life: len(life.meanwhile) > 50 and all(frame.is_late for frame in life.meanwhile[:-1]),
    "platform_pause": lambda life: life.meanwhile == [],
    "unreadable": lambda life: 20 < sum(frame.is_garbled for frame in life.meanwhile) < len(life.meanwhile),
}


def _empty_x(frames: Sequence[Transmission]) -> float:
    empty = [frame.field[0] - 300 * frame.occupied for frame in frames]
    return sum(empty) / len(empty)


def _restarts_free(frames: Sequence[Transmission]) -> bool:
    starts = [frame for frame in frames if frame.word == "startup"]
    return len(starts) > 5 and not any(frame.occupied for frame in starts)


def _clock_off(frames: Sequence[Transmission]) -> set[int]:
    return {frame.device_at - frame.observed_at // 1_000_000 for frame in frames}


@pytest.mark.parametrize("failure", get_args(Failure))
def test_frames_show_it_while_the_failure_lasts_and_nowhere_else(failure: Failure) -> None:
    life = live(failure)
    assert CHECKS[failure](life), failure
    assert life.before
    assert life.after
    assert not any(frame.is_garbled or frame.is_late or frame.complaint for frame in life.others + life.after)
    assert _gaps(life.before) == 0
    assert life == live(failure)


@pytest.mark.parametrize("failure", ["metal_left", "stuck", "silent", "interference", "false_change", "dead_zone"])
def test_device_looks_again_when_its_failure_is_over(failure: Failure) -> None:
    life = live(failure, speed=1.0)
    assert life.after[-1].occupied == life.occupied


def test_every_failure_has_a_course_and_a_check() -> None:
    assert set(COURSES) == set(CHECKS) == set(get_args(Failure))
    assert all(course.zh and course.en and course.lasts_s > 0 for course in COURSES.values())
    assert all(course.faults != NONE for course in COURSES.values())


def _city() -> list[Device]:
    return fit([site for number in range(60) for site in street(25, zone_id=f"z{number}")], seed=3)


def test_day_has_each_failure_on_a_device_of_its_own_when_the_city_is_large() -> None:
    devices = {device.device_id: device for device in _city()}
    rows = day_of_failures(list(devices.values()), start=START)
    assert {row.failure for row in rows} == set(COURSES)
    assert len({row.device_id for row in rows}) == len(rows)
    for row in rows:
        device = devices[row.device_id]
        assert COURSES[row.failure].fits(device)
        assert device.health == "sound"
        assert START < row.begins < row.ends
    behind = [devices[row.device_id] for row in rows if row.failure == SHARED]
    assert len(behind) >= FEWEST_BEHIND
    assert len({device.zone_id for device in behind}) == 1


def test_day_is_the_same_when_the_devices_come_in_another_order() -> None:
    devices = _city()
    assert day_of_failures(devices, start=START) == day_of_failures(devices[::-1], start=START)


def test_day_leaves_out_what_the_city_has_no_device_for() -> None:
    bosch = [replace(device, make=MAKES[0]) for device in _city()]
    failures = {row.failure for row in day_of_failures(bosch, start=START)}
    assert "stuck" in failures
    assert not failures & {"clock_wrong", "obstructed", "platform_pause"}


def test_models_that_fail_are_models_that_are_simulated() -> None:
    models = {make.model for make in MAKES}
    assert all(course.models <= models for course in COURSES.values())
    assert all(installed().version(make.vendor, make.model, make.version) for make in MAKES)
