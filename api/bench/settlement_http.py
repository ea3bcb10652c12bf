"""Complete settlements over HTTP: a terminal asks for a quote and pays, in a whole installation with its real processes.

The payment of a stay that has just ended fixes its fee, opens its bill and pays it, so nothing is prepared but the stays.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import msgspec
from redis.asyncio import Redis
from sqlalchemy import text

from api import schema
from api.auth.service import create_key
from api.bench.http_client import Answer, Connection, connect, request_bytes
from api.bench.report import Figure
from api.bench.rig import throwaway_folder
from api.bench.statistics import median, percentile
from api.embedded.folder import DataFolder, free_port
from api.embedded.services import EmbeddedServices
from api.installation.children import kept
from api.installation.demonstration_past import past_begins
from api.installation.demonstration_prices import publish_tariffs
from api.installation.readiness import until_ready
from api.installation.run import PROCESSES
from api.settings import Settings
from parking.bus import keys
from parking.bus.connection import open_redis
from parking.bus.positions import entry_id, positions
from parking.bus.scripts import ask
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.places.demonstration import demonstration_city
from parking.places.service import import_collection
from pricing.settlement import journal

CONNECTIONS: Final = 16
WARM_UP_S: Final = 2
MOST_PER_SECOND: Final = 500
"""Stays are made beforehand for at most this rate."""
LOOKS: Final = 240
LOOK_EVERY_S: Final = 0.5
TARGET_PER_SECOND: Final = 200.0
TARGET_P99_MS: Final = 100.0
SECRET: Final = "only for a measurement whose city is thrown away with all its plates"  # noqa: S105 - of servers that are thrown away

_STAYS = """
    INSERT INTO session (session_id, space_id, zone_id, state, started_at, started_earliest, ended_at, ended_earliest,
                         ended_latest, start_source, end_source, vehicle_class, energy, plate_token, gaps, evidence)
    SELECT 'stay-' || n, space_id, zone_id, 'ended', :start, :start, :end, :end, :end, 'terminal', 'terminal', 'small',
           'fuel', 'token-' || n, '[]', '[]'
    FROM generate_series(1, CAST(:stays AS bigint)) AS n
    JOIN (SELECT row_number() OVER (ORDER BY space_id) AS number, count(*) OVER () AS spaces, space_id, zone_id
          FROM space JOIN zone USING (zone_id)
          WHERE kind = 'kerb' AND use = 'ordinary' AND area_class = 'I' AND space.approval_from <= :start) AS chosen
        ON number = n % spaces + 1
    RETURNING space_id
"""


class SettlementFailedError(RuntimeError):
    """An answer was not what a settlement gets, or the ledger does not hold what was paid: there is no figure."""


@dataclass(frozen=True, kw_only=True)
class Kerb:
    """What runs, and the ended stays that wait for their payments: the space of each, by its number from 1."""

    settings: Settings
    key: str
    start: datetime
    end: datetime
    spaces: Sequence[str]


async def measure_settlement_http(*, seconds: int, rounds: int) -> list[Figure]:
    """Rounds of `seconds` each after one to warm up; medians over the rounds. Raises `SettlementFailedError`."""
    async with open_kerb(stays=(seconds * rounds + WARM_UP_S) * MOST_PER_SECOND) as kerb:
        numbers = count(1)
        paid: list[int] = []
        await _round(kerb, numbers, WARM_UP_S, paid)
        rates, times = [], []
        for _ in range(rounds):
            spent = await _round(kerb, numbers, seconds, paid)
            rates.append(len(spent) / seconds)
            times.append(percentile(spent, 0.99) * 1000)
        await _check(kerb, paid)
    return [
        Figure(name="settlements over HTTP", value=median(rates), unit="1/s", target=TARGET_PER_SECOND),
        Figure(name="settlement over HTTP, p99", value=median(times), unit="ms", target=TARGET_P99_MS),
    ]


@asynccontextmanager
async def open_kerb(stays: int) -> AsyncIterator[Kerb]:
    """Start everything with the demonstration city and its tariffs, and stop it on leaving."""
    async with AsyncExitStack() as stack:
        path = stack.enter_context(throwaway_folder())
        folder = stack.enter_context(DataFolder(path))
        own = replace(
            Settings.from_environment({}), data_dir=path, port=free_port(), secret_key=SECRET, plate_key=SECRET
        )
        services = await stack.enter_async_context(EmbeddedServices(folder, own).running())
        await schema.upgrade(services.settings.required_database_url)
        kerb = await _filled(services.settings, stays)
        for child in PROCESSES:
            await stack.enter_async_context(kept(child, folder, services.settings))
        await until_ready(services.settings.api_url)
        await _until_heard(services.settings)
        yield kerb


async def _until_heard(settings: Settings) -> None:
    """A city that has just been imported is news for every consumer: nothing is measured before they have heard it all."""
    redis = open_redis(settings.required_redis_url)
    try:
        for _ in range(LOOKS):
            if all([await _is_heard(redis, partition) for partition in keys.PARTITIONS]):
                return
            await asyncio.sleep(LOOK_EVERY_S)
        raise SettlementFailedError("the consumers do not come to rest")
    finally:
        await redis.aclose()


async def _is_heard(redis: Redis, partition: int) -> bool:
    last = await ask(redis, "XREVRANGE", keys.stream(partition), "+", "-", "COUNT", 1)
    standing = await positions(redis, partition)
    newest = entry_id(last[0][0].decode()) if last else (0, 0)
    return all(each.unfinished is None and entry_id(each.delivered) >= newest for each in standing)


async def _filled(settings: Settings, stays: int) -> Kerb:
    now = utc_now()
    # Ten to noon of the day before, which every tariff of the kerb charges.
    start = now.astimezone(UTC).replace(hour=2, minute=0, second=0, microsecond=0) - timedelta(days=1)
    end = start + timedelta(hours=2)
    database = Database(open_engine(settings.required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            await import_collection(session, demonstration_city(), at=now)
        async with database.transaction() as session:
            await publish_tariffs(session, since=past_begins(now))
            _, key = await create_key(session, utc_now, role="terminal", name="T-BENCH")
            made = await session.execute(text(_STAYS), {"start": start, "end": end, "stays": stays})
            spaces = list(made.scalars())
        async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))
    finally:
        await database.close()
    return Kerb(settings=settings, key=key, start=start, end=end, spaces=spaces)


async def _round(kerb: Kerb, numbers: Iterator[int], seconds: float, paid: list[int]) -> list[float]:
    """Seconds of each settlement, `CONNECTIONS` of them side by side; amounts are added to `paid`."""
    spent: list[float] = []
    deadline = time.perf_counter() + seconds

    async def run() -> None:
        async with connect(kerb.settings.api_url) as connection:
            while (begun := time.perf_counter()) < deadline:
                paid.append(await _settle(kerb, connection, next(numbers)))
                spent.append(time.perf_counter() - begun)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(run())
    return spent


async def _settle(kerb: Kerb, connection: Connection, number: int) -> int:
    """Quote and payment of one stay; the amount in minor units."""
    if number > len(kerb.spaces):
        raise SettlementFailedError("the stays ran out; measure for a shorter time")
    wish = {"space": kerb.spaces[number - 1], "start": kerb.start.isoformat(), "end": kerb.end.isoformat()}
    quote = _told(await connection.ask(_request(kerb, "/v1/quotes", wish)), 200)
    order = {
        "session": f"stay-{number}",
        "amount": quote["fee"],
        "method": "cash",
        "paid_at": utc_now().isoformat(),
    }
    payment = _told(await connection.ask(_request(kerb, "/v1/payments", order, idempotency_key=f"pay-{number}")), 201)
    if payment["state"] != "paid":
        raise SettlementFailedError(f"after its payment the bill is {payment['state']}")
    return int(quote["fee"]["amount"])


def _request(kerb: Kerb, path: str, body: object, *, idempotency_key: str | None = None) -> bytes:
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    url = f"{kerb.settings.api_url}{path}"
    return request_bytes(url, method="POST", key=kerb.key, body=msgspec.json.encode(body), headers=headers)


def _told(answer: Answer, status: int) -> dict[str, Any]:
    if answer.status != status:
        raise SettlementFailedError(f"answered {answer.status}: {answer.body.decode(errors='replace')[:300]}")
    told: dict[str, Any] = msgspec.json.decode(answer.body)
    return told


async def _check(kerb: Kerb, paid: list[int]) -> None:
    """What was answered as paid lies in the drawer, and the books balance."""
    database = Database(open_engine(kerb.settings.required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            trial = await journal.trial_balance(session)
    finally:
        await database.close()
    drawer = trial.get(("cash/T-BENCH", "CNY"), 0)
    if sum(trial.values()) != 0 or drawer != sum(paid):
        raise SettlementFailedError(f"{len(paid)} payments of {sum(paid)} in all left {drawer} in the drawer")
