"""How sensor evidence moves stays: through the real engine's batches, without servers."""

from datetime import timedelta

from parking.sessions.following import SENSOR_ACCURACY
from parking.sessions.model import Gap
from tests.parking.sessions.evidence import NINE, SILENCE, Sensor, minute
from tests.parking.sessions.followed import Ledger, charged

ACCURACY = SENSOR_ACCURACY


def test_stay_is_a_minute_shorter_at_each_end_when_changes_open_and_close_it() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.reads("free", minute(30) + timedelta(seconds=40)))
    stay = ledger.only
    assert (stay.started_earliest, stay.started_at) == (NINE - ACCURACY, NINE + ACCURACY)
    assert (stay.state, stay.ended_at, stay.end_source) == ("ended", minute(29) + timedelta(seconds=40), "sensor")
    assert charged(stay) == timedelta(minutes=28, seconds=40)


def test_nothing_accrues_after_the_last_evidence_when_the_sensor_falls_silent() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE))
    ledger.hears(sensor.reads("occupied", minute(20), "restate"), sensor.falls_silent(minute(20)))
    stay = ledger.only
    assert (stay.state, stay.paused_at, stay.pause_reason) == ("open", minute(20), "silent")
    assert charged(stay, minute(600)) == timedelta(minutes=19)


def test_silence_is_a_gap_when_the_same_car_is_seen_again() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.falls_silent(NINE))
    ledger.hears(sensor.reads("occupied", minute(200), "restate"), sensor.reads("free", minute(261)))
    assert ledger.only.gaps == (Gap(NINE + ACCURACY, minute(200), "silent"),)
    assert charged(ledger.only) == timedelta(minutes=60)


def test_stay_ends_at_its_last_evidence_when_it_is_left_during_silence() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.reads("occupied", minute(20), "restate"))
    ledger.hears(sensor.falls_silent(minute(20)), sensor.reads("free", minute(300)))
    stay = ledger.only
    assert (stay.ended_at, stay.ended_latest) == (minute(20), minute(300) + ACCURACY)


def test_another_stay_begins_when_a_car_comes_after_silence() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.reads("occupied", minute(20), "restate"))
    ledger.hears(sensor.falls_silent(minute(20)), sensor.reads("occupied", minute(300)))
    before, after = ledger.stays.values()
    assert (before.state, before.ended_at) == ("ended", minute(20))
    assert (after.state, after.started_at) == ("open", minute(300) + ACCURACY)


def test_one_restatement_closes_nothing_when_it_contradicts_an_open_stay() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.reads("occupied", minute(60), "restate"))
    ledger.hears(sensor.reads("free", minute(120), "restate"))
    assert (ledger.only.state, ledger.only.paused_at) == ("open", minute(60))
    ledger.hears(sensor.reads("occupied", minute(180), "restate"), sensor.reads("free", minute(241)))
    assert ledger.only.gaps == (Gap(minute(60), minute(180), "contradicted"),)
    assert charged(ledger.only) == timedelta(minutes=59 + 60)


def test_stay_is_closed_back_when_two_restatements_say_that_the_space_is_free() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.reads("occupied", minute(60), "restate"))
    ledger.hears(sensor.reads("free", minute(120), "restate"), sensor.reads("free", minute(180), "restate"))
    stay = ledger.only
    assert (stay.state, stay.ended_at) == ("ended", minute(60))
    assert (stay.ended_earliest, stay.ended_latest) == (minute(60), minute(120) + ACCURACY)


def test_one_restatement_opens_nothing_when_no_stay_is_there() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("free", NINE), sensor.reads("occupied", minute(60), "restate"))
    assert ledger.stays == {}
    ledger.hears(sensor.reads("free", minute(90), "restate"), sensor.reads("free", minute(120), "restate"))
    assert ledger.stays == {}


def test_stay_begins_back_when_two_restatements_say_that_the_space_is_occupied() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("free", minute(-20)), sensor.reads("free", NINE, "restate"))
    ledger.hears(sensor.reads("occupied", minute(60), "restate"), sensor.reads("occupied", minute(120), "restate"))
    ledger.hears(sensor.reads("occupied", minute(180), "restate"), sensor.reads("free", minute(200)))
    stay = ledger.only
    assert (stay.started_earliest, stay.started_at) == (NINE, minute(60) + ACCURACY)
    assert charged(stay) == timedelta(minutes=138)
    assert ledger.contradictions == []


def test_change_opens_when_a_restatement_of_the_same_frame_came_before_it() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("free", minute(-20)), sensor.reads("occupied", NINE, "restate"))
    ledger.hears(sensor.reads("occupied", NINE))
    assert ledger.only.started_at == NINE + ACCURACY


def test_stay_is_cut_where_the_device_counted_an_empty_space_when_a_frame_was_lost() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.reads("occupied", minute(20), "restate"))
    ledger.hears(sensor.reads("occupied", minute(80), previous_s=(1800, 1860)))
    first, second = ledger.stays.values()
    assert (first.ended_at, first.ended_latest) == (minute(49), minute(50) + ACCURACY)
    assert (second.state, second.started_at) == ("open", minute(80) + ACCURACY)


def test_lost_stay_is_told_by_its_end_when_the_device_counted_it() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("free", NINE), sensor.reads("free", minute(60), previous_s=(1200, 1260)))
    stay = ledger.only
    assert (stay.started_earliest, stay.started_at) == (minute(39), minute(40) + ACCURACY)
    assert (stay.state, stay.ended_at) == ("ended", minute(59))


def test_count_that_agrees_with_what_was_heard_changes_nothing_when_no_frame_was_lost() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE, previous_s=(600, 660)), sensor.reads("occupied", minute(30), "restate"))
    ledger.hears(sensor.reads("free", minute(60), previous_s=(3600, 3660)))
    assert ledger.only.ended_at == minute(59)


def test_another_stay_is_told_when_two_frames_were_lost_and_the_device_counted() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.reads("occupied", minute(20), "restate"))
    ledger.hears(sensor.reads("free", minute(100), previous_s=(1200, 1260)))
    first, second = ledger.stays.values()
    assert (first.ended_at, first.ended_latest) == (minute(20), minute(80) + ACCURACY)
    assert (second.started_at, second.ended_at) == (minute(80) + ACCURACY, minute(99))


def test_no_time_accrues_when_the_space_is_restricted() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.restrict(minute(31)))
    assert ledger.only.pause_reason == "restricted"
    ledger.hears(sensor.restrict(minute(61), closed=False), sensor.reads("free", minute(92)))
    assert ledger.only.gaps == (Gap(minute(31), minute(61), "restricted"),)
    assert charged(ledger.only) == timedelta(minutes=30 + 30)


def test_no_time_accrues_when_a_car_stands_through_a_cleaning_window() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(
        sensor.reads("occupied", NINE), sensor.cleaned(minute(31), minute(61)), sensor.reads("free", minute(92))
    )
    assert ledger.only.gaps == (Gap(minute(31), minute(61), "restricted"),)
    assert charged(ledger.only) == timedelta(minutes=30 + 30)


def test_stay_ends_when_the_car_leaves_a_restricted_space() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.restrict(minute(31)), sensor.reads("free", minute(61)))
    assert ledger.only.ended_at == minute(60)
    assert charged(ledger.only) == timedelta(minutes=30)


def test_nothing_accrues_when_a_car_stands_on_a_restricted_space_from_the_start() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.restrict(minute(-10)), sensor.reads("occupied", NINE), sensor.reads("free", minute(90)))
    assert charged(ledger.only) == timedelta()


def test_time_stops_at_the_last_evidence_when_the_device_is_faulty() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE), sensor.reads("occupied", minute(21), "restate"))
    ledger.hears(sensor.reads(None, minute(40), "fault"))
    assert (ledger.only.paused_at, ledger.only.pause_reason) == (minute(21), "fault")


def test_late_evidence_moves_nothing_when_it_is_older_than_the_stay() -> None:
    sensor, other, ledger = Sensor(), Sensor(), Ledger()
    other.reads("occupied", minute(-20))
    ledger.hears(sensor.reads("occupied", NINE), other.reads("free", minute(-5)))
    assert ledger.only.state == "open"


def test_silence_lasts_as_long_as_the_device_may_be_silent() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE))
    assert sensor.falls_silent(NINE - SILENCE) == []
