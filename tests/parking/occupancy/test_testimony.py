"""What people say of a space becomes evidence there, and begins and ends no stay."""

from datetime import UTC, datetime, timedelta
from typing import Final

from redis.asyncio import Redis

from parking.domain.clock import from_micros
from parking.events.envelope import wrap
from parking.events.session import SessionClaimed, SessionSource, SessionStarted
from parking.occupancy.changes import space_fact
from parking.occupancy.engine_batch import Outcome, apply_entries, apply_silence
from parking.occupancy.evidence import Observation
from parking.occupancy.level_counts import counted_as
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import shard_of
from parking.occupancy.testimony import Hearing
from parking.sessions import moves
from parking.sessions.following import follow
from parking.sessions.model import ParkingSession, Proof
from tests.parking.occupancy.samples import SECOND, T0, reading, shard_with, zone
from tests.parking.occupancy.test_reading_stream import stored

NOW: Final = from_micros(T0).astimezone(UTC)


def started(source: SessionSource, at: datetime = NOW, facility_id: str | None = None) -> SessionStarted:
    return SessionStarted(
        session_id="x",
        space_id="s1",
        zone_id="z1",
        started_at=at,
        source=source,
        has_plate=True,
        facility_id=facility_id,
    )


async def written(redis: Redis, *facts: SessionStarted | SessionClaimed) -> list[Observation]:
    testimony = Hearing(RedisReadingStream(redis), lambda: NOW)
    for number, fact in enumerate(facts):
        await testimony.handle(wrap(fact, event_id=str(number), source="test", time=NOW))
    return [item for entry in await stored(redis, shard_of("z1")) for item in entry]


async def test_stays_that_people_begin_or_claim_are_evidence_and_those_of_sensors_are_not(redis: Redis) -> None:
    by_plate, by_app = (
        SessionClaimed(session_id="x", space_id="s2", zone_id="z1", claimed_at=NOW, source=source)
        for source in ("sensor", "app")
    )
    none: list[SessionStarted | SessionClaimed] = [
        by_plate,
        started("sensor"),
        started("app", facility_id="f"),
        started("terminal", NOW - timedelta(days=2)),
    ]
    found = await written(redis, started("app"), started("attendant"), by_app, *none)
    assert [(item.source, item.device_id, item.kind, item.status) for item in found] == [
        ("payment", "payment:s1", "restate", "occupied"),
        ("attendant", "attendant:s1", "restate", "occupied"),
        ("payment", "payment:s2", "restate", "occupied"),
    ]


async def test_testimony_beside_a_sensor_is_weighed_and_told_twice_counts_once(redis: Redis) -> None:
    (word,) = await written(redis, started("attendant"))
    shard = shard_with(zone("s1"))
    shard.absorb(apply_entries(shard, [("1-1", [reading("free", at_s=-600, source="geomagnetic")])], T0))
    outcome = apply_entries(shard, [("1-2", [word, word])], T0)
    shard.absorb(outcome)
    assert outcome.batch.read == [("1-2", b"ad")]
    assert [(change.status, change.evidence) for change in outcome.batch.changes] == [("occupied", "testimony")]
    assert shard.beliefs.find("s1") is not None
    assert counted_as(shard.spaces["s1"]) == "occupied", "the sensor would have said otherwise"


def test_declared_stay_goes_on_when_nothing_but_testimony_was_ever_heard() -> None:
    shard = shard_with(zone("s1"))
    proof = Proof(NOW, "started", "app", "declared")
    stay: ParkingSession | None = moves.begun(
        session_id="x", space_id="s1", zone_id="z1", earliest=NOW, latest=NOW, source="app", proof=proof
    )
    before = stay
    word = reading("occupied", kind="restate", device="payment:s1", source="payment", silence_s=7200)
    outcomes: list[Outcome] = [apply_entries(shard, [("1-1", [word])], T0)]
    shard.absorb(outcomes[0])
    assert counted_as(shard.spaces["s1"]) == "occupied_by_word"
    outcomes.append(apply_silence(shard, ["s1"], T0 + 9000 * SECOND))
    changes = [change for outcome in outcomes for change in outcome.batch.changes]
    assert [change.status for change in changes] == ["occupied", "unknown"]
    for change in changes:
        stay = follow(stay, space_fact(change), from_micros(change.at), new_id=lambda: "y").before
    assert stay == before
    assert follow(None, space_fact(changes[0]), NOW, new_id=lambda: "y").begun is None
