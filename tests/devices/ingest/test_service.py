"""The door: what enters, as which observation, and what is refused with which code."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from devices.adapters.generic_json.messages import Reading
from devices.ingest.decoding import decode_batch
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.service import IngestService
from devices.ingest.speaker import TrustedSpeaker
from devices.inventory.directory import DeviceDirectory
from devices.inventory.model import OPEN_END, Watch
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.evidence import Observation, decode_entry
from parking.occupancy.shards import shard_of
from parking.raw.inbox import RedisInbox
from tests.devices.ingest.streams import NOW, FixedDirectory, Keyring, door, entry

ANYBODY = TrustedSpeaker()
SECOND = timedelta(seconds=1)


def reading(device: str = "d1", at: datetime = NOW, **more: object) -> Reading:
    return msgspec.convert({"device": device, "observed_at": at, "status": "free", **more}, Reading)


async def test_observation_carries_everything_when_a_reading_is_accepted() -> None:
    service, stream = door(entry("d1"))
    told: dict[str, Any] = {"kind": "restate", "sequence": 7, "session": "s", "id": "m1", "confidence": 0.5}
    measured: dict[str, Any] = {"battery_v": 3.5, "battery_pct": 50.0, "temperature_c": -1.0}
    assert await service.accept([reading(**told, **measured)], ANYBODY) == IngestReport(accepted=1)
    now = to_micros(NOW)
    said = Observation("d1", "space-1", "zone-1", "restate", "free", now, now, 180, "s", 7, "m1", 0.5, 3.5, 50.0, -1.0)
    assert stream.observations == [msgspec.structs.replace(said, source="geomagnetic")]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (reading("d2"), "unknown_device"),
        (reading(at=NOW + 121 * SECOND), "observed_at_in_future"),
        (reading(at=NOW - timedelta(hours=24, seconds=1)), "observed_at_too_old"),
        (reading("d3"), "device_not_bound"),
        (Reading(device="d1", observed_at=NOW), "field_missing"),
        (Rejected(1, "type_wrong", "seen before"), "type_wrong"),
    ],
)
async def test_bad_reading_has_its_code_and_the_others_pass_when_one_is_bad(told: Reading, code: str) -> None:
    service, stream = door(entry("d1"), entry("d3", watches=()))
    report = await service.accept([reading(id="a"), told, reading(id="b")], ANYBODY)
    assert (report.accepted, report.duplicate) == (2, 0)
    assert [(rejected.index, rejected.code) for rejected in report.rejected] == [(1, code)]
    assert [observation.event_id for observation in stream.observations] == ["a", "b"]


@pytest.mark.parametrize("at", [NOW + 120 * SECOND, NOW - timedelta(hours=24)])
async def test_reading_enters_when_its_clock_is_at_the_limit(at: datetime) -> None:
    service, _ = door(entry("d1"))
    assert (await service.accept([reading(at=at)], ANYBODY)).accepted == 1


async def test_reading_is_refused_when_the_key_does_not_cover_its_device() -> None:
    service, _ = door(entry("d1"), entry("d2"), entry("d3", watches=()))
    report = await service.accept([reading("d1"), reading("d2"), reading("d3")], Keyring("d1", "d3"))
    assert report.accepted == 1
    assert [(item.index, item.code) for item in report.rejected] == [
        (1, "device_not_allowed"),
        (2, "device_not_allowed"),
    ]


async def test_space_is_the_one_watched_then_when_a_device_has_moved() -> None:
    moved = to_micros(NOW - 600 * SECOND)
    watches = (Watch(moved, OPEN_END, "space-2", "zone-2", "x"), Watch(0, moved, "space-1", "zone-1", "x"))
    service, stream = door(entry("d1", watches=watches))
    ages = (599, 600, 601)
    await service.accept([reading(at=NOW - age * SECOND) for age in ages], ANYBODY)
    assert [observation.space_id for observation in stream.observations] == ["space-2", "space-2", "space-1"]


async def test_reading_enters_when_its_clock_is_a_little_behind_its_binding() -> None:
    service, _ = door(entry("d1", watches=(Watch(to_micros(NOW), OPEN_END, "s", "z", "x"),)))
    report = await service.accept([reading(at=NOW - 120 * SECOND), reading(at=NOW - 121 * SECOND)], ANYBODY)
    assert report.accepted == 1
    assert report.rejected[0].code == "device_not_bound"


async def test_status_may_be_left_out_when_the_kind_says_nothing_of_the_state() -> None:
    service, stream = door(entry("d1"))
    told = Reading(device="d1", observed_at=NOW, kind="telemetry")
    assert (await service.accept([told], ANYBODY)).accepted == 1
    assert stream.observations[0].status is None


async def test_repeat_is_counted_and_not_stored_when_it_comes_in_or_after_the_batch() -> None:
    service, stream = door(entry("d1"), entry("d2"))
    batch = [reading(id="a"), reading(id="a", at=NOW - SECOND), reading(sequence=1), reading("d2", sequence=1)]
    assert await service.accept(batch, ANYBODY) == IngestReport(accepted=3, duplicate=1)
    assert await service.accept(batch, ANYBODY) == IngestReport(accepted=0, duplicate=4)
    assert len(stream.observations) == 3


async def test_counter_may_begin_anew_when_the_time_is_another() -> None:
    service, _ = door(entry("d1"))
    batch = [reading(sequence=1), reading(sequence=1, at=NOW + SECOND)]
    assert (await service.accept(batch, ANYBODY)).accepted == 2


async def test_nothing_is_remembered_when_the_stream_did_not_take_it() -> None:
    service, stream = door(entry("d1"))
    stream.is_down = True
    with pytest.raises(UnavailableError):
        await service.accept([reading(id="a")], ANYBODY)
    stream.is_down = False
    assert (await service.accept([reading(id="a")], ANYBODY)).accepted == 1


async def test_reading_waits_outside_when_the_registry_was_never_read(database: Database) -> None:
    _, stream = door()
    service = IngestService(DeviceDirectory(database), stream, lambda: NOW)
    with pytest.raises(UnavailableError, match="registry"):
        await service.accept([reading()], ANYBODY)


async def test_accepted_readings_stand_in_the_real_stream_when_the_answer_comes(redis: Redis) -> None:
    service = IngestService(FixedDirectory(entry("d1")), RedisInbox(redis), lambda: NOW)
    body = {"readings": [{"device": "d1", "observed_at": NOW.isoformat(), "status": "occupied", "id": "m1"}]}
    report = await service.accept(decode_batch(json.dumps(body).encode()), ANYBODY)
    assert report.accepted == 1
    entries: list[tuple[bytes, dict[bytes, bytes]]] = await redis.xrange(keys.readings(shard_of("zone-1")))  # type: ignore[assignment]  # a client without decoding
    ((_, fields),) = entries
    stored = decode_entry(fields)
    assert isinstance(stored, list)
    assert [(o.space_id, o.status, o.event_id) for o in stored] == [("space-1", "occupied", "m1")]
