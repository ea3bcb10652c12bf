"""A real cluster on loopback: three primaries, each with a replica, that notice a dead node within a second."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.embedded.folder import DataFolder, free_port
from api.embedded.valkey import ValkeyServer
from parking.bus.slots import SLOT_COUNT, slot_of

PRIMARIES: Final = 3
NODE_TIMEOUT_MS: Final = 1000
WITHIN_S: Final = 60.0
PASSWORD: Final = "cluster-of-tests"


class Cluster:
    """Nodes 0 to 2 begin as primaries, 3 to 5 as their replicas; after a failover they may have changed places."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folders = ExitStack()
        self.nodes: list[ValkeyServer] = []

    @property
    def url(self) -> str:
        seeds = ",".join(f"127.0.0.1:{node.listening_port}" for node in self.nodes)
        return f"redis://:{PASSWORD}@{seeds}/?cluster=true"

    async def start(self) -> None:
        for number in range(2 * PRIMARIES):
            folder = self._folders.enter_context(DataFolder(self._path / f"node-{number}"))
            folder.remember("valkey_password", PASSWORD)
            self.nodes.append(ValkeyServer(folder, _settings()))
        for node in self.nodes:
            await node.start()
        await self._meet()
        await self._until(self._is_whole)

    async def stop(self) -> None:
        for node in self.nodes:
            await node.stop()
        self._folders.close()

    async def ask(self, number: int, *words: str | int) -> Any:  # noqa: ANN401 - as the node answers
        async with Redis.from_url(self.nodes[number].url) as client:
            return await client.execute_command(*words)  # type: ignore[no-untyped-call]

    async def primaries(self) -> list[int]:
        """The numbers of the nodes that serve slots now, as far as they answer."""
        found = []
        for number in range(len(self.nodes)):
            try:
                role: list[Any] = await self.ask(number, "ROLE")
            except (RedisError, OSError):
                continue
            if role[0] == b"master":
                found.append(number)
        return found

    async def primary_of(self, key: str) -> int:
        """The number of the node that serves the key."""
        return (await self._serving(key))[0]

    async def replica_of(self, key: str) -> int:
        """The number of the replica of the node that serves the key."""
        return (await self._serving(key))[1]

    async def _serving(self, key: str) -> list[int]:
        """Primary and replica of a key, by their numbers."""
        slot = slot_of(key)
        table: list[Any] = await self.ask((await self.primaries())[0], "CLUSTER", "SLOTS")
        nodes = next(nodes for first, last, *nodes in table if first <= slot <= last)
        ports = [node.listening_port for node in self.nodes]
        return [ports.index(node[1]) for node in nodes]

    async def empty(self) -> None:
        for number in await self.primaries():
            await self.ask(number, "FLUSHALL")
            await self.ask(number, "SCRIPT", "FLUSH")

    async def until_whole(self) -> None:
        """Every slot is served and every primary has its replica."""
        await self._until(self._is_whole)

    async def _meet(self) -> None:
        ports = [(node.listening_port, int(node.extra["cluster-port"])) for node in self.nodes]
        share = SLOT_COUNT // PRIMARIES + 1
        for number in range(PRIMARIES):
            last = min((number + 1) * share, SLOT_COUNT) - 1
            await self.ask(number, "CLUSTER", "ADDSLOTSRANGE", number * share, last)
        for number, (port, bus) in enumerate(ports):
            await self.ask(number, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number:
                await self.ask(0, "CLUSTER", "MEET", "127.0.0.1", port, bus)
        names = [(await self.ask(number, "CLUSTER", "MYID")).decode() for number in range(len(ports))]
        for number in range(PRIMARIES, len(ports)):
            primary = names[number - PRIMARIES]

            async def is_known(number: int = number, primary: str = primary) -> bool:
                return primary in (await self.ask(number, "CLUSTER", "NODES")).decode()

            await self._until(is_known)
            await self.ask(number, "CLUSTER", "REPLICATE", primary)

    async def _is_whole(self) -> bool:
        for number in range(len(self.nodes)):
            try:
                state: bytes = await self.ask(number, "CLUSTER", "INFO")
                role: list[Any] = await self.ask(number, "ROLE")
            except (RedisError, OSError):
                return False
            if b"cluster_state:ok" not in _text(state) or b"cluster_known_nodes:6" not in _text(state):
                return False
            is_linked = len(role[2]) == 1 if role[0] == b"master" else role[3] == b"connected"
            if not is_linked:
                return False
        return len(await self.primaries()) == PRIMARIES

    async def _until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not await condition():
                await asyncio.sleep(0.02)


def _settings() -> dict[str, str]:
    return {
        "cluster-enabled": "yes",
        "cluster-config-file": "nodes.conf",
        "cluster-node-timeout": str(NODE_TIMEOUT_MS),
        "cluster-port": str(free_port()),
        "cluster-replica-validity-factor": "0",
        "masterauth": PASSWORD,
        "repl-diskless-sync-delay": "0",
        "repl-ping-replica-period": "1",
    }


def _text(answer: Any) -> bytes:  # noqa: ANN401 - bytes, or what the client made of them
    return answer if isinstance(answer, bytes) else repr(answer).encode()
