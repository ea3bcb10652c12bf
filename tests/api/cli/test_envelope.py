"""`parking envelope` as a user runs it."""

import json

import pytest
from click.testing import CliRunner

from api.cli.envelope import command
from devices.ports import PayloadError
from devices.registry import SourceUnknownError

CTWING = {
    "messageType": "dataReport",
    "timestamp": 1630403930495,
    "serviceId": 1,
    "payload": {"parking_state": 0},
    "deviceId": "5e5a54e224b9436f93900c27f0787f61",
}


def run(source: str, body: object, *options: str) -> dict[str, object]:
    arguments = ["--source", source, *options, "-"]
    result = CliRunner().invoke(command, arguments, input=json.dumps(body), catch_exceptions=False)
    assert result.exit_code == 0
    line: dict[str, object] = json.loads(result.stdout)
    return line


def test_uplink_is_printed_as_json_when_the_body_is_the_platforms() -> None:
    line = run("ctwing", CTWING)
    assert (line["kind"], line["device_id"], line["port"]) == ("data", CTWING["deviceId"], 1)
    assert (line["fields"], line["server_at"]) == ({"parking_state": 0}, "2021-08-31T09:58:50.495000Z")
    frame = {"hardware_serial": "0102030405060708", "payload_raw": "AQIDBA=="}
    assert (run("ttn-v2", frame)["payload_hex"], run("ttn-v2", frame)["fields"]) == ("01020304", None)


def test_event_is_used_when_the_platform_tells_it_outside_of_the_body() -> None:
    join = {"deviceInfo": {"devEui": "0101010101010101"}, "devAddr": "00189440"}
    assert run("chirpstack-v4", join, "--event", "up")["kind"] == "status"
    assert run("chirpstack-v4", join)["kind"] == "join"


@pytest.mark.parametrize(("source", "refusal"), [("ctwing", PayloadError), ("nobody", SourceUnknownError)])
def test_body_is_refused_when_it_is_not_the_platforms(source: str, refusal: type[Exception]) -> None:
    result = CliRunner().invoke(command, ["--source", source, "-"], input="{}")
    assert isinstance(result.exception, refusal)
