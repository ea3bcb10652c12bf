"""What sightings become in the stream of readings: bays, faults of the whole view, life, and evidence of the past."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from devices.cameras.observing import BAYS_LIVE, observe
from devices.ports import Sighting
from tests.devices.cameras.scene import ENTRIES, NOW_US, ago, scene
from tests.devices.ingest.streams import NOW


def test_each_bay_speaks_for_its_space_when_one_message_tells_of_several() -> None:
    sightings = [
        Sighting(kind="change", bay="12", status="occupied", observed_at=NOW - timedelta(seconds=3), event_id="e"),
        Sighting(kind="restate", bay="13", status="free"),
        Sighting(kind="change", bay="99", status="free"),
    ]
    observed = observe(scene(), sightings, NOW_US, tells_life=False)
    one, two = observed.observations
    assert (one.device_id, one.space_id, one.kind, one.status) == ("C1:12", "space-12", "change", "occupied")
    assert (one.observed_at, one.received_at, one.event_id) == (ago(3), NOW_US, "hikvision/e")
    assert (two.space_id, two.kind, two.observed_at) == ("space-13", "restate", NOW_US)
    assert [(rejected.index, rejected.code) for rejected in observed.rejected] == [(2, "unknown_device")]
    assert [outcome.kind for outcome in observed.outcomes] == ["data", "data", "unknown_device"]


def test_past_evidence_moves_no_state_when_it_comes_last() -> None:
    old = Sighting(kind="restate", bay="12", status="occupied", look_back=True, observed_at=NOW - timedelta(minutes=9))
    (observation,) = observe(scene(), [old], NOW_US, tells_life=False).observations
    assert (observation.kind, observation.status, observation.observed_at) == ("telemetry", "occupied", ago(540))


def test_every_bay_is_void_when_the_view_has_moved() -> None:
    observed = observe(scene(), [Sighting(kind="fault", fault="view_moved")], NOW_US, tells_life=False)
    assert [(o.device_id, o.kind, o.fault) for o in observed.observations] == [
        ("C1:12", "fault", "view_moved"),
        ("C1:13", "fault", "view_moved"),
    ]


def test_the_word_of_every_bay_goes_on_when_the_camera_lives() -> None:
    beat = Sighting(kind="telemetry", fields={"event": "heartbeat"})
    observed = observe(scene(), [beat, beat], NOW_US, tells_life=True)
    assert [(o.device_id, o.kind, o.status) for o in observed.observations] == [
        ("C1:12", "telemetry", None),
        ("C1:13", "telemetry", None),
    ]
    assert [(o.kind, o.device_id, o.code, o.detail) for o in observed.outcomes] == [
        ("status", "C1", BAYS_LIVE, "heartbeat")
    ] * 2
    quiet = observe(scene(), [beat], NOW_US, tells_life=False)
    assert (quiet.observations, quiet.outcomes[0].code) == ([], None)


def test_nothing_is_said_for_another_district_when_the_key_does_not_reach_it() -> None:
    sighting = Sighting(kind="change", bay="12", status="occupied")
    observed = observe(scene(district_id="elsewhere"), [sighting], NOW_US, tells_life=False)
    assert (observed.observations, observed.rejected[0].code) == ([], "device_not_allowed")


def test_the_receipt_counts_when_the_cameras_clock_cannot_be_right() -> None:
    wrong = Sighting(kind="change", bay="12", status="free", observed_at=NOW + timedelta(hours=8))
    (observation,) = observe(scene(), [wrong], NOW_US, tells_life=False).observations
    assert observation.observed_at == NOW_US
    assert observation.device_at == ago(-8 * 3600)


def test_the_learnt_offset_is_taken_off_when_the_clock_is_steady() -> None:
    slow = msgspec.structs.replace(ENTRIES["C1:12"], clock_offset_us=-600_000_000)
    late = replace(scene(), entries={**ENTRIES, "C1:12": slow})
    sighting = Sighting(kind="change", bay="12", status="free", observed_at=NOW - timedelta(seconds=630))
    (observation,) = observe(late, [sighting], NOW_US, tells_life=False).observations
    assert observation.observed_at == ago(30)


def test_a_plate_is_of_the_bay_that_bears_its_channel_when_it_names_none() -> None:
    sighting = Sighting(kind="plate", channel="13", plate="鲁C12345")
    observed = observe(scene(), [sighting], NOW_US, tells_life=False)
    assert observed.places[0].space_id == "space-13"
    assert "鲁C12345" not in repr(observed)
    elsewhere = observe(scene(), [Sighting(kind="plate", lane="1", plate="鲁C12345")], NOW_US, tells_life=False)
    assert (elsewhere.places, elsewhere.outcomes[0].kind) == ({}, "status")
