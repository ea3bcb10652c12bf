"""The demonstration's cameras say what the drivers do, keep quiet when they are not known, and always look at the same spaces."""

import asyncio
import json
from dataclasses import dataclass, field

from devices.adapters import multipart
from devices.registry import installed
from devices.simulation.cameras.crew import CameraCrew, mounted_over
from devices.simulation.fleet import Site
from devices.simulation.visits import visit_of
from devices.transport.ports import Answer

SITES = [
    Site(space_id=f"{zone}-{number}", zone_id=zone, area_class="I", use="ordinary")
    for zone in ("A", "B", "C")
    for number in range(5)
]
STARTED = 1_790_000_000.0


@dataclass
class Desk:
    """A platform that notes what it is told."""

    status: int = 200
    told: list[tuple[str, bytes]] = field(default_factory=list)

    async def post(self, path: str, body: bytes, *, subject: str) -> Answer:
        assert path.endswith(subject)
        self.told.append((subject, body))
        return Answer(self.status, b"{}")


class Hours:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> float:
        return self.now


async def until_told(crew: CameraCrew, desk: Desk, count: int) -> None:
    running = asyncio.ensure_future(crew.run())
    try:
        async with asyncio.timeout(20):
            while len(desk.told) < count:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_the_same_spaces_are_watched_when_the_sites_come_in_another_order() -> None:
    mounted = mounted_over(SITES)
    assert mounted == mounted_over(SITES[::-1])
    assert [(one.camera_id, list(one.bays.values())) for one in mounted] == [
        ("cam-B", ["B-0", "B-1", "B-2", "B-3"]),
        ("cam-C", ["C-0", "C-1", "C-2", "C-3"]),
    ]


async def test_a_vehicle_is_told_with_plate_and_picture_when_it_parks_before_a_camera() -> None:
    desk, clock = Desk(), Hours()
    crew = CameraCrew(mounted_over(SITES)[:1], desk, seed=1, now=clock)
    site = SITES[6]
    crew.arrived(site, STARTED, STARTED + 600)
    crew.arrived(SITES[0], STARTED, STARTED + 600)
    await until_told(crew, desk, 3)
    clock.now += 600
    await until_told(crew, desk, 6)
    sightings = [
        sighting
        for _, body in desk.told
        for sighting in installed()
        .camera("hikvision")
        .parse(body, media_type="multipart/form-data; boundary=MIME_boundary")
    ]
    came, left = (one for one in sightings if one.kind == "change")
    plate = visit_of(site, seed=1, arrived_at=STARTED, leaves_at=STARTED + 600).plate
    assert (came.bay, came.status, came.plate, len(came.pictures)) == ("2", "occupied", plate, 1)
    assert (left.bay, left.status) == ("2", "free")
    polled = [one for one in sightings if one.kind == "restate"]
    assert {(one.bay, bool(one.pictures)) for one in polled} == {("1", False), ("2", False), ("3", False), ("4", False)}
    assert any(one.fields.get("event_type") == "videoloss" for one in sightings)


async def test_cameras_stop_when_the_installation_does_not_know_them() -> None:
    desk, clock = Desk(status=403), Hours()
    crew = CameraCrew(mounted_over(SITES), desk, seed=1, now=clock)
    await until_told(crew, desk, 1)
    clock.now += 300
    await until_told(crew, desk, 2)
    assert len({subject for subject, _ in desk.told}) == len(desk.told) == 2
    assert all(json.loads(multipart.parse(body, "")[0].content)["triggerType"] == "polling" for _, body in desk.told)
