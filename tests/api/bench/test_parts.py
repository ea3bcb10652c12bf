"""The parts of the measurements that can be wrong by themselves: statistics, distinct readings, the report's shape."""

import json
from collections import Counter
from itertools import groupby
from operator import attrgetter

import msgspec
import pytest

from api.bench.evidence import CityEvidence
from api.bench.getter import ask_for
from api.bench.readings import BATCH, STEP_US, Watcher, batches, newest_by_zone
from api.bench.report import Figure, report
from api.bench.statistics import median, percentile
from devices.ingest.decoding import decode_batch
from devices.ingest.report import Rejected
from parking.domain.clock import format_instant, to_micros
from parking.occupancy.engine_batch import apply_entries
from parking.occupancy.evidence import decode_entry
from parking.occupancy.shards import SHARDS, shard_of
from tests.parking.occupancy.samples import shard_with, zone

AT = 1_784_000_000_000_000
WATCHERS = [Watcher(f"d{number}", f"z{number % 3}", f"s{number}") for number in range(70)]


def test_percentile_is_the_nearest_rank() -> None:
    assert [percentile([4, 1, 3, 2], share) for share in (0.0, 0.25, 0.5, 0.51, 0.99, 1.0)] == [1, 1, 2, 3, 4, 4]
    assert median([0.0]) == 0.0
    assert percentile(list(range(1, 1001)), 0.99) == 990


def test_percentile_refuses_when_nothing_was_measured() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_readings_are_valid_and_all_distinct() -> None:
    bodies = batches(WATCHERS, number=5, start_us=AT, session="r")
    readings = [reading for body in bodies for reading in decode_batch(body)]
    assert len(readings) == 5 * BATCH
    assert len({(r.device, r.sequence) for r in readings if not isinstance(r, Rejected)}) == len(readings)
    kinds = Counter(reading.kind for reading in readings if not isinstance(reading, Rejected))
    assert 0.05 < kinds["change"] / len(readings) < 0.15


def test_newest_by_zone_is_that_of_what_was_sent() -> None:
    sent = 3 * BATCH
    newest: dict[str, int] = {}
    zone_of = {watcher.device_id: watcher.zone_id for watcher in WATCHERS}
    for body in batches(WATCHERS, number=3, start_us=AT, session="r"):
        for reading in decode_batch(body):
            assert not isinstance(reading, Rejected)
            zone = zone_of[reading.device]
            newest[zone] = max(newest.get(zone, 0), to_micros(reading.observed_at))
    expected = {zone: format_instant(instant) for zone, instant in newest.items()}
    assert newest_by_zone(WATCHERS, sent=sent, start_us=AT) == expected
    assert max(newest.values()) == AT + 4 * STEP_US


def test_report_has_the_promised_shape() -> None:
    figures = [
        Figure(name="a", value=50.04, unit="1/s", limit=100.0, target=None),
        Figure(name="b", value=0, unit="ms"),
    ]
    found = json.loads(report("ingest", figures, seconds=1))
    assert found["bench"] == "ingest"
    assert {"cpu", "cores"} <= found["machine"].keys()
    assert found["figures"] == [
        {"name": "a", "value": 50.0, "unit": "1/s", "limit": 100.0, "ratio": 0.5, "target": None},
        {"name": "b", "value": 0.0, "unit": "ms", "limit": None, "ratio": None, "target": None},
    ]


async def test_getter_fails_when_nobody_listens() -> None:
    with pytest.raises(ExceptionGroup):
        await ask_for("http://127.0.0.1:9/", 0.1, 1)


def test_figure_survives_its_own_encoding() -> None:
    figure = Figure(name="n", value=1234.5, unit="u", limit=0.0)
    assert figure.plain()["ratio"] is None
    assert msgspec.json.decode(msgspec.json.encode(figure.plain()))["value"] == 1234.0


def test_evidence_of_a_city_is_mixed_as_said_and_ends_where_it_says() -> None:
    watchers = [Watcher(f"d{n}", f"z{n // 95}", f"s{n}") for n in range(1900)]
    evidence = CityEvidence(watchers, AT)
    entries = [*evidence.entries(30_000), *evidence.entries(30_000)]
    by_zone = groupby(watchers, key=attrgetter("zone_id"))
    zones = [zone(*(watcher.space_id for watcher in found), zone_id=zone_id) for zone_id, found in by_zone]
    shards = {number: shard_with(*(one for one in zones if shard_of(one.zone_id) == number)) for number in SHARDS}
    letters: Counter[str] = Counter()
    changes = 0
    for number, fields in entries:
        outcome = apply_entries(shards[number], [("1-1", decode_entry(fields))], AT)
        shards[number].absorb(outcome)
        letters.update(outcome.batch.read[0][1].decode())
        changes += len(outcome.batch.changes)
    total = len(entries) * BATCH
    assert letters.total() == total == evidence.appended
    assert letters["d"] == evidence.duplicates
    assert 0.005 < letters["d"] / total < 0.015
    assert 0.002 < letters["l"] / total < 0.008
    assert 0.08 < changes / total < 0.15
    found = {space_id: state.belief for shard in shards.values() for space_id, state in shard.spaces.items()}
    assert found == evidence.believed()
