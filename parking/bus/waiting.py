"""The command that waits for replicas, and what its answer means."""

from collections.abc import Sequence
from typing import Any, Final

from redis.exceptions import RedisError

WAIT_MS: Final = 1000
"""A replica that is well answers in a few milliseconds; whoever writes is told within this time that none does."""


class ReplicasBehindError(RedisError):
    """Too few replicas have what was written: an outage to whoever wrote, though it may well be there."""


def wait_for(replicas: int) -> tuple[str, int, int, int]:
    """Until the server and so many of its replicas have on their disks what this connection has written."""
    return ("WAITAOF", 1, replicas, WAIT_MS)


def checked(answers: Sequence[Any], replicas: int) -> list[Any]:
    """The answers without the last one, which is that of the wait; raises `ReplicasBehindError`, or what it was refused with."""
    *others, waited = answers
    if isinstance(waited, Exception):
        raise waited
    local, reached = waited
    if local < 1 or reached < replicas:
        raise ReplicasBehindError(f"{reached} of {replicas} replicas have what was written")
    return others
