"""Messages of network servers: decoded by the registered profile, and never able to fail the platform's request."""

import json
from typing import Any

import pytest

from devices.ingest.report import IngestReport
from devices.ingest.speaker import TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.inventory.model import DeviceEntry
from devices.registry import SourceUnknownError, installed
from parking.domain.clock import to_micros
from tests.devices.ingest.streams import NOW, FixedDirectory, Keyring, MemoryStream, door, entry

EUI = "0004a30b001c0530"
ANYBODY = TrustedSpeaker()
BOSCH = entry(EUI, profile=("Bosch", "TPS110", "0.29"))


def services(*entries: DeviceEntry) -> tuple[UplinkService, MemoryStream]:
    ingest, stream = door(*entries)
    return UplinkService(FixedDirectory(*entries), ingest, installed(), lambda: NOW), stream


def things_stack(**changes: Any) -> bytes:  # noqa: ANN401 - any JSON
    message: dict[str, Any] = {
        "session_key_id": "AXA5",
        "f_port": 2,
        "f_cnt": 5,
        "frm_payload": "Af8=",
        "rx_metadata": [{"time": "2026-11-22T11:59:58Z"}],
        "received_at": "2026-11-22T11:59:59Z",
    }
    return json.dumps({"end_device_ids": {"dev_eui": EUI.upper()}, "uplink_message": message | changes}).encode()


def chirpstack(**changes: Any) -> bytes:  # noqa: ANN401 - any JSON
    event: dict[str, Any] = {
        "deduplicationId": "dedup-1",
        "deviceInfo": {"devEui": EUI},
        "devAddr": "00189440",
        "fPort": 1,
        "data": "AQ==",
        "time": "2026-11-22T11:59:59Z",
    }
    return json.dumps(event | changes).encode()


async def test_observation_is_complete_when_a_frame_of_the_things_stack_arrives() -> None:
    service, stream = services(BOSCH)
    assert await service.accept("things-stack-v3", things_stack(), ANYBODY) == IngestReport(accepted=1)
    (seen,) = stream.observations
    assert (seen.device_id, seen.space_id, seen.kind, seen.status) == (EUI, "space-1", "restate", "occupied")
    assert (seen.session, seen.sequence, seen.event_id, seen.temperature_c) == ("AXA5", 5, None, -1.0)
    assert seen.observed_at == to_micros(NOW) - 2_000_000
    assert seen.received_at == to_micros(NOW)


async def test_observation_is_complete_when_a_frame_of_chirpstack_arrives() -> None:
    service, stream = services(BOSCH)
    assert await service.accept("chirpstack-v4", chirpstack(), ANYBODY, event="up") == IngestReport(accepted=1)
    (seen,) = stream.observations
    assert (seen.kind, seen.status, seen.session, seen.sequence) == ("change", "occupied", "00189440", 0)
    assert seen.event_id == "dedup-1"
    assert seen.observed_at == to_micros(NOW) - 1_000_000


@pytest.mark.parametrize(
    ("gateway", "server", "behind_s"),
    [
        ("2026-11-22T11:59:58Z", "2026-11-22T11:59:59Z", 2),
        ("1980-01-06T00:00:00Z", "2026-11-22T11:59:59Z", 1),
        ("2036-11-22T12:00:00Z", "2026-11-22T11:59:59Z", 1),
        (None, "1970-01-01T00:00:00Z", 0),
        (None, None, 0),
    ],
)
async def test_the_nearest_sane_clock_is_used_when_some_are_wrong(
    gateway: str | None, server: str | None, behind_s: int
) -> None:
    service, stream = services(BOSCH)
    body = things_stack(rx_metadata=[] if gateway is None else [{"time": gateway}], received_at=server)
    await service.accept("things-stack-v3", body, ANYBODY)
    assert stream.observations[0].observed_at == to_micros(NOW) - behind_s * 1_000_000


async def test_second_copy_is_a_duplicate_when_the_network_server_sends_it() -> None:
    service, stream = services(BOSCH)
    for _ in range(2):
        await service.accept("things-stack-v3", things_stack(), ANYBODY)
    later = things_stack(rx_metadata=[])
    assert await service.accept("things-stack-v3", later, ANYBODY) == IngestReport(duplicate=1)
    assert len(stream.observations) == 1


@pytest.mark.parametrize(
    ("device", "body", "code"),
    [
        (entry("other"), things_stack(), "unknown_device"),
        (entry(EUI, profile=("Bosch", "TPS110", "0.29"), watches=()), things_stack(), "device_not_bound"),
        (BOSCH, things_stack(f_port=9), "payload_invalid"),
        (BOSCH, things_stack(frm_payload="?"), "payload_invalid"),
        (BOSCH, b"{}", "envelope_invalid"),
        (entry(EUI, profile=("Gone", "Away", "1")), things_stack(), "profile_unknown"),
    ],
)
async def test_message_is_an_error_record_when_it_cannot_be_used(device: DeviceEntry, body: bytes, code: str) -> None:
    service, stream = services(device)
    report = await service.accept("things-stack-v3", body, ANYBODY)
    assert [(rejected.index, rejected.code) for rejected in report.rejected] == [(0, code)]
    assert (report.accepted, stream.observations) == (0, [])


async def test_message_is_refused_when_the_key_does_not_cover_its_device() -> None:
    service, _ = services(BOSCH)
    report = await service.accept("things-stack-v3", things_stack(), Keyring("other"))
    assert report.rejected[0].code == "device_not_allowed"


@pytest.mark.parametrize("event", ["join", "status", "log", "ack", "txack"])
async def test_no_space_is_touched_when_the_event_is_about_the_network(event: str) -> None:
    service, stream = services(BOSCH)
    assert await service.accept("chirpstack-v4", chirpstack(), ANYBODY, event=event) == IngestReport()
    assert stream.observations == []
    assert sum(service.counts.values()) == 1


async def test_platform_is_refused_when_nobody_reads_it() -> None:
    service, _ = services()
    with pytest.raises(SourceUnknownError):
        await service.accept("carrier-pigeon", b"{}", ANYBODY)
