"""Checks of what a failover of the live store could lose: replicas, primaries that are cut off, clocks, and the address itself."""

from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from api.doctor.finding import Finding, fail, ok, warn
from api.settings import REPLICAS
from parking.bus.cluster import ClusterRedis
from parking.bus.connection import servers_of
from parking.domain.clock import to_micros, utc_now

SUBJECT: Final = "live store"
LEAST_REPLICAS: Final = "min-replicas-to-write"
MOST_SKEW_S: Final = 0.5
"""Half of the shortest time in which a replica takes over: entries that it then writes must be later than what they follow."""


async def check_replicas(redis: Redis, wanted: int) -> list[Finding]:
    """`wanted` is the number that is waited for. Raises RedisError."""
    servers = await servers_of(redis)
    findings: list[Finding] = []
    for server in servers:
        about: Any = await server.info()
        if about.get("cluster_enabled") and not isinstance(redis, ClusterRedis):
            return [fail(SUBJECT, "is a cluster", "say so in its address: '?cluster=true'")]
        findings += await _check_primary(server, int(about.get("connected_slaves", 0)), wanted)
        seconds, micros = await server.time()
        skew_s = abs(to_micros(utc_now()) / 1e6 - seconds - micros / 1e6)
        if skew_s > MOST_SKEW_S:
            findings.append(
                warn(SUBJECT, f"a clock is {skew_s:.1f} s away from ours", "keep the clocks of all machines by NTP")
            )
    return findings


async def _check_primary(server: Redis, replicas: int, wanted: int) -> list[Finding]:
    if replicas < wanted:
        return [fail(SUBJECT, f"a primary has {replicas} replicas of {wanted}", f"add replicas, or lower {REPLICAS}")]
    if wanted:
        spare = replicas > wanted
        return [
            ok(SUBJECT, f"waits for {wanted} of {replicas} replicas")
            if spare
            else warn(
                SUBJECT,
                f"waits for {wanted} of {replicas} replicas",
                "one more, or readings are refused while one is away",
            )
        ]
    if not replicas:
        return []
    try:
        answer: Any = await server.config_get(LEAST_REPLICAS)
    except ResponseError:
        answer = {}
    least = next((int(value) for value in answer.values()), 0)
    return [
        ok(SUBJECT, f"{LEAST_REPLICAS} {least}")
        if least
        else warn(
            SUBJECT,
            "does not wait for replicas",
            f"set {REPLICAS}=1, or at least '{LEAST_REPLICAS} 1': docs/cluster.md",
        )
    ]
