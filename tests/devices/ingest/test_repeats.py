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
    bodies: dict[str, list[dict[str, Any]]] = {
        "things-stack-v3": [
            {
                "end_device_ids": {"dev_eui": EUI},
                "uplink_message": {
                    "session_key_id": "s",
                    "f_cnt": number,
                    "f_port": 1,
                    "frm_payload": "AQ==",
                    "received_at": TEXT,
                },
            }
        ],
        "chirpstack-v4": [
            {
                "deviceInfo": {"devEui": EUI},
                "deduplicationId": f"id-{number}",
                "devAddr": "00189440",
                "fCnt": number,
                "fPort": 1,
                "data": "AQ==",
                "time": TEXT,
            }
        ],
        "thingpark": [
            {
                "DevEUI_uplink": {
                    "DevEUI": EUI,
                    "DevAddr": "04D2848E",
                    "FCntUp": str(number),
                    "FPort": "1",
                    "payload_hex": "01",
                    "Time": TEXT,
                }
            }
        ],
        "loriot": [
            {"cmd": "rx", "EUI": EUI, "ts": AT_MS + number, "fcnt": number, "port": 1, "data": "01"},
            {
                "cmd": "gw",
                "EUI": EUI,
                "ts": AT_MS + number,
                "fcnt": number,
                "port": 1,
                "data": "01",
                "gws": [{"rssi": -90, "time": TEXT}],
            },
        ],
        "ctwing": [
            {
                "messageType": "dataReport",
                "deviceId": EUI,
                "serviceId": 1,
                "timestamp": AT_MS + number,
                "payload": {"APPdata": "AQ=="},
            }
        ],
    }
    return bodies[source]


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
