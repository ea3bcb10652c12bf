"""A camera with two bays, registered in memory."""

from collections.abc import Mapping
from datetime import timedelta

from devices.cameras.model import Camera
from devices.cameras.observing import CameraSpeaker, Scene
from devices.inventory.model import OPEN_END, DeviceEntry, Watch
from parking.domain.clock import to_micros
from tests.devices.ingest.streams import NOW, entry

NOW_US = to_micros(NOW)
CAMERA = Camera(camera_id="C1", adapter="hikvision", mode="push")
PROFILE = ("Hikvision", "ISAPI", "2.0")


def bay(number: str, space_id: str) -> DeviceEntry:
    return entry(f"C1:{number}", profile=PROFILE, watches=(Watch(0, OPEN_END, space_id, "zone-1", "district-1"),))


ENTRIES: Mapping[str, DeviceEntry] = {
    found.device.device_id: found
    for found in (bay("12", "space-12"), bay("13", "space-13"), entry("C1", profile=PROFILE, watches=()))
}


def scene(*, district_id: str | None = None, camera: Camera = CAMERA) -> Scene:
    return Scene(camera=camera, entries=ENTRIES, bays=("C1:12", "C1:13"), speaker=CameraSpeaker("C1", district_id))


def ago(seconds: float) -> int:
    return NOW_US - int(timedelta(seconds=seconds) / timedelta(microseconds=1))
