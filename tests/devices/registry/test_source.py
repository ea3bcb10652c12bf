"""What kind of thing a device is, by its profile."""

from devices.registry import installed


def test_profile_says_how_its_devices_come_to_their_word() -> None:
    source_of = installed().source_of
    assert source_of("Bosch", "TPS110") == source_of("Generic", "JSON") == "geomagnetic"
    assert source_of("Generic", "JSON-camera") == "camera"
    assert source_of("Hikvision", "ISAPI") == source_of("Plain", "Camera") == "camera"
    assert source_of("Gone", "Since long") == "geomagnetic"
