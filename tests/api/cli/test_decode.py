"""`parking decode`, `parking encode` and `parking profiles` as a user runs them."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from api.cli.decode import command as decode
from api.cli.encode import command as encode
from api.cli.profiles import command as profiles
from parking.domain.errors import ParkingError


def run(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(decode, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    line: dict[str, object] = json.loads(result.stdout)
    return line


def test_reading_is_printed_as_json_when_the_frame_is_good() -> None:
    assert run("--profile", "Bosch/TPS110@0.29", "--port", "2", "01ff") == {
        "status": "occupied",
        "kind": "restate",
        "confidence": None,
        "battery_v": None,
        "battery_pct": None,
        "temperature_c": -1.0,
        "device_at": None,
        "sequence": None,
        "previous_s": None,
        "fault": None,
        "magnetic": None,
        "fields": {"type": "heartbeat", "occupied": True, "temperature": -1},
    }


def test_newest_version_is_taken_when_none_is_named() -> None:
    frame = "00" * 15 + "0401"
    assert (
        run("--profile", "Bosch/TPS110", "--port", "3", frame)["fields"]
        == (run("--profile", "Bosch/TPS110@0.39", "--port", "3", frame)["fields"])
    )


@pytest.mark.parametrize(
    "profile", ["Nwave/NPS-4.05", "nwave/nps-4.05-sm", "Nwave/NPS 4.05 FM@v2", "Nwave/NPS-4.05 SM/FM", "NWAVE/NPS405"]
)
def test_model_is_found_when_it_is_spelt_as_on_its_invoice(profile: str) -> None:
    assert run("--profile", profile, "--port", "1", "95")["previous_s"] == [4440, 4500]


def test_command_is_printed_as_port_and_bytes_when_the_device_takes_it() -> None:
    result = CliRunner().invoke(encode, ["--profile", "Dingtek/DO200", '{"uploadInterval": 4}'], catch_exceptions=False)
    assert json.loads(result.stdout) == {"port": 3, "hex": "3830303238383838303130343831"}


@pytest.mark.parametrize(
    ("profile", "data", "code"),
    [
        ("Dingtek/DO200", '{"uploadInterval": 400}', "downlink_invalid"),
        ("Dingtek/DO200", "[]", "json_invalid"),
        ("Dingtek/DO200", "\udcff", "json_invalid"),
        ("Bosch/TPS110", "{}", "no_commands"),
        ("Dingtek", "{}", "profile_invalid"),
    ],
)
def test_command_is_refused_with_a_code_when_the_device_does_not_take_it(profile: str, data: str, code: str) -> None:
    with pytest.raises(ParkingError) as caught:
        CliRunner().invoke(encode, ["--profile", profile, data], catch_exceptions=False)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("profile", "payload", "code"),
    [
        ("Bosch/TPS110", "0101", "payload_invalid"),
        ("Bosch/TPS110", "0g", "hex_invalid"),
        ("Bosch/TPS110@5", "01", "profile_unknown"),
        ("Nobody/Nothing", "01", "profile_unknown"),
        ("Bosch", "01", "profile_invalid"),
    ],
)
def test_refusal_has_a_code_when_the_profile_does_not_allow_it(profile: str, payload: str, code: str) -> None:
    with pytest.raises(ParkingError) as caught:
        CliRunner().invoke(decode, ["--profile", profile, "--port", "1", payload], catch_exceptions=False)
    assert caught.value.code == code


def test_program_ends_with_2_and_one_line_when_bytes_are_not_allowed() -> None:
    arguments = ["-m", "api.cli", "decode", "--profile", "PNI/PlacePod", "--port", "1", "ff"]
    ended = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1


def test_profiles_are_listed_one_a_line_when_asked_for() -> None:
    lines = [json.loads(line) for line in CliRunner().invoke(profiles, []).stdout.splitlines()]
    models = {line["model"]: line for line in lines}
    assert {"vendor": "PNI", "versions": ["1"], "transport": "lorawan"}.items() <= models["PlacePod"].items()
    assert all(set(line) == {"vendor", "model", "versions", "transport", "kinds"} for line in lines)
