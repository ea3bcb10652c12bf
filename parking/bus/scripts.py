"""How the bus speaks to Redis: its Lua scripts, each on the keys of one partition only, and plain commands."""

from importlib.resources import files
from typing import Any, Protocol

from redis.asyncio import Redis


class Script(Protocol):
    """A script that the client loads again by itself where a restarted server has forgotten it."""

    async def __call__(self, keys: list[str], args: list[str | bytes | int]) -> Any:  # noqa: ANN401 - a Redis answer
        """Raises RedisError."""


async def ask(redis: Redis, *words: str | bytes | int) -> Any:  # noqa: ANN401 - a Redis answer
    """Send a command whose answer is bytes, as every client of the bus is opened; raises RedisError."""
    return await redis.execute_command(*words)  # type: ignore[no-untyped-call]  # the client leaves it untyped


class Scripts:
    """One attribute per file in `lua/`; `publish` is the text, for pipelines."""

    def __init__(self, redis: Redis) -> None:
        def source(name: str) -> str:
            return (files("parking.bus") / "lua" / f"{name}.lua").read_text()

        def load(name: str) -> Script:
            script: Script = redis.register_script(source(name))
            return script

        self.publish = source("publish")
        self.take = load("take")
        self.reclaim = load("reclaim")
        self.finish = load("finish")
        self.set_aside = load("set_aside")
        self.aside = load("aside")
        self.beat = load("beat")
        self.renew = load("renew")
        self.release = load("release")
