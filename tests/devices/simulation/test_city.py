"""What arrives from the simulated city: start-ups, changes, heartbeats, and faults at the stated rates."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

from devices.simulation.city import City
from devices.simulation.faults import NONE, Faults
from devices.simulation.transmission import Transmission
from tests.devices.simulation.streets import START, street


def city(*, spaces: int = 300, faults: Faults = NONE, speed: float = 20.0, seed: int = 4) -> City:
    return City(street(spaces), seed=seed, start=START, speed=speed, faults=faults)


def test_every_living_device_starts_within_the_spread() -> None:
    simulated = city()
    frames = simulated.advance(START + 8)
    started = {frame.device.device_id for frame in frames if frame.word == "startup"}
    assert started == {device.device_id for device in simulated.devices if device.health != "dead"}
    by_second = Counter(int(frame.observed_at / 1e6 - START) for frame in frames if frame.word == "startup")
    assert max(by_second.values()) < len(started) / 4


def test_what_sensors_say_last_is_the_truth_when_nothing_fails() -> None:
    simulated = city()
    said: dict[str, Transmission] = {}
    for frame in simulated.advance(START + 1200):
        said[frame.device.space_id] = frame
    truth = simulated.truth
    sound = [device for device in simulated.devices if device.health == "sound"]
    assert sum(frame.word == "change" for frame in said.values()) > 50
    assert all(said[device.space_id].occupied == truth[device.space_id] for device in sound)


def test_counters_rise_by_one_within_a_boot_when_nothing_fails() -> None:
    sequences = defaultdict(list)
    for frame in city().advance(START + 900):
        sequences[frame.device.device_id, frame.boot].append(frame.sequence)
    assert all(numbers == list(range(len(numbers))) for numbers in sequences.values())


def test_heartbeats_keep_to_their_interval() -> None:
    heard = defaultdict(list)
    for frame in city(speed=0.01).advance(START + 1500):
        heard[frame.device].append(frame.observed_at / 1e6)
    for device, times in heard.items():
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(gap <= device.heartbeat_s for gap in gaps)


def test_dead_devices_are_never_heard_and_dying_ones_fall_silent() -> None:
    simulated = city(spaces=3000)
    late = [frame for frame in simulated.advance(START + 1500) if frame.observed_at / 1e6 > START + 700]
    assert {frame.device.health for frame in late} == {"sound"}


def test_stepping_changes_nothing_with_faults() -> None:
    faults = Faults(missed=0.1, lost=0.1, duplicate=0.1, late=0.1, reboot=0.1)
    whole = city(faults=faults).advance(START + 600)
    stepped = city(faults=faults)
    assert [frame for second in range(601) for frame in stepped.advance(START + second)] == whole


def test_each_fault_shows_when_it_is_frequent() -> None:
    def frames(faults: Faults) -> list[Transmission]:
        return city(faults=faults).advance(START + 900)

    sound = frames(NONE)
    assert len(frames(replace(NONE, lost=0.3))) < 0.8 * len(sound)
    doubled = Counter(
        (frame.device.device_id, frame.boot, frame.sequence) for frame in frames(replace(NONE, duplicate=0.3))
    )
    assert 0.2 < sum(number == 2 for number in doubled.values()) / len(doubled) < 0.4
    late = frames(replace(NONE, late=0.3))
    assert late != sorted(late, key=lambda frame: frame.observed_at)
    assert sum(frame.word == "startup" for frame in frames(replace(NONE, reboot=0.3))) > 300
    changes = sum(frame.word == "change" for frame in sound)
    assert sum(frame.word == "change" for frame in frames(replace(NONE, missed=0.5))) < 0.7 * changes
