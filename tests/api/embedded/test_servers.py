"""The embedded servers answer, ask for a password, and keep what they were given over kills and restarts."""

from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError
from sqlalchemy import text

from api.embedded.mqtt import MqttBroker, probe_mqtt
from parking.db.unit_of_work import Database

pytestmark = pytest.mark.service


async def test_database_is_migrated_and_empty_when_a_test_asks_for_one(database: Database) -> None:
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM space"))).scalar_one() == 0


async def test_live_store_flushes_every_write_when_it_runs(redis: Redis) -> None:
    wanted = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
    assert {name: (await redis.config_get(name))[name] for name in wanted} == wanted


async def test_servers_refuse_when_the_password_is_wrong(database_url: str, redis_url: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(_with_wrong_password(database_url))
    async with Redis.from_url(_with_wrong_password(redis_url)) as client:
        with pytest.raises(AuthenticationError):
            await client.ping()


def _with_wrong_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}"))


async def test_broker_refuses_when_the_password_is_wrong(mqtt_broker: MqttBroker) -> None:
    await mqtt_broker.probe()
    with pytest.raises(ConnectionRefusedError, match="refused"):
        await probe_mqtt("127.0.0.1", mqtt_broker.listening_port, "parking", "wrong")
