"""Scheduled jobs: on one leader, each run written down, a failure never the end."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, insert, select, text

from api.bootstrap.schedule import Job, Jobs, Schedule
from parking.bus.redis_streams import RedisStreamsBus
from parking.db.tables import ScheduledRunRow
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from tests.parking.bus.listening import Listener, eventually, place_changed, running, subscribe

pytestmark = pytest.mark.service


async def runs(database: Database) -> list[ScheduledRunRow]:
    async with database.transaction() as session:
        return list((await session.execute(select(ScheduledRunRow).order_by(ScheduledRunRow.run_id))).scalars())


async def test_runs_are_written_down_when_jobs_succeed_and_fail(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    async def succeed() -> None:
        done.append("good")

    async def fail() -> None:
        done.append("bad")
        raise ValueError("no paper")

    jobs = [
        Job(name="good", every=timedelta(milliseconds=50), action=succeed),
        Job(name="bad", every=timedelta(hours=1), action=fail),
    ]
    task = asyncio.ensure_future(Schedule(database, jobs, utc_now).run())
    await eventually(lambda: done.count("good") >= 2 and "bad" in done)
    async with asyncio.timeout(60):
        while sum(row.finished_at is not None for row in await runs(database)) < 3:
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    written = [row for row in await runs(database) if row.finished_at is not None]
    assert {(row.job, row.error) for row in written} == {("good", None), ("bad", "ValueError: no paper")}
    assert all(row.finished_at is not None and row.finished_at >= row.started_at for row in written)
    assert any("bad" in record.getMessage() for record in caplog.records)


async def test_two_schedules_do_a_job_once_when_both_run(database: Database) -> None:
    done: list[int] = []

    async def act() -> None:
        done.append(1)

    jobs = [Job(name="once", every=timedelta(hours=1), action=act)]
    tasks = [asyncio.ensure_future(Schedule(database, jobs, utc_now).run()) for _ in range(2)]
    await eventually(lambda: len(done) == 1)
    await asyncio.wait(tasks, timeout=0.5)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert done == [1]


async def test_coming_months_have_partitions_when_the_job_ran(database: Database, redis: Redis) -> None:
    jobs = Jobs(database, redis, lambda: datetime(2031, 11, 5, tzinfo=UTC))
    await jobs.make_partitions()
    await jobs.make_partitions()
    async with database.transaction() as session:
        names = set((await session.execute(text("SELECT relname FROM pg_class WHERE relispartition"))).scalars())
    assert {"observation_2031_11", "observation_2031_12", "observation_2032_01"} <= names
    assert "space_state_change_2032_01" in names


async def test_old_runs_are_forgotten_when_thirty_days_have_passed(database: Database, redis: Redis) -> None:
    now = utc_now()
    async with database.transaction() as session:
        for age in (29, 31):
            await session.execute(insert(ScheduledRunRow).values(job="x", started_at=now - timedelta(days=age)))
    await Jobs(database, redis, lambda: now).forget_runs()
    async with database.transaction() as session:
        count = await session.scalar(select(func.count()).select_from(ScheduledRunRow))
    assert count == 1


async def test_consumer_that_holds_back_trimming_is_named_once_when_it_stays_behind(
    database: Database, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    async def never_return(_zone_id: str, _revision: int) -> None:
        await asyncio.Event().wait()

    bus = RedisStreamsBus(redis)
    slow = Listener(never_return)
    await bus.publish([place_changed("zone-1", 1)])
    async with running(bus, subscribe(slow, consumer="slow")):
        await eventually(lambda: len(slow.tried) == 1)
    jobs = Jobs(database, redis, lambda: utc_now() + timedelta(hours=25))
    await jobs.trim_bus()
    await jobs.trim_bus()
    assert [record.getMessage().split()[0] for record in caplog.records if "trimmed" in record.getMessage()] == ["slow"]
