"""A worker and an HTTP process tell every documented figure, no other one, and the figures move."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.bootstrap.working import ROLES, Working
from parking.db.unit_of_work import Database
from parking.occupancy.shards import SHARD_COUNT
from tests.api import small_city
from tests.api.figures.documented import OF_PROMETHEUS, Samples, documented, samples, told, total
from tests.api.http_process import (
    NO_TLS,
    PATIENCE_S,
    bearing,
    http_process,
    make_key,
    reading,
    settings_for,
)
from tests.parking.occupancy.live import running

pytestmark = pytest.mark.service


async def _told_by(working: Working, client: httpx.AsyncClient) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while working.listener is None or working.listener.listens_at is None:
            await asyncio.sleep(0.02)
    answer = await client.get(f"http://127.0.0.1:{working.listener.listens_at}/metrics")
    assert answer.status_code == 200
    return answer.text


def _missing(before: Samples, after: Samples) -> list[str]:
    """Stages that have not seen the readings yet, and those that are behind."""
    risen = {
        f"{name} {labels}": total(after, name, **labels) > total(before, name, **labels)
        for name, labels in (
            ("parking_engine_readings_total", {"disposition": "applied"}),
            ("parking_engine_changes_total", {}),
            ("parking_engine_commits_total", {}),
            ("parking_engine_commit_seconds_count", {}),
            ("parking_history_rows_total", {"table": "observation"}),
            ("parking_history_rows_total", {"table": "change"}),
            ("parking_history_transactions_total", {}),
            ("parking_history_transaction_seconds_count", {}),
            ("parking_loop_delay_seconds_count", {}),
        )
    }
    lags = [f"parking_{stage}_lag_seconds" for stage in ("engine", "history", "publisher", "bus")]
    well = {name: total(after, name) == 0 for name in lags}
    owned = {name: total(after, name) == SHARD_COUNT for name in ("parking_shard_owned", "parking_engine_owns")}
    ran = {"jobs": total(after, "parking_job_runs_total", outcome="done") > 0}
    return [name for name, holds in (risen | well | owned | ran).items() if not holds]


async def _until_moved(before: Samples, told_now: Callable[[], Awaitable[str]]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while missing := _missing(before, samples(await told_now())):
        assert time.monotonic() < deadline, missing
        await asyncio.sleep(0.1)


async def test_every_documented_figure_is_told_and_moves_when_readings_come(
    database: Database, database_url: str, redis_url: str, mqtt_url: str, repository: Path
) -> None:
    await small_city.build(database)
    await small_city.equip(database)
    settings = replace(settings_for(database_url, redis_url), mqtt_url=mqtt_url, metrics_port=0)
    working = Working(settings, ROLES)
    async with (
        running(working.run()),
        http_process(database_url, redis_url) as process,
        httpx.AsyncClient(verify=NO_TLS) as client,
    ):
        await process.until_ready()
        before = samples(await _told_by(working, client))
        key = await make_key(database)
        body = {"readings": [reading("d1", "occupied"), reading("d2", "free"), reading("nobody", "free")]}
        async with asyncio.timeout(PATIENCE_S):
            while (await process.client.post("/v1/readings", json=body, headers=bearing(key))).status_code != 202:
                await asyncio.sleep(0.05)
        await _until_moved(before, lambda: _told_by(working, client))
        of_worker = await _told_by(working, client)
        of_serve = (await process.client.get("/metrics")).text
        port = working.listener.listens_at if working.listener else None
        assert (await client.get(f"http://127.0.0.1:{port}/elsewhere")).status_code == 404
        assert (await client.post(f"http://127.0.0.1:{port}/metrics")).status_code == 404
    names = {name for name in told(of_worker) | told(of_serve) if not OF_PROMETHEUS.match(name)}
    assert names == {name for name in documented(repository) if not OF_PROMETHEUS.match(name)}
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total"} <= told(of_worker) & told(of_serve)
    serving = samples(of_serve)
    assert total(serving, "parking_adapter_messages_total", adapter="generic-json", outcome="data") == 2
    assert total(serving, "parking_adapter_messages_total", outcome="unknown_device") == 1
    assert total(serving, "parking_adapter_accept_seconds_count", adapter="generic-json") == 1
    assert total(serving, "parking_door_shut") == 0
    assert ("parking_door_refusals_total", (("code", "backlog_full"),)) in serving
