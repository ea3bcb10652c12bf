"""How many readings a second the platform answers, makes visible and writes to history, when it is given all it takes."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import asyncpg
import httpx
import msgspec

from api.bench.http_client import connect, request_bytes
from api.bench.readings import BATCH, batches, newest_by_zone
from api.bench.rig import Rig
from devices.simulation.recording import until_live
from parking.domain.clock import to_micros, utc_now

CONNECTIONS: Final = 16
STORED_WITHIN_S: Final = 120.0
ASK_EVERY_S: Final = 0.2
MOST_PER_SECOND: Final = 80_000
"""Requests are made beforehand for at most this rate."""


class AnswerUnexpectedError(RuntimeError):
    """The platform did not accept every reading: there is no figure."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round: readings a second until the last answer, until the last was visible, and until it was in history."""

    answered: float
    visible: float
    stored: float
    refused: int
    """Requests that were asked to come again later, because history was behind; they were sent again."""


async def throughput(rig: Rig, *, seconds: float, session: str) -> Round:
    """Send as fast as answers come for `seconds`, then wait until every reading shows in the public answers."""
    start_us = to_micros(utc_now())
    number = int(MOST_PER_SECOND * seconds / BATCH)
    bodies = await asyncio.to_thread(batches, rig.watchers, number=number, start_us=start_us, session=session)
    url = f"{rig.settings.api_url}/v1/readings"
    requests = [request_bytes(url, method="POST", key=rig.key, body=one) for one in bodies]
    sender = _Sender(iter(requests), url, time.perf_counter() + seconds)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(sender.run())
    answered = time.perf_counter()
    sent = sender.accepted * BATCH
    newest = newest_by_zone(rig.watchers, sent=sent, start_us=start_us)
    async with httpx.AsyncClient(base_url=rig.settings.api_url, trust_env=False) as client:
        await until_live(client, newest)
    visible = time.perf_counter()
    await _until_stored(rig.settings.required_database_url, session, sent)
    stored = time.perf_counter()
    return Round(
        answered=sent / (answered - began),
        visible=sent / (visible - began),
        stored=sent / (stored - began),
        refused=sender.refused,
    )


async def _until_stored(database_url: str, session: str, sent: int) -> None:
    """The next round begins without a backlog. Raises TimeoutError when history does not catch up."""
    connection = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(STORED_WITHIN_S):
            while True:
                stored = await connection.fetchval("SELECT count(*) FROM observation WHERE session = $1", session)
                if stored >= sent:
                    return
                await asyncio.sleep(ASK_EVERY_S)
    finally:
        await connection.close()


class _Sender:
    """Hands the next request to whichever connection is free."""

    def __init__(self, requests: Iterator[bytes], url: str, deadline: float) -> None:
        self._requests = requests
        self._url = url
        self._deadline = deadline
        self.accepted = 0
        self.refused = 0

    async def run(self) -> None:
        async with connect(self._url) as connection:
            while time.perf_counter() < self._deadline:
                request = next(self._requests, None)
                if request is None:
                    return
                answer = await connection.ask(request)
                while answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    self.refused += 1
                    await asyncio.sleep(0.05)
                    answer = await connection.ask(request)
                if answer.status != HTTPStatus.ACCEPTED or msgspec.json.decode(answer.body)["accepted"] != BATCH:
                    raise AnswerUnexpectedError(f"{answer.status}: {answer.body[:300].decode()}")
                self.accepted += 1
