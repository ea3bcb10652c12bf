"""Checks of the three servers: reachable, new enough, and set so that nothing acknowledged can be lost."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from api import schema
from api.doctor.backlog import check_backlog
from api.doctor.finding import Finding, fail, ok, warn
from api.doctor.replicas import check_replicas
from api.embedded.mqtt import probe_mqtt
from api.embedded.valkey import DURABLE
from api.settings import DATABASE_URL, MQTT_URL, REDIS_URL, Settings
from parking.bus.connection import open_redis, servers_of
from parking.domain.errors import UnavailableError

WITHIN_S: Final = 5.0
OLDEST_POSTGRES: Final = 15
OLDEST_REDIS: Final = (7, 2)
EXTENSION: Final = "btree_gist"
MUST_BE_SET: Final = ("appendonly", "appendfsync", "maxmemory-policy")
DEFAULT_MQTT_PORTS: Final[Mapping[str, int]] = {"mqtt": 1883, "mqtts": 8883}
UNREACHABLE: Final = (OSError, TimeoutError, asyncpg.PostgresError, RedisError, UnavailableError, ValueError)


async def check_addresses(settings: Settings) -> list[Finding]:
    """Ask the servers side by side; one that is not set is no fault, because `parking up` starts its own."""
    checks = (
        _checked("database", DATABASE_URL, settings.database_url, check_database),
        _checked("live store", REDIS_URL, settings.redis_url, partial(check_live_store, replicas=settings.replicas)),
        _checked("MQTT", MQTT_URL, settings.mqtt_url, check_mqtt),
    )
    return [finding for findings in await asyncio.gather(*checks) for finding in findings]


async def _checked(
    subject: str, name: str, url: str | None, check: Callable[[str], Awaitable[list[Finding]]]
) -> list[Finding]:
    if url is None:
        return [ok(subject, f"{name} is not set and nothing runs here; 'parking up' starts a server of its own")]
    try:
        async with asyncio.timeout(WITHIN_S):
            return await check(url)
    except UNREACHABLE as error:
        reason = str(error) or type(error).__name__
        return [fail(subject, f"{_without_secret(url)}: {reason}", f"check the server and {name}")]


async def check_database(url: str) -> list[Finding]:
    connection = await asyncpg.connect(url)
    try:
        version = connection.get_server_version()
        available = await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = $1", EXTENSION)
        present = await schema.present_revision(connection)
        read_only = await connection.fetchval("SHOW transaction_read_only")
    finally:
        await connection.close()
    newest = schema.newest_revision()
    return [
        ok("database", f"PostgreSQL {version.major}.{version.micro} answers")
        if version.major >= OLDEST_POSTGRES
        else fail("database", f"PostgreSQL {version.major}", f"use {OLDEST_POSTGRES} or later"),
        ok("database", f"extension {EXTENSION} is there")
        if available
        else fail("database", f"no extension {EXTENSION}", "install PostgreSQL's contrib package"),
        ok("database", f"schema at revision {present}")
        if present == newest
        else fail("database", f"schema at revision {present}, not {newest}", "run 'parking migrate'"),
        ok("database", "takes writes")
        if read_only == "off"
        else fail("database", "takes no writes", "promote the standby, or set default_transaction_read_only to off"),
    ]


async def check_live_store(url: str, replicas: int = 0) -> list[Finding]:
    """Each server of it, and then what waits in it."""
    redis = open_redis(url)
    try:
        servers = await servers_of(redis)
        findings = [finding for server in servers for finding in await _check_server(server)]
        findings += await check_replicas(redis, replicas)
    finally:
        await redis.aclose()
    return [*dict.fromkeys(findings), *await check_backlog(url)]


async def _check_server(server: Redis) -> list[Finding]:
    version = str((await server.info("server"))["redis_version"])
    findings = [
        ok("live store", f"answers, level of Redis {version}")
        if tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_REDIS
        else fail("live store", f"Redis {version}", "use Redis 7.2 or Valkey 8 or later")
    ]
    for name in MUST_BE_SET:
        try:
            answer: Any = await server.config_get(name)
        except ResponseError:
            findings.append(warn("live store", f"does not tell {name}", f"make sure that it is {DURABLE[name]}"))
            continue
        value = next((text.decode() if isinstance(text, bytes) else text for text in answer.values()), "")
        findings.append(
            ok("live store", f"{name} {value}")
            if value == DURABLE[name]
            else fail("live store", f"{name} is {value}", f"set '{name} {DURABLE[name]}': readings could be lost")
        )
    return findings


async def check_mqtt(url: str) -> list[Finding]:
    address = urlsplit(url)
    if address.scheme not in DEFAULT_MQTT_PORTS or address.hostname is None:
        return [fail("MQTT", f"{MQTT_URL} is no address", "write mqtt://user:password@host:port")]
    await probe_mqtt(
        address.hostname,
        address.port or DEFAULT_MQTT_PORTS[address.scheme],
        unquote(address.username or ""),
        unquote(address.password or ""),
        tls=address.scheme == "mqtts",
    )
    return [ok("MQTT", f"{_without_secret(url)} accepts us")]


def _without_secret(url: str) -> str:
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"
