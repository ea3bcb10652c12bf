"""The traps that the reference lists (`../shared/reference/devices.md` 1.2), each in frames of the devices that set it."""

import pytest

from devices.ports import Message, PayloadError
from devices.registry import installed


def decode(profile: str, payload: str, *, port: int = 1) -> Message:
    path, _, version = profile.partition("@")
    vendor, _, model = path.partition("/")
    generation = installed().version(vendor, model, version or None)
    (message,) = (
        installed().codec_for(vendor, model, generation).decode(bytes.fromhex(payload), port=port, version=generation)
    )
    return message


def test_same_byte_is_another_duration_when_the_generation_orders_its_bits_the_other_way() -> None:
    newer, older = decode("Nwave/NPS-4.05@2", "95"), decode("Nwave/NPS-4.05@1", "95")
    assert (newer.status, newer.previous_s) == ("occupied", (74 * 60, 75 * 60))
    assert (older.status, older.previous_s) == ("occupied", (21 * 60, 22 * 60))
    assert (decode("Nwave/NPS-4.05@2", "94").status, decode("Nwave/NPS-4.05@1", "15").status) == ("free", "free")


def test_tag_has_a_battery_when_the_registration_is_one_byte_longer() -> None:
    shorter = decode("Nwave/NPS-4.05", "d11f345678", port=10).fields
    longer = decode("Nwave/NPS-4.05", "d1201f345678", port=10).fields
    assert (shorter["tag_id"], longer["tag_id"]) == ("1F345678", "1F345678")
    assert ("tag_battery_v" in shorter, longer["tag_battery_v"]) == (False, 3.2)


def test_same_bytes_are_another_body_when_the_firmware_differs() -> None:
    start = "04001e0e7cf2d9f91e0ddf"
    assert decode("Libelium/SmartParking@2", start).temperature_c == 30.0
    assert decode("Libelium/SmartParking@3", start).fields["firmware_version"] == 30


@pytest.mark.parametrize(("version", "cause"), [("0.23", "other"), ("0.29", "other"), ("0.39", "external_pin")])
def test_reset_cause_4_is_another_one_when_the_firmware_is_newer(version: str, cause: str) -> None:
    assert decode(f"Bosch/TPS110@{version}", "00" * 15 + "0400", port=3).fields["reset_cause"] == cause


@pytest.mark.parametrize(("model", "byte"), [("DO201", "31"), ("DO202", "32")])
def test_state_is_kept_and_no_temperature_told_when_the_device_says_minus_117(model: str, byte: str) -> None:
    message = decode(f"Dingtek/{model}", f"8000{byte}021706b4100001610010fff6fff08b2d00010081", port=3)
    assert (message.status, message.temperature_c, message.fields["temperature_c"]) == ("occupied", None, -117)


def test_health_is_good_when_the_bit_beside_it_says_occupied() -> None:
    message = decode("Nwave/NPS-4.05@2", "01d3d8", port=2)
    assert (message.status, message.fields["hw_health"], message.fault) == ("occupied", 0, None)
    broken = decode("Nwave/NPS-4.05@2", "05d3d8", port=2)
    assert (broken.fields["hw_health"], broken.fault) == (4, "other")


@pytest.mark.parametrize(
    ("profile", "payload", "port"),
    [
        ("Bosch/TPS110@0.29", "01ff", 2),
        ("Nwave/NPS-3.10", "01", 2),
        ("Nwave/NPS-4.05", "01d3d8", 2),
        ("PNI/PlacePod", "376601", 1),
        ("Libelium/SmartParking@2", "8114160011f35a1095f3b5", 1),
        ("Libelium/SmartParking@3", "81c60014053300d90c80c8", 1),
        ("Cicicom/S-LG-I3", "4b31332e35352b32322e30", 1),
        ("Tekzitel/TEKZIPARK", "a12d63", 1),
        ("MOKO/LW009-SM", "aa01692a0f800007000621000201003201" + "01", 1),
    ],
)
def test_heartbeat_restates_and_is_no_arrival_when_it_carries_the_state(profile: str, payload: str, port: int) -> None:
    message = decode(profile, payload, port=port)
    assert (message.kind, message.status) == ("restate", "occupied")


@pytest.mark.parametrize(
    ("payload", "status"),
    [("376600" + "156601", "occupied"), ("156601" + "376600", "free"), ("156601" + "cafe", "occupied")],
)
def test_later_state_wins_and_a_tail_loses_nothing_when_a_frame_chains_values(payload: str, status: str) -> None:
    message = decode("PNI/PlacePod", payload)
    assert (message.kind, message.status) == ("change", status)


@pytest.mark.parametrize(
    ("profile", "payload", "port"),
    [
        ("Bosch/TPS110", "00" * 12 + "0027020301", 3),
        ("Nwave/NPS-3.10", "010d000201", 3),
        ("Nwave/NPS-4.05", "0204090201", 3),
        ("Cicicom/S-LG-I3", "5231332e36362b33302e3056312e342e30", 1),
    ],
)
def test_startup_says_what_is_now_and_is_no_event_when_the_device_restarts(
    profile: str, payload: str, port: int
) -> None:
    message = decode(profile, payload, port=port)
    assert (message.kind, message.status, message.previous_s) == ("startup", "occupied", None)


def test_startup_vouches_for_nothing_when_its_bit_is_what_memory_holds_after_a_reset() -> None:
    message = decode("Libelium/SmartParking@3", "04001e0e7cf2d9f91e0ddf")
    assert (message.kind, message.status, message.confidence) == ("startup", "free", 0.0)


def test_text_is_read_when_the_device_sends_letters_and_refused_when_it_does_not() -> None:
    assert decode("Cicicom/S-LG-I3", b"C1".hex()).status == "occupied"
    with pytest.raises(PayloadError):
        decode("Cicicom/S-LG-I3", "01")


def test_command_is_text_of_digits_when_the_device_wants_ascii() -> None:
    downlink = installed().encoder_for("Dingtek", "DO200", "1").encode({"uploadInterval": 4}, version="1")
    assert downlink.payload.hex() == "3830303238383838303130343831"
    assert bytes.fromhex(downlink.payload.decode("ascii")) == bytes.fromhex("80028888010481")


@pytest.mark.parametrize(
    ("payload", "event"),
    [("829f665700000d9f00ff00", "daily"), ("060a00001f00c60561ed91", "service"), ("080a00001f00c60561ed91", "service")],
)
def test_frame_moves_no_space_when_only_its_head_has_the_state(payload: str, event: str) -> None:
    message = decode("Libelium/SmartParking@3", payload)
    assert (message.kind, message.fields["type"]) == ("telemetry", event)
