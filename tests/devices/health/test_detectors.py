"""The reckonings behind the faults, each by itself, at their bounds and against slower ways to the same figure."""

import random
from itertools import combinations
from statistics import median
from typing import get_args

import pytest

from devices.health import agreement, battery, clock_offset, counter, motion, reports
from devices.health.agreement import Peer, People
from devices.health.battery import Battery
from devices.health.counter import Counter
from devices.health.detectors import DETECTORS
from devices.health.device import DeviceHealth, decode, encode, hear
from devices.health.judgement import CLEAR, Finding
from devices.health.motion import Motion, Turnover
from devices.health.policy import DAY, HOUR, MINUTE, SECOND, USUAL
from parking.events.device import DeviceFault
from parking.occupancy.evidence import SelfReport
from tests.devices.health.street import (
    NEIGHBOURS,
    PARTNER,
    T0,
    VICTIM,
    Stream,
    Street,
    during,
    faults_of,
    healthy,
    word,
)


def test_every_published_fault_has_a_detector_and_every_report_words() -> None:
    assert set(DETECTORS) == set(get_args(DeviceFault))
    lasting = set(get_args(SelfReport)) - {"battery_low", "restarted", "recalibrated"}
    assert lasting == set(reports.WORDS)


COUNTS: dict[str, tuple[list[tuple[str | None, int]], tuple[int, int]]] = {
    "in order": ([("a", n) for n in range(5)], (5, 0)),
    "three lost": ([("a", 0), ("a", 4)], (5, 3)),
    "copies": ([("a", 0), ("a", 1), ("a", 1), ("a", 0)], (2, 0)),
    "late ones fill the gap": ([("a", 0), ("a", 3), ("a", 1), ("a", 2)], (4, 0)),
    "a join begins anew": ([("a", 70), ("b", 0), ("b", 1)], (3, 0)),
    "a late frame of the session before": ([("a", 70), ("b", 0), ("a", 69), ("b", 1)], (3, 0)),
    "eight bits wrap": ([(None, 254), (None, 255), (None, 0), (None, 1)], (4, 0)),
    "eight bits wrap, two lost": ([(None, 254), (None, 1)], (4, 2)),
    "sixteen bits wrap": ([("a", 65_535), ("a", 0)], (2, 0)),
    "thirty-two bits wrap": ([("a", 2**32 - 1), ("a", 1)], (3, 1)),
    "a reset that nobody announced": ([("a", 500), ("a", 0), ("a", 1)], (3, 0)),
    "a leap that no device makes": ([("a", 0), ("a", 9_000_000), ("a", 9_000_001)], (3, 0)),
}


@pytest.mark.parametrize(("numbers", "counted"), COUNTS.values(), ids=COUNTS.keys())
def test_messages_are_expected_and_lost_as_the_numbers_say(
    numbers: list[tuple[str | None, int]], counted: tuple[int, int]
) -> None:
    known = Counter()
    late = {("a", 1): 1, ("a", 2): 2, ("a", 69): 0} if ("a", 3) in numbers or ("a", 69) in numbers else {}
    for place, (session, number) in enumerate(numbers):
        at = T0 + (late[session or "", number] if (session, number) in late else place) * 10 * MINUTE
        counter.count(known, session, number, at)
    assert counter.loss(known, T0 + HOUR) == counted
    assert counter.loss(known, T0 + 2 * DAY) == (0, 0)


def test_start_up_begins_a_count_anew_near_the_old_number() -> None:
    known = Counter()
    counter.count(known, None, 5, T0)
    counter.count(known, None, 0, T0 + MINUTE, restarted=True)
    counter.count(known, None, 1, T0 + 2 * MINUTE)
    assert counter.loss(known, T0 + HOUR) == (3, 0)


def test_trend_is_the_median_of_all_slopes_and_one_odd_day_does_not_bend_it() -> None:
    chance = random.Random(7)  # noqa: S311 - not for secrets
    days = list(range(100, 140))
    means = [90 - 0.5 * n + chance.gauss(0, 0.2) for n in range(40)]
    means[20] = 5.0
    trend = battery.fit(days, means)
    assert trend is not None
    slopes = [(means[j] - means[i]) / (days[j] - days[i]) for i, j in combinations(range(40), 2)]
    assert trend.slope == pytest.approx(median(slopes))
    assert trend.slope == pytest.approx(-0.5, abs=0.02)
    assert trend.falls
    level = battery.fit(days, [60 + chance.gauss(0, 3) for _ in days])
    assert level is not None
    assert not level.falls
    assert battery.fit(days[:9], means[:9]) is None


def test_new_battery_ends_what_was_known_of_the_old_one() -> None:
    known = Battery()
    for day in range(30):
        battery.measure(known, "pct", 30 - day, T0 + day * DAY)
    assert isinstance(battery.judge_low(known, None, T0 + 30 * DAY, USUAL), Finding)
    assert isinstance(battery.judge_ending(known, None, T0 + 30 * DAY, USUAL), Finding)
    battery.measure(known, "pct", 100, T0 + 30 * DAY)
    assert battery.judge_low(known, None, T0 + 30 * DAY, USUAL) is CLEAR
    assert battery.judge_ending(known, None, T0 + 30 * DAY, USUAL) is CLEAR


def test_between_the_bounds_nothing_opens_and_nothing_closes() -> None:
    known = Battery()
    battery.measure(known, "pct", 12.5, T0)
    assert battery.judge_low(known, None, T0, USUAL) is None
    known = Battery()
    battery.measure(known, "V", 2.1, T0)
    assert battery.judge_low(known, None, T0, USUAL) is CLEAR, "nobody says at which voltage it stops"


OFFSETS: dict[str, tuple[list[int], str | None, int | None]] = {
    "right": ([2] * 5, None, 2),
    "one that was held back": ([2, 2, 2, -1800, 2], None, 2),
    "two are too few": ([900, 900], None, None),
    "eight hours, local time as UTC": ([28_803] * 4, "local time (+08:00)", 28_803),
    "five and three quarters, behind": ([-20_700 + 40] * 4, "local time (-05:45)", -20_660),
    "never set": ([-1_790_000_000] * 4, "never set", -1_790_000_000),
    "seven minutes ahead": ([420] * 4, "7 minutes ahead", 420),
    "jumps and stays": ([0] * 6 + [-600] * 3, "10 minutes behind", -600),
    "was wrong and is set": ([-600] * 6 + [1] * 3, None, 1),
    "wanders": ([0, 65, -65, 65, -65, 65, -65], "wanders", None),
}


@pytest.mark.parametrize(("offsets", "says", "learnt"), OFFSETS.values(), ids=OFFSETS.keys())
def test_clock_is_judged_by_its_last_messages(offsets: list[int], says: str | None, learnt: int | None) -> None:
    known = clock_offset.ClockOffset()
    for n, offset in enumerate(offsets):
        clock_offset.hear(known, T0 + n * HOUR + offset * SECOND, T0 + n * HOUR, USUAL)
    judged = clock_offset.judge(known, USUAL)
    assert isinstance(judged, Finding) == (says is not None)
    assert says is None or (isinstance(judged, Finding) and says in judged.en)
    assert clock_offset.learnt(known, USUAL) == (None if learnt is None else learnt * SECOND)


def test_two_that_differ_are_both_suspected_and_the_odd_one_of_three_is_not_believed() -> None:
    often, never = Peer(T0, agreed=20 * HOUR, differed=8 * HOUR, since=T0), Peer(T0, agreed=30 * HOUR, differed=HOUR)
    one = agreement.judge({"b": often}, None, T0, USUAL)
    assert isinstance(one, Finding)
    assert not one.distrusts
    odd = agreement.judge({"b": often, "c": often}, None, T0, USUAL)
    assert isinstance(odd, Finding)
    assert odd.distrusts
    assert agreement.judge({"b": often, "c": never}, None, T0, USUAL) is CLEAR, "b is the odd one"
    assert agreement.judge({"b": Peer(T0, agreed=HOUR, differed=HOUR)}, None, T0, USUAL) is CLEAR, "too short a time"


def test_persons_outweigh_a_device_when_they_are_many_and_of_one_mind() -> None:
    people = People()
    for n in range(4):
        agreement.hear_person(people, T0 + n * DAY, confirms=False, policy=USUAL)
    suspected = agreement.judge({}, people, T0 + 4 * DAY, USUAL)
    assert isinstance(suspected, Finding)
    assert not suspected.distrusts
    agreement.hear_person(people, T0 + 4 * DAY, confirms=False, policy=USUAL)
    believed = agreement.judge({}, people, T0 + 4 * DAY, USUAL)
    assert isinstance(believed, Finding)
    assert believed.distrusts
    assert agreement.judge({}, people, T0 + 12 * DAY, USUAL) is CLEAR


def test_sensor_and_camera_that_differ_for_whole_stays_are_named_both() -> None:
    """The camera is occluded: for two days it sees an empty space."""
    start, end = T0 + 2 * DAY, T0 + 4 * DAY
    sensor = healthy(VICTIM, 1)
    blind = during(start, end, lambda said: [word(PARTNER, "free", said.observed_at, space_id="s0", kind="restate")])
    camera = during(T0, T0 + 8 * DAY, lambda said: [word(PARTNER, said.status, said.observed_at, space_id="s0")])
    turned = Street(victim=sensor, partner=blind(camera(sensor))).pass_days()
    for device_id in (VICTIM, PARTNER):
        told = [turn for turn in turned if turn.fault.device_id == device_id and turn.fault.fault == "disagreement"]
        assert [turn.what for turn in told] == ["opened", "closed"]
        assert start < told[0].at < end < told[1].at
        assert not told[0].fault.distrusted
    assert {fault for _, fault in faults_of(turned)} == {"disagreement"}


def test_drift_that_grows_voids_the_word_of_a_fault_that_is_open() -> None:
    def shifted(stream: Stream) -> Stream:
        chance = random.Random(3)  # noqa: S311 - not for secrets
        told: Stream = []
        for said in stream:
            assert not isinstance(said, tuple)
            vehicles = max(0.0, (said.observed_at - T0) / DAY - 2) * 0.4
            x = 300.0 * ((said.status == "occupied") + vehicles) + chance.gauss(0, 8)
            told.append(word(VICTIM, said.status, said.observed_at, kind=said.kind, magnetic=(x, 0.0, 0.0)))
        return told

    turned = Street(victim=shifted(healthy(VICTIM, 1))).pass_days()
    assert faults_of(turned) == [("opened", "baseline_drift"), ("distrusted", "baseline_drift")]
    assert [turn.fault.distrusted for turn in turned] == [False, True]
    assert turned[0].fault.fault_id == turned[1].fault.fault_id


def test_state_is_the_same_when_it_was_stored_in_the_middle() -> None:
    stream = healthy(VICTIM, 2, days=3)
    whole, halved = DeviceHealth(), DeviceHealth()
    one, other = Turnover(devices=NEIGHBOURS), Turnover(devices=NEIGHBOURS)
    for n, said in enumerate(stream):
        assert not isinstance(said, tuple)
        hear(whole, said, one, USUAL)
        hear(halved, said, other, USUAL)
        if n == len(stream) // 2:
            stored = decode(encode(halved))
            assert stored is not None
            halved = stored
    assert encode(whole) == encode(halved)
    assert decode(b"of another version") is None


@pytest.mark.parametrize(("busy", "apart_s", "flaps"), [(0, 50, True), (1, 50, True), (40, 50, False), (40, 5, True)])
def test_change_is_too_fast_where_the_street_is_slower_or_no_vehicle_could(
    busy: int,
    apart_s: int,
    flaps: bool,  # noqa: FBT001
) -> None:
    """Of 41 devices `busy` change as often: before a school a whole street comes and goes, and no car does every 5 s."""
    turnover = Turnover(devices=41)
    one, others = Motion(), [Motion() for _ in range(busy)]
    for n in range(14):
        for each in (one, *others):
            motion.hear(each, turnover, "free" if n % 2 else "occupied", T0 + n * apart_s * SECOND, USUAL)
    judged = motion.judge_flapping(one, T0 + 14 * apart_s * SECOND, USUAL)
    assert isinstance(judged, Finding) == flaps
