"""What is written down of every body: the body itself, who brought it, and what became of each message in it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from devices.ingest.decoding import decode_batch
from devices.ingest.frames import clocks_of, frame_id, observations_of
from devices.ingest.mqtt import MqttIngest
from devices.ingest.speaker import TrustedSpeaker
from devices.inventory.model import OPEN_END, DeviceEntry, Watch
from devices.ports import Message, PayloadError, Uplink
from devices.registry import installed
from devices.transport.memory import MemoryBroker
from parking.domain.clock import to_micros
from parking.domain.errors import UnavailableError
from parking.raw.model import Outcome, RawMessage
from tests.devices.adapters.test_envelope_vectors import SOURCES
from tests.devices.adapters.vectors import load
from tests.devices.ingest.streams import NOW, Keyring, MemoryStream, entry
from tests.devices.ingest.test_uplinks import BOSCH, EUI, chirpstack, services, things_stack
from tests.parking.occupancy.live import running, until

ANYBODY = TrustedSpeaker()
JOIN = json.dumps({"end_device_ids": {"dev_eui": EUI}, "join_accept": {"session_key_id": "NEW"}}).encode()
SECOND = timedelta(seconds=1)


def told(stream: MemoryStream) -> list[tuple[str, str | None, str | None]]:
    return [(outcome.kind, outcome.device_id, outcome.code) for raw in stream.messages for outcome in raw.outcomes]


async def test_body_stands_beside_its_readings_with_all_that_taking_it_in_again_needs() -> None:
    service, stream = services(BOSCH)
    body = chirpstack()
    await service.accept("chirpstack-v4", body, Keyring(EUI), event="up")
    outcome = Outcome("data", EUI, None, "00189440", 0, server_at=to_micros(NOW) - 1_000_000)
    assert stream.messages == [RawMessage(to_micros(NOW), "http", "chirpstack-v4", "up", "key-1", body, [outcome])]
    assert len(stream.observations) == 1


@pytest.mark.parametrize(
    ("device", "body", "outcome"),
    [
        (BOSCH, JOIN, ("join", EUI, None)),
        (entry("other"), JOIN, ("unknown_device", EUI, "unknown_device")),
        (entry("other"), things_stack(), ("unknown_device", EUI, "unknown_device")),
        (entry(EUI, watches=()), things_stack(), ("refused", EUI, "device_not_bound")),
        (BOSCH, things_stack(f_port=9), ("undecodable", EUI, "payload_invalid")),
        (entry(EUI, profile=("Gone", "Away", "1")), things_stack(), ("undecodable", EUI, "profile_unknown")),
        (BOSCH, b"{}", ("refused", None, "envelope_invalid")),
    ],
)
async def test_outcome_says_what_became_of_a_message_that_is_no_reading(
    device: DeviceEntry, body: bytes, outcome: tuple[str, str | None, str | None]
) -> None:
    service, stream = services(device)
    await service.accept("things-stack-v3", body, ANYBODY)
    assert told(stream) == [outcome]
    assert [raw.body for raw in stream.messages] == [body]
    assert stream.observations == []


@pytest.mark.parametrize("body", [things_stack(), JOIN])
async def test_nothing_is_believed_of_a_device_that_the_key_does_not_cover(body: bytes) -> None:
    service, stream = services(BOSCH)
    await service.accept("things-stack-v3", body, Keyring("other"))
    assert told(stream) == [("refused", EUI, "device_not_allowed")]


async def test_repeated_body_is_kept_as_a_duplicate_so_that_its_frame_counts_once() -> None:
    service, stream = services(BOSCH)
    for _ in range(2):
        await service.accept("things-stack-v3", things_stack(), ANYBODY)
    assert [kind for kind, _, _ in told(stream)] == ["data", "duplicate"]


async def test_frame_counts_once_and_is_never_lost_when_its_platform_repeats_what_was_not_taken_or_not_answered() -> (
    None
):
    service, stream = services(BOSCH)
    stream.is_down = True
    with pytest.raises(UnavailableError):
        await service.accept("things-stack-v3", things_stack(), ANYBODY)
    assert (stream.messages, stream.observations) == ([], [])
    stream.is_down = False
    for _ in range(2):
        await service.accept("things-stack-v3", things_stack(), ANYBODY)
    assert [kind for kind, _, _ in told(stream)] == ["data", "duplicate"]
    assert len(stream.observations) == 1


async def test_body_of_a_failing_adapter_is_kept_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(body: bytes, *, event: str = "") -> Sequence[Uplink]:
        raise RuntimeError(body, event)

    service, stream = services(BOSCH)
    monkeypatch.setattr(installed().platform("things-stack-v3"), "parse", fail)
    report = await service.accept("things-stack-v3", things_stack(), ANYBODY)
    assert [rejected.code for rejected in report.rejected] == ["adapter_failed"]
    assert told(stream) == [("refused", None, "adapter_failed")]


async def test_message_from_the_broker_is_kept_unread_when_the_door_has_a_defect_and_read_when_it_is_repaired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service, stream = services(BOSCH)
    broker = MemoryBroker()
    topic = "v3/app@tenant/devices/dev1/up"
    await broker.publish(topic, things_stack())
    with monkeypatch.context() as patch:
        patch.setattr(service, "_sort", None)
        async with running(MqttIngest("memory", service, service._ingest).consume(broker)):
            await until(lambda: _holds(stream))
    (unread,) = stream.messages
    assert told(stream) == [("error", None, "internal_error")]
    assert (unread.topic, unread.body) == (topic, things_stack())
    assert [seen.device_id for seen in service.examine_again(unread, ANYBODY).observations] == [EUI]


async def _holds(stream: MemoryStream) -> bool:
    return bool(stream.messages)


async def test_reading_of_a_stranger_is_held_alone_when_its_batch_passes() -> None:
    service, stream = services(entry("d1"))
    ingest = service._ingest
    items = [{"device": device, "observed_at": NOW.isoformat(), "status": "free"} for device in ("d1", "stranger")]
    report = await ingest.accept(decode_batch(json.dumps({"readings": items}).encode()), Keyring("d1"))
    assert (report.accepted, [rejected.code for rejected in report.rejected]) == (1, ["unknown_device"])
    (held,) = stream.messages
    assert told(stream) == [("unknown_device", "stranger", "unknown_device")]
    assert [reading.device for reading in decode_batch(held.body) if not hasattr(reading, "code")] == ["stranger"]
    later, _ = services(entry("d1"), entry("stranger"))
    assert len(later._ingest.examine_again(held, ANYBODY).observations) == 1


async def test_message_of_a_device_about_itself_is_kept_when_it_is_refused_only() -> None:
    service, stream = services(entry("d1"))
    ingest = service._ingest
    good = json.dumps({"observed_at": NOW.isoformat(), "status": "free"}).encode()
    parcels = [
        ingest.examine_published(good, "d1", ANYBODY, topic="parking/v1/s/d1/event"),
        ingest.examine_published(b"{", "d1", ANYBODY, topic="parking/v1/s/d1/event"),
        ingest.examine_published(good, "d2", ANYBODY, topic="parking/v1/s/d2/event"),
    ]
    assert (await ingest.submit(parcels)).accepted == 1
    assert told(stream) == [("refused", "d1", "json_invalid"), ("unknown_device", "d2", "unknown_device")]
    later, _ = services(entry("d2"))
    assert [seen.device_id for seen in later._ingest.examine_again(stream.messages[1], ANYBODY).observations] == ["d2"]


async def test_message_taken_in_again_is_judged_by_the_time_at_which_it_came() -> None:
    service, stream = services(entry("other"))
    await service.accept("things-stack-v3", things_stack(), ANYBODY)
    (held,) = stream.messages
    later, _ = services(BOSCH)
    long_after = RawMessage(held.received_at - 10**15, held.door, held.source, "", "", held.body, [])
    assert [seen.received_at for seen in later.examine_again(held, ANYBODY).observations] == [to_micros(NOW)]
    (seen,) = later.examine_again(long_after, ANYBODY).observations
    assert (seen.received_at, seen.observed_at) == (held.received_at - 10**15, held.received_at - 10**15)


@pytest.mark.parametrize("profile", [("Generic", "Fields", "1"), ("Bosch", "TPS110", "0.29")])
def test_every_envelope_says_the_same_when_it_is_taken_in_again(shared: Path, profile: tuple[str, str, str]) -> None:
    for vector in load(shared, "envelopes.json"):
        source = next((source for name, source in SOURCES.items() if vector["platform"].startswith(name)), None)
        if source is None or "body" not in vector:
            continue
        body = json.dumps(vector["body"]).encode()
        known = [uplink.device_id for uplink in _parsed(source, body)]
        service, _ = services(*(entry(device_id, profile=profile) for device_id in known))
        parcel = service.examine(source, body, ANYBODY)
        assert parcel.raw is not None
        assert len(parcel.raw.outcomes) == max(1, len(known)), vector["id"]
        again = service.examine_again(parcel.raw, ANYBODY)
        assert (again.observations, again.rejected) == (parcel.observations, parcel.rejected), vector["id"]


def _parsed(source: str, body: bytes) -> Sequence[Uplink]:
    try:
        return installed().platform(source).parse(body)
    except PayloadError:
        return ()


def test_frame_that_was_held_back_is_dated_by_the_gateway_that_heard_it() -> None:
    held = uplink(gateway_at=NOW - timedelta(hours=1), server_at=NOW - SECOND, late=True)
    assert clocks_of(held, to_micros(NOW)).observed_at == to_micros(NOW - timedelta(hours=1))


def uplink(**more: object) -> Uplink:
    given: dict[str, object] = {
        "kind": "data",
        "device_id": "d1",
        "port": 1,
        "payload": b"\x01",
        "session": None,
        "sequence": None,
        "event_id": None,
        "gateway_at": None,
        "server_at": NOW - 2 * SECOND,
    }
    return Uplink(**(given | more))  # type: ignore[arg-type]


def test_frame_without_id_and_counter_is_known_by_its_content_and_second() -> None:
    one = frame_id(uplink())
    assert one is not None
    assert frame_id(uplink()) == one
    others = (uplink(payload=b"\x00"), uplink(port=2), uplink(server_at=NOW), uplink(gateway_at=NOW - 9 * SECOND))
    assert len({one, *map(frame_id, others)}) == 5
    assert frame_id(uplink(server_at=None)) is None
    assert frame_id(uplink(sequence=5)) is None
    assert frame_id(uplink(sequence=5, event_id="e")) == "e"


def test_counter_of_the_payload_orders_where_the_platform_counts_nothing() -> None:
    watch = Watch(0, OPEN_END, "s", "z", "x")
    messages = [Message(kind="change", sequence=9, status="free"), Message(kind="telemetry", sequence=9)]
    for given, sequence in ((None, 9), (70, 70)):
        seen = observations_of(
            entry("d1"),
            watch,
            uplink(sequence=given),
            messages,
            observed_at=to_micros(NOW),
            clocks=clocks_of(uplink(), to_micros(NOW)),
        )
        assert [one.sequence for one in seen] == [sequence, sequence]
        assert len({one.event_id for one in seen}) == 2


@pytest.mark.parametrize(
    ("offset_s", "clock_s", "dated_s", "space"),
    [
        (None, -30, -2, "new"),
        (3600, 3570, -30, "old"),
        (-28_800, -28_801, -1, "new"),
        (0, 9_999, -2, "new"),
    ],
)
def test_own_clock_dates_a_message_when_its_error_is_known(
    offset_s: int | None, clock_s: int, dated_s: int, space: str
) -> None:
    moved, now = to_micros(NOW - 10 * SECOND), to_micros(NOW)
    watches = (Watch(moved, OPEN_END, "new", "z", "x"), Watch(0, moved, "old", "z", "x"))
    known = entry("d1", watches=watches)
    known = DeviceEntry(known.device, 180, watches, None if offset_s is None else offset_s * 1_000_000)
    message = Message(kind="change", status="free", device_at=NOW + clock_s * SECOND)
    at = now - 2_000_000
    (seen,) = observations_of(known, watches[0], uplink(), [message], observed_at=at, clocks=clocks_of(uplink(), now))
    assert (seen.observed_at, seen.space_id) == (now + dated_s * 1_000_000, space)
    assert (seen.device_at, seen.server_at, seen.gateway_at) == (now + clock_s * 1_000_000, at, None)
