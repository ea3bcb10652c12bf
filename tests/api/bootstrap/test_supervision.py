"""A part that fails is started again, and its log has one line for each side of an outage."""

import asyncio
import logging

import pytest

from api.bootstrap import supervision
from api.bootstrap.supervision import keep_running


async def test_part_goes_on_after_failures_and_speaks_on_the_transition(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "BACKOFF_S", (0.001,))
    monkeypatch.setattr(supervision, "WELL_AFTER_S", 0.05)
    caplog.set_level(logging.INFO)
    failures = iter([ConnectionError("gone"), ConnectionError("still gone"), ValueError("a defect")])
    well = asyncio.Event()

    async def part() -> None:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        await asyncio.sleep(0.1)
        well.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(keep_running("the feed", part))
        await well.wait()
        task.cancel()
    said = [record.getMessage() for record in caplog.records if record.name == supervision.__name__]
    assert said == ["the feed is interrupted, trying on: gone", "the feed goes on"]
