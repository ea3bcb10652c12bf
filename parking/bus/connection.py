"""Opens clients of the Redis-protocol server; whoever opens one closes it."""

import asyncio
from collections.abc import Iterable
from typing import Final

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import Connection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.typing import EncodableT

from parking.bus.cluster import ClusterRedis
from parking.bus.cluster_address import cluster_address
from parking.bus.replicas import ServerRedis

OUTAGES: Final = (RedisError, OSError, TimeoutError)
"""What a command raises while the server cannot be reached."""
SOCKET_TIMEOUT_S: Final = 5.0
"""Longer than any wait inside the server that a reader asks for."""


MOST_CONNECTIONS: Final = 1000
"""Of one process. Every shard and every consumer waits on a connection of its own, and the client's 100 were not enough for a
worker of all roles: whoever came then was told that the live store is away. A server takes 10,000 unless set otherwise."""


class PromptConnection(Connection):
    """Sends without `asyncio.wait_for`, which before Python 3.12 drops a cancellation that meets the end of its wait:
    a task stopped at that moment would go on for ever.

    Commands are packed by the parser's own library: a batch of the engine has ten thousand arguments, of which each
    costs the client's packer a microsecond.
    """

    def pack_command(self, *args: EncodableT) -> list[bytes]:
        name, *rest = args
        words = name.split() if isinstance(name, (str, bytes)) else (name,)
        return [hiredis.pack_command((*words, *rest))]

    async def send_packed_command(
        self,
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,  # noqa: FBT001, FBT002 - as inherited
    ) -> None:
        timeout, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(timeout):
                await super().send_packed_command(command, check_health)
        except TimeoutError as error:
            await self.disconnect(nowait=True)
            raise RedisTimeoutError("Timeout writing to socket") from error
        finally:
            self.socket_timeout = timeout


def open_redis(redis_url: str, *, replicas: int = 0) -> Redis:
    """A client whose answers are bytes. It never repeats a command by itself: an append may have happened.

    An address that says `?cluster=true` is a cluster, and may name several of its nodes, with commas. `replicas`: how many
    must have what must not be lost (`parking.bus.replicas`). Raises `RedisAddressError`.
    """
    address = cluster_address(redis_url)
    client: ServerRedis | ClusterRedis
    if address is None:
        client = _open_one(redis_url)
    else:
        client = ClusterRedis(address.seeds, lambda node: _open_one(address.of_node(node)))
    client.replicas = replicas
    return client


async def servers_of(redis: Redis) -> list[Redis]:
    """The servers that take writes, for questions that each answers about itself (`INFO`, `CONFIG`)."""
    return await redis.routes.primaries() if isinstance(redis, ClusterRedis) else [redis]


def _open_one(redis_url: str) -> ServerRedis:
    pool = ConnectionPool.from_url(
        redis_url,
        connection_class=PromptConnection,
        max_connections=MOST_CONNECTIONS,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 0),
    )
    return ServerRedis.from_pool(pool)  # type: ignore[return-value]  # it answers the class that it is asked of
