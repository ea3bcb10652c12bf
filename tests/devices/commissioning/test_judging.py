"""What a test shows of a device, held against figures worked out by hand."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from devices.commissioning.judging import Network, Said, judge, looks_of, wilson
from devices.commissioning.model import Findings, Limits, Look, checked_limits
from parking.domain.errors import InvalidInputError

START: Final = datetime(2026, 6, 1, tzinfo=UTC)
LIMITS: Final = Limits(shortest_h=0, fewest_changes=0)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def said(minute: float, occupied: bool | None, kind: str = "change", *, delay_s: float = 5, **more: object) -> Said:  # noqa: FBT001 - rows of facts
    values = {"session": None, "sequence": None, "battery_v": None, "battery_pct": None} | more
    return Said(at(minute), at(minute) + timedelta(seconds=delay_s), kind, occupied, **values)  # type: ignore[arg-type]  # as above


def look(minute: float, occupied: bool, *, watched: bool = False) -> Look:  # noqa: FBT001 - rows of facts
    return Look(at=at(minute), occupied=occupied, watched=watched)


def judged(told: list[Said], looks: list[Look], limits: Limits = LIMITS, *, hours: float = 24) -> Findings:
    return judge(told, looks, limits, start=START, end=START + timedelta(hours=hours), network=Network())


def test_person_who_watches_finds_every_change_and_its_delay() -> None:
    told = [
        said(0, False, "restate"),
        said(10, True, delay_s=4),
        said(40, False, delay_s=8),
        said(90, True, delay_s=60),
    ]
    looks = [look(5, False), look(10, True, watched=True), look(40, False, watched=True), look(90, True, watched=True)]
    report = judged(told, looks)
    assert (report.trials, report.right, report.changes, report.missed, report.false_changes) == (4, 4, 3, 0, 0)
    assert (report.latency_median_s, report.latency_p95_s) == (8, 60)
    assert (report.watched_s, report.right_s) == (85 * 60, 85 * 60)
    assert report.unmet == ()


def test_change_is_missed_when_nothing_was_said_and_false_when_nothing_happened() -> None:
    told = [said(0, False, "restate"), said(30, True), said(35, False)]
    looks = [
        look(5, False),
        look(20, False, watched=True),
        look(60, False, watched=True),
        look(100, True, watched=True),
    ]
    report = judged(told, looks)
    assert (report.changes, report.missed, report.false_changes, report.device_changes) == (1, 1, 2, 2)
    # Three looks without a break are one trial; that after the missed change is wrong.
    assert (report.trials, report.right) == (2, 1)
    assert {"least_accuracy", "most_missed", "most_false"} <= set(report.unmet)


def test_nothing_is_blamed_on_the_device_when_the_truth_is_not_known() -> None:
    told = [said(0, False, "restate"), said(30, True), said(50, False), said(70, True)]
    report = judged(told, [look(5, False), look(90, True)])
    # What happened between two looks without a watch may have been anything that ends as seen.
    assert (report.changes, report.missed, report.false_changes, report.watched_s) == (1, 0, 0, 0)
    assert report.latency_p95_s is None, "the moment of the change is not known"


def test_change_of_the_last_minutes_is_not_yet_missed() -> None:
    told = [said(0, False, "restate")]
    looks = [look(5, False), look(57, True, watched=True)]
    assert judged(told, looks, hours=1).changes == 0
    assert judged(told, looks, hours=2).missed == 1


def test_look_beside_a_change_fits_either_state() -> None:
    told = [said(0, False, "restate"), said(10, True)]
    for minute, occupied, right in ((9.5, True, 1), (10.5, False, 1), (12, False, 0), (8, True, 0)):
        assert judged(told, [look(minute, occupied)]).right == right


def test_device_that_says_nothing_is_not_right() -> None:
    for told in ([], [said(0, None, "restate")], [said(0, True), said(1, None, "fault")]):
        report = judged(told, [look(30, True)])
        assert (report.trials, report.right, report.accuracy) == (1, 0, 0.0)
    assert judged([], []).accuracy is None
    assert "least_accuracy" in judged([], []).unmet


def test_accepted_device_is_the_truth_as_far_as_it_was_heard_without_a_break() -> None:
    told = [
        said(0, False, "startup"),
        said(10, True, "change"),
        said(60, True, "restate"),
        said(120, False, "restate"),
        said(130, None, "fault"),
        said(140, False, "restate"),
        said(141, 0, "telemetry"),  # type: ignore[arg-type]  # what telemetry says of a state is not read
    ]
    looks = looks_of(reversed(told))
    assert [(one.at, one.occupied, one.watched) for one in looks] == [
        (at(0), False, False),
        (at(10), True, True),
        (at(60), True, True),
        (at(120), False, False),
        (at(140), False, False),
    ]


def test_device_is_right_all_the_time_when_it_says_what_the_reference_says() -> None:
    reference = [said(minute, minute % 20 == 0) for minute in range(0, 1440, 10)]
    mine = [said(minute + 0.1, minute % 20 == 0, delay_s=3) for minute in range(0, 1440, 10)]
    report = judged(mine, looks_of(reference), Limits())
    assert (report.changes, report.missed, report.false_changes) == (143, 0, 0)
    assert report.accuracy == 1
    assert report.right_s / report.watched_s == pytest.approx(0.99, abs=0.001)
    assert report.unmet == ()


@pytest.mark.parametrize(
    ("right", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (95, 100, 0.8882, 0.9785)],
)
def test_interval_of_a_share_is_wilsons(right: int, trials: int, low: float, high: float) -> None:
    """Without a correction for continuity; worked out by hand from the formula with z = 1.96."""
    assert wilson(right, trials) == pytest.approx((low, high), abs=0.0001)


def test_limits_that_ask_for_nothing_are_met_by_nothing() -> None:
    report = judged([], [], Limits(shortest_h=0, fewest_changes=0, least_accuracy=0))
    assert report.unmet == ()
    strict = judged([], [], Limits(), hours=1)
    assert set(strict.unmet) == {"shortest_h", "fewest_changes", "least_accuracy", "most_missed"}


def test_loss_counts_when_the_device_counts() -> None:
    network = Network(expected=100, lost=11, rssi_dbm=-110, snr_db=-3)
    report = judge([], [], Limits(), start=START, end=START, network=network)
    assert "most_lost" in report.unmet
    assert (report.rssi_dbm, report.snr_db) == (-110, -3)


@pytest.mark.parametrize("limits", [Limits(least_accuracy=1.1), Limits(within_s=-1), Limits(shortest_h=100_000)])
def test_limits_are_refused_when_no_device_could_be_held_to_them(limits: Limits) -> None:
    with pytest.raises(InvalidInputError):
        checked_limits(limits)
