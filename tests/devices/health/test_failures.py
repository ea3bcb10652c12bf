"""Every failure of `devices.md` 5.2 on a street of sensors: which fault it is, from when to when, and what is none."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
import pytest

from devices.health import motion
from devices.health.judgement import Finding
from devices.health.policy import DAY, HOUR, MINUTE, SECOND, USUAL
from parking.events.device import DeviceFault
from parking.occupancy.evidence import Observation
from parking.raw.model import Outcome
from tests.devices.health.street import (
    T0,
    VICTIM,
    Said,
    Stream,
    Street,
    during,
    faults_of,
    field_of,
    healthy,
    word,
)

START, END = T0 + 2 * DAY, T0 + 4 * DAY
"""The failure lasts for two of seven days."""
replace = msgspec.structs.replace


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What happens to the victim's stream; the fault it must be found as, how soon, and how soon its end."""

    change: Callable[[Stream], Stream]
    fault: DeviceFault
    opens_within: int
    closes_within: int = 2 * HOUR
    distrusted: bool = False
    says: str = ""
    end: int = END


def _lose_a_third(said: Observation) -> Iterable[Said]:
    return [] if (said.sequence or 0) % 3 == 0 else [said]


def _dead(stream: Stream) -> Stream:
    """Off for two days, and back with a new battery and a new count."""
    back = during(END, T0 + 7 * DAY, lambda said: [replace(said, session="b")])
    return during(START, END, lambda _: [])(back(stream))


def _flutter(said: Observation) -> Iterable[Said]:
    """A tram line: each message brings twenty changes that no car made."""
    yield said
    for n in range(1, 21):
        status = "free" if (said.status == "free") == (n % 2 == 0) else "occupied"
        yield replace(
            said,
            kind="change",
            status=status,
            sequence=None,
            magnetic=None,
            event_id=f"{said.observed_at}/{n}",
            observed_at=said.observed_at + n * 15 * SECOND,
            received_at=said.received_at + n * 15 * SECOND,
        )


def _stick(said: Observation) -> Iterable[Said]:
    return [replace(said, kind="restate", status="occupied")]


def _clock(offset: int) -> Callable[[Stream], Stream]:
    def applied(stream: Stream) -> Stream:
        told: Stream = []
        for said in stream:
            assert isinstance(said, Observation)
            wrong = offset if START <= said.observed_at < END else 0
            told.append(replace(said, device_at=said.observed_at + wrong + 3 * SECOND))
        return told

    return applied


def _restart(said: Observation) -> Iterable[Said]:
    if said.observed_at // HOUR % 3:
        return [said]
    return [replace(said, kind="startup", session=str(said.observed_at), sequence=0), said]


def _undecodable(said: Observation) -> Iterable[Said]:
    return [(said.received_at, Outcome("undecodable", VICTIM, "payload_invalid", said.session, said.sequence))]


def _reporting(what: str) -> Callable[[Observation], Iterable[Said]]:
    return lambda said: [replace(said, fault=what)]


def _battery(volts: Callable[[float], float]) -> Callable[[Observation], Iterable[Said]]:
    return lambda said: [replace(said, battery_v=volts((said.observed_at - START) / DAY))]


def _drift(stream: Stream) -> Stream:
    chance = random.Random(3)  # noqa: S311 - not for secrets
    told: Stream = []
    for said in stream:
        assert isinstance(said, Observation)
        shift = 0.7 if START <= said.observed_at < END else 0.0
        told.append(replace(said, magnetic=field_of(said.status == "occupied", chance, shift)))
    return told


FAILURES: dict[str, Failure] = {
    "battery empty, then silence": Failure(
        change=_dead, fault="silent", opens_within=4 * HOUR + 20 * MINUTE, closes_within=HOUR
    ),
    "a third of the frames is lost": Failure(
        change=during(START, END, _lose_a_third), fault="lossy", opens_within=DAY, closes_within=DAY + HOUR
    ),
    "battery nearly empty": Failure(
        change=during(START, END, _battery(lambda _: 2.55)), fault="battery_low", opens_within=DAY, closes_within=DAY
    ),
    "the device says that its battery is low": Failure(
        change=during(START, END, _reporting("battery_low")),
        fault="battery_low",
        opens_within=HOUR,
        closes_within=2 * DAY + 2 * HOUR,
    ),
    "strong interference": Failure(
        change=during(START, END, _flutter),
        fault="flapping",
        opens_within=2 * HOUR,
        closes_within=5 * HOUR,
        distrusted=True,
    ),
    "stuck, or metal left in the bay": Failure(
        change=during(START, END, _stick), fault="stuck", opens_within=2 * DAY, closes_within=6 * HOUR, distrusted=True
    ),
    "drift of the baseline": Failure(change=_drift, fault="baseline_drift", opens_within=DAY, closes_within=DAY),
    "wrong device clock": Failure(
        change=_clock(-37 * MINUTE), fault="clock_offset", opens_within=4 * HOUR, closes_within=4 * HOUR, says="37"
    ),
    "local time sent as UTC": Failure(
        change=_clock(8 * HOUR),
        fault="clock_offset",
        opens_within=4 * HOUR,
        closes_within=4 * HOUR,
        says="local time (+08:00) as UTC",
    ),
    "reboots with state reset": Failure(
        change=during(START, END, _restart), fault="restarting", opens_within=DAY, closes_within=DAY + 4 * HOUR
    ),
    "frames that nobody can read": Failure(
        change=during(START, END, _undecodable), fault="undecodable", opens_within=3 * HOUR, closes_within=5 * HOUR
    ),
    "obstruction by snow or water": Failure(
        change=during(START, END, _reporting("obstructed")), fault="self_reported", opens_within=HOUR, distrusted=True
    ),
    "interference that it reports": Failure(
        change=during(START, END, _reporting("interference")), fault="self_reported", opens_within=HOUR
    ),
    "camera moved": Failure(
        change=during(START, END, _reporting("view_moved")), fault="view_moved", opens_within=HOUR, distrusted=True
    ),
    "camera dirty, rain or glare": Failure(
        change=during(START, END, _reporting("view_dirty")), fault="view_dirty", opens_within=HOUR, distrusted=True
    ),
    "camera at night": Failure(
        change=during(START, END, _reporting("view_dark")), fault="view_dark", opens_within=HOUR, distrusted=True
    ),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_failure_is_named_once_and_ends_once_when_it_lasts_two_days(failure: Failure) -> None:
    turned = Street(victim=failure.change(healthy(VICTIM, 1)), empty_v=2.5).pass_days()
    assert faults_of(turned) == [("opened", failure.fault), ("closed", failure.fault)]
    opened, closed = turned
    assert START <= opened.at <= START + failure.opens_within
    assert failure.end <= closed.at <= failure.end + failure.closes_within
    assert START - 12 * HOUR <= opened.fault.since <= opened.at
    assert opened.fault.distrusted == failure.distrusted
    assert failure.says in opened.fault.en
    assert opened.fault.zh


def _doubled(said: Observation) -> Iterable[Said]:
    return [said, replace(said, received_at=said.received_at + 48 * SECOND)]


def _late(said: Observation) -> Iterable[Said]:
    return [replace(said, received_at=said.received_at + (said.sequence or 0) % 5 * 12 * MINUTE)]


def _eight_bits(said: Observation) -> Iterable[Said]:
    return [replace(said, session=None, sequence=((said.sequence or 0) + 200) % 256)]


def _rejoined(said: Observation) -> Iterable[Said]:
    return [replace(said, session="b", sequence=(said.sequence or 0) % 70) if said.observed_at > START else said]


def _outage_of_two_hours(said: Observation) -> Iterable[Said]:
    """The gateway was away and hands over at once what it kept."""
    held = START <= said.observed_at < START + 2 * HOUR
    return [replace(said, received_at=START + 2 * HOUR + 5 * SECOND) if held else said]


def _one_false_change(said: Observation) -> Iterable[Said]:
    """A lorry beside the space: there and gone."""
    if said.observed_at // HOUR % 24:
        return [said]
    other = "free" if said.status == "occupied" else "occupied"
    lorry = replace(said, kind="change", status=other, observed_at=said.observed_at - 20 * SECOND, sequence=None)
    return [lorry, said]


def _one_of_fifty_missed(said: Observation) -> Iterable[Said]:
    return [] if (said.sequence or 0) % 50 == 0 else [said]


def _weekend(said: Observation) -> Iterable[Said]:
    """A resident leaves the car for nineteen hours."""
    if START <= said.observed_at < START + 19 * HOUR:
        return [replace(said, kind="restate", status="occupied")]
    return [said]


NO_FAULT: dict[str, Callable[[Observation], Iterable[Said]]] = {
    "in order": lambda said: [said],
    "every frame twice, or polls taken for events": _doubled,
    "late and out of order": _late,
    "eight-bit counter wraps": _eight_bits,
    "join begins a new count": _rejoined,
    "gateway outage, then a burst": _outage_of_two_hours,
    "lorry beside the space": _one_false_change,
    "few messages lost": _one_of_fifty_missed,
    "no clock, no counter": lambda said: [replace(said, sequence=None, session=None)],
    "a resident's car over night": _weekend,
}


@pytest.mark.parametrize("change", NO_FAULT.values(), ids=NO_FAULT.keys())
def test_nothing_is_called_a_fault_when_the_network_or_the_street_does_it(
    change: Callable[[Observation], Iterable[Said]],
) -> None:
    victim = during(T0, T0 + 7 * DAY, change)(healthy(VICTIM, 1))
    assert faults_of(Street(victim=victim).pass_days()) == []


def test_device_that_misses_most_cars_contradicts_the_turnover_of_its_zone() -> None:
    days, start, end = 20, T0 + 6 * DAY, T0 + 14 * DAY

    def miss(said: Observation) -> Iterable[Said]:
        """It looks up for an hour in twelve; its heartbeats tell what it saw last."""
        seen = said.observed_at // HOUR % 12 == 0
        return [replace(said, magnetic=None) if seen else replace(said, kind="restate", status="free", magnetic=None)]

    victim = during(start, end, miss)(healthy(VICTIM, 2, days=days))
    turned = Street(victim=victim, days=days).pass_days()
    assert {turn.fault.device_id for turn in turned} == {VICTIM}
    opened, closed = (turn for turn in turned if turn.fault.fault == "disagreement")
    assert (opened.what, closed.what) == ("opened", "closed")
    assert opened.fault.distrusted
    assert start + DAY <= opened.at <= start + 5 * DAY
    assert end <= closed.at <= end + 4 * DAY


def test_device_that_invents_changes_slowly_contradicts_the_turnover_of_its_zone() -> None:
    days, start, end = 12, T0 + 6 * DAY, T0 + 8 * DAY

    def invent(said: Observation) -> Iterable[Said]:
        """The cars of the space beside: there and gone, every seven minutes, too slow to be flapping."""
        yield said
        for n in range(1, 8):
            at = said.observed_at + n * 7 * MINUTE
            status = "free" if (said.status == "free") == (n % 2 == 0) else "occupied"
            yield replace(
                said,
                kind="change",
                status=status,
                sequence=None,
                magnetic=None,
                observed_at=at,
                received_at=at + SECOND,
            )

    street = Street(victim=during(start, end, invent)(healthy(VICTIM, 1, days=days)), days=days)
    turned = street.pass_days()
    # Its neighbours do not look as if they missed what it invents.
    assert [(turn.what, turn.fault.fault, turn.fault.device_id) for turn in turned] == [
        ("opened", "disagreement", VICTIM),
        ("closed", "disagreement", VICTIM),
    ]
    assert not turned[0].fault.distrusted
    assert start <= turned[0].at <= start + DAY
    assert end <= turned[1].at


def test_turnover_that_a_person_accepts_is_usual_from_then_on() -> None:
    turnover, one = motion.Turnover(devices=10), motion.Motion()
    motion.hear(one, turnover, "free", T0, USUAL)
    for n in range(1, 2000):
        turnover.changes += 9
        if n < 100 or n % 10 == 0:
            motion.hear(one, turnover, "occupied" if one.status == "free" else "free", T0 + n * HOUR, USUAL)
        if n == 1500:
            assert isinstance(motion.judge_turnover(one, turnover, USUAL), Finding)
            motion.accept(one)
    assert not isinstance(motion.judge_turnover(one, turnover, USUAL), Finding)


def test_battery_that_fades_is_told_weeks_before_it_is_empty() -> None:
    days = 40
    fading = during(T0, T0 + days * DAY, _battery(lambda passed: 3.6 - 0.012 * (passed + 2)))
    turned = Street(victim=fading(healthy(VICTIM, 1, days=days)), empty_v=2.5, days=days).pass_days()
    assert faults_of(turned) == [("opened", "battery_ending")]
    left = 1.1 / 0.012 - (turned[0].at - T0) / DAY
    assert 58 <= left <= 61


def test_never_heard_device_is_silent_three_heartbeats_after_it_was_bound() -> None:
    turned = Street(victim=[]).pass_days()
    assert [(turn.what, turn.fault.fault, turn.at - T0) for turn in turned] == [
        ("opened", "silent", 3 * HOUR + 10 * MINUTE)
    ]
    assert "Never heard" in turned[0].fault.en


def test_fault_of_a_silent_device_stays_open_until_it_is_heard_without_it() -> None:
    stuck = during(START, T0 + 7 * DAY, _stick)(healthy(VICTIM, 1))
    gone = during(START + 2 * DAY, T0 + 7 * DAY, lambda _: [])(stuck)
    turned = Street(victim=gone).pass_days()
    assert faults_of(turned) == [("opened", "stuck"), ("opened", "silent")]


def test_faults_end_when_the_device_is_taken_away() -> None:
    street = Street(victim=during(START, T0 + 7 * DAY, _reporting("tampered"))(healthy(VICTIM, 1)))
    street.pass_days(START + 3 * HOUR)
    del street.entries[VICTIM]
    street.fleet.survey(street.entries, START + 4 * HOUR, lambda _: None)
    assert faults_of(street.settle()) == [("closed", "self_reported")]
    street.hear(word(VICTIM, "free", START + 5 * HOUR, fault="tampered"))
    assert street.settle() == []
