"""What a platform sends twice is one reading, however its messages are ordered."""

import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from devices.ingest.service import IngestService
from devices.ingest.speaker import TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.registry import installed
from tests.devices.ingest.streams import NOW, FixedDirectory, MemoryStream, entry

ANYBODY = TrustedSpeaker()
AT_MS = int(NOW.timestamp() * 1000) - 5_000
TEXT = (NOW - timedelta(seconds=5)).isoformat()
EUI = "0102030405060708"


def frames(source: str, number: int) -> list[dict[str, Any]]:
    """Frame `number` of a session, as the platform sends it, and where it tells of one twice, both."""
    if source == "loriot":
        frame = {"EUI": EUI, "ts": AT_MS + number, "fcnt": number, "port": 1, "data": "01"}
        return [frame | {"cmd": "rx"}, frame | {"cmd": "gw", "gws": [{"rssi": -90, "time": TEXT}]}]
    return [{**_ONCE[source], **_numbered(source, number)}]


_ONCE: dict[str, dict[str, Any]] = {
    "things-stack-v3": {"end_device_ids": {"dev_eui": EUI}},
    "chirpstack-v4": {"deviceInfo": {"devEui": EUI}, "devAddr": "00189440", "fPort": 1, "data": "AQ==", "time": TEXT},
    "thingpark": {},
    "ctwing": {"messageType": "dataReport", "deviceId": EUI, "serviceId": 1, "payload": {"APPdata": "AQ=="}},
}


def _numbered(source: str, number: int) -> dict[str, Any]:
    if source == "things-stack-v3":
        frame = {"session_key_id": "s", "f_port": 1, "frm_payload": "AQ==", "received_at": TEXT}
        return {"uplink_message": frame | {"f_cnt": number}}
    if source == "chirpstack-v4":
        return {"deduplicationId": f"id-{number}", "fCnt": number}
    if source == "thingpark":
        frame = {"DevEUI": EUI, "DevAddr": "04D2848E", "FPort": "1", "payload_hex": "01", "Time": TEXT}
        return {"DevEUI_uplink": frame | {"FCntUp": str(number)}}
    return {"timestamp": AT_MS + number}


@pytest.mark.parametrize("source", ["things-stack-v3", "chirpstack-v4", "thingpark", "loriot", "ctwing"])
@pytest.mark.parametrize("seed", range(3))
async def test_reading_is_one_when_its_message_comes_again_and_in_any_order(source: str, seed: int) -> None:
    stream, directory = MemoryStream(), FixedDirectory(entry(EUI, profile=("Bosch", "TPS110", "0.29")))
    service = UplinkService(directory, IngestService(directory, stream, lambda: NOW), installed(), lambda: NOW)
    sent = [json.dumps(body).encode() for number in range(10) for body in frames(source, number) * 3]
    Random(seed).shuffle(sent)  # noqa: S311 - repeatable, not secret
    for body in sent:
        assert (await service.accept(source, body, ANYBODY, event="up")).rejected == []
    assert len(stream.observations) == 10
    assert len({(seen.event_id, seen.sequence) for seen in stream.observations}) == 10
