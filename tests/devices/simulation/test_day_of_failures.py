"""The day on which devices of the city fail in every listed way: through real envelopes, codecs and the door to their health.

What the health of each device is told to be is held against the script, row by row; devices that are sound have no fault.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

from devices.health.fleet import Fleet
from devices.health.model import Turn
from devices.ingest.decoding import decode_batch
from devices.ingest.service import IngestService
from devices.ingest.speaker import TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.inventory.model import OPEN_END, Device, DeviceEntry, Watch
from devices.registry import installed
from devices.simulation.city import City
from devices.simulation.day import day_of_failures
from devices.simulation.failures import COURSES, HOUR, Failing
from devices.simulation.faults import NONE
from devices.simulation.fleet import Device as Fitted
from devices.simulation.fleet import Site, fit
from devices.simulation.parcels import Parcel, pack
from parking.domain.clock import to_micros
from parking.domain.ids import DeviceId
from tests.devices.ingest.streams import FixedDirectory, MemoryStream
from tests.devices.simulation.streets import START, street

HEARTBEAT_S = 600
SPEED = 5.0
STEP_S = 60
LASTS_S = 26 * HOUR
LINGERS_S = 4 * HOUR
"""Until then a fault of a device that is in order again is closed."""
REMEMBERED = {"lossy", "restarting"}
"""These are told of a whole day, which goes by after the failure is over."""
MICROS = 1_000_000


class Scene:
    """A clock that the test turns, the door, and the health of the fleet behind it."""

    def __init__(self, devices: list[Fitted]) -> None:
        self.now = START
        entries = {device.device_id: _entry(device) for device in devices}
        self.stream = MemoryStream()
        directory = FixedDirectory(*entries.values())
        self.ingest = IngestService(directory, self.stream, self.clock)
        self.uplinks = UplinkService(directory, self.ingest, installed(), self.clock)
        self.fleet = Fleet()
        self.fleet.survey(entries, int(START * MICROS), lambda _: None)
        self.turned: list[Turn] = []

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    async def bring(self, parcel: Parcel) -> None:
        if parcel.way == "reading":
            await self.ingest.accept(decode_batch(b'{"readings":[' + parcel.body + b"]}"), TrustedSpeaker())
        elif parcel.way == "webhook":
            await self.uplinks.accept(parcel.address.rsplit("/", 1)[1], parcel.body, TrustedSpeaker())
        else:
            published = self.uplinks.examine_published(parcel.address, parcel.body, TrustedSpeaker())
            assert published is not None
            await self.ingest.submit([published])

    def judge(self) -> None:
        """What has come in since is heard, and what has not come is missed."""
        now = to_micros(self.clock())
        self.fleet.hear([(said, "a") for said in self.stream.observations], now)
        for message in self.stream.messages:
            for outcome in message.outcomes:
                if outcome.kind != "data" and outcome.device_id is not None:
                    self.fleet.hear_outcome(outcome.device_id, outcome, message.received_at)
        self.stream.appends.clear()
        self.stream.messages.clear()
        self.fleet.miss(lambda _: int(START * MICROS), now)
        self.turned += self.fleet.turns
        self.fleet.settled()


def _entry(device: Fitted) -> DeviceEntry:
    make = device.make
    registered = Device(
        device_id=DeviceId(device.device_id),
        vendor=make.vendor,
        model=make.model,
        version=make.version,
        heartbeat_s=device.heartbeat_s,
        wire_id=device.wire_id,
    )
    return DeviceEntry(registered, 3 * device.heartbeat_s, (Watch(0, OPEN_END, device.space_id, device.zone_id, "c1"),))


def _city() -> tuple[list[Site], list[Fitted]]:
    sites = [site for number in range(7) for site in street(14, zone_id=f"z{number}")]
    fitted = [
        device for device in fit(sites, seed=3) if device.health == "sound" and device.make.channel != "json_mqtt"
    ]
    return sites, [replace(device, heartbeat_s=HEARTBEAT_S) for device in fitted]


async def test_health_names_each_failure_and_its_time_when_devices_fail_in_every_listed_way() -> None:
    sites, devices = _city()
    script = day_of_failures(devices, start=START)
    assert {row.failure for row in script} == set(COURSES)
    city = City(sites, seed=3, start=START, speed=SPEED, faults=NONE, devices=devices, script=script)
    scene = Scene(devices)
    while scene.now < START + LASTS_S:
        scene.now += STEP_S
        for frame in city.advance(scene.now):
            for parcel in pack(frame):
                await scene.bring(parcel)
        scene.judge()
    _compare(script, scene.turned)


def _compare(script: list[Failing], turned: list[Turn]) -> None:
    """Each row is named as its course says, within its time; what is no fault is named as none; and nobody else is."""
    by_device: dict[str, list[Turn]] = defaultdict(list)
    for turn in turned:
        by_device[turn.fault.device_id].append(turn)
    for row in script:
        told = COURSES[row.failure].told_as
        found = by_device.pop(row.device_id, [])
        opened = [turn for turn in found if turn.what == "opened"]
        assert [turn.fault.fault for turn in opened] == list(told), row
        for turn in opened:
            assert row.begins <= turn.at / MICROS <= row.ends, (row, turn)
            assert row.begins - HOUR <= turn.fault.since / MICROS <= turn.at / MICROS, (row, turn)
        if row.ends + LINGERS_S < START + LASTS_S and not set(told) & REMEMBERED:
            assert {turn.fault.fault for turn in found if turn.what == "closed"} == set(told), row
    assert by_device == {}
