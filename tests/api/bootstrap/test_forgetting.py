"""The jobs that end what was lost and forget what is over, as the schedule runs them."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select

from api.bootstrap.schedule import Jobs
from parking.bus.tables import InboxRow
from parking.db.idempotency import KEPT, Answer, once
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.privacy.tables import PlateRow
from parking.sessions import service
from tests.parking.sessions.city import SPACE, build, hear, plate, stays
from tests.parking.sessions.evidence import NINE, Sensor, minute

pytestmark = pytest.mark.service
JOBS = ("forget_answers", "forget_handled_events", "end_lost_stays", "erase_plates")


async def run(database: Database, redis: Redis, after: timedelta) -> None:
    """The jobs at a moment after the stay; notes of handled events carry the time of the real clock."""
    moment = max(NINE, utc_now()) + after
    for job in Jobs(database, redis, lambda: moment).all():
        if job.name in JOBS:
            await job.action()


async def kept(database: Database) -> tuple[int | None, int | None]:
    """Plates, notes of handled events."""
    async with database.transaction() as session:
        return (
            await session.scalar(select(func.count()).select_from(PlateRow)),
            await session.scalar(select(func.count()).select_from(InboxRow)),
        )


async def test_answers_are_forgotten_when_nobody_may_repeat_the_request_any_more(
    database: Database, redis: Redis
) -> None:
    async def answered(body: bytes) -> bytes:
        async def work() -> Answer:
            return Answer(201, body)

        async with database.transaction() as session:
            return (await once(session, scope="tests", key="k", body="the same", work=work)).body

    now = utc_now()
    assert await answered(b"first") == b"first"
    for after, said in ((KEPT - timedelta(minutes=1), b"first"), (KEPT + timedelta(minutes=1), b"again")):
        jobs = Jobs(database, redis, lambda: now + after)  # noqa: B023 - called at once
        await jobs.forget_answers()
        assert await answered(b"again") == said


async def test_lost_stay_is_ended_and_its_traces_are_forgotten_when_their_time_is_over(
    database: Database, redis: Redis
) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    await hear(tracker, sensor.reads("occupied", NINE), sensor.reads("occupied", minute(20), "restate"))
    await hear(tracker, sensor.falls_silent(minute(20)))
    (stay,) = await stays(database)
    async with database.transaction() as session:
        own = await plate(session)
        await service.claim(session, stay.session_id, plate=own, source="app", now=utc_now())
    await run(database, redis, timedelta(days=2))
    (stay,) = await stays(database)
    assert (stay.state, stay.ended_at) == ("ended", minute(20))
    await run(database, redis, timedelta(days=400))
    assert await kept(database) == (0, 0)
    (stay,) = await stays(database)
    assert stay.plate_token == own.token
