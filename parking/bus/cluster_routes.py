"""Sends commands to the nodes of a cluster that serve their keys.

A command is sent again only where its node has refused it (MOVED, ASK): an append that may have happened is never repeated. Whatever
else fails is an outage to the caller, as with one server, and the table of slots is read anew before the next command.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import AskError, ClusterDownError, MovedError, ReadOnlyError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from parking.bus.slots import Address, SlotTable, key_of, slot_of
from parking.bus.waiting import checked, wait_for

Command = tuple[tuple[Any, ...], Mapping[str, Any]]
"""The words of a command, and what the client needs to read its answer."""

REDIRECTIONS: Final = 5
TELL_WITHIN_S: Final = 1.0
"""A node that does not tell the table in this time is not waited for: another one knows it, too."""
TABLE_AGE_S: Final = 1.0
"""After this the table is read anew beside the work: nobody then waits long for a node that hangs and was replaced."""
LEAST_AGE_S: Final = 0.1
"""Not more often than this, however many commands fail at once."""
_REPLACED: Final = (RedisConnectionError, RedisTimeoutError, ClusterDownError, ReadOnlyError, OSError, TimeoutError)
"""What a command meets when another node may serve its slot by now."""


class ClusterRoutes:
    """The nodes of one cluster, each with a client of its own; the table of slots begins with what a seed tells."""

    def __init__(self, seeds: Sequence[Address], open_node: Callable[[Address], Redis]) -> None:
        self._seeds = tuple(seeds)
        self._open_node = open_node
        self._nodes: dict[Address, Redis] = {}
        self._table: SlotTable | None = None
        self._told_at = 0.0
        self._is_doubtful = False
        self._reading = asyncio.Lock()
        self._beside: asyncio.Task[None] | None = None

    def node(self, address: Address) -> Redis:
        if address not in self._nodes:
            self._nodes[address] = self._open_node(address)
        return self._nodes[address]

    async def primaries(self) -> list[Redis]:
        return [self.node(address) for address in sorted((await self._newest_table()).primaries)]

    async def aclose(self) -> None:
        if self._beside is not None:
            self._beside.cancel()
            await asyncio.wait([self._beside])
        for node in self._nodes.values():
            await node.aclose()

    async def command(self, words: Sequence[Any], options: dict[str, Any]) -> Any:  # noqa: ANN401 - as the command answers
        """Raises RedisError, as the client of one server does."""
        slot = slot_of(key_of(words))
        address = await self._primary(slot)
        for _ in range(REDIRECTIONS):
            try:
                return await self.node(address).execute_command(*words, **options)  # type: ignore[no-untyped-call]
            except MovedError as moved:
                address = await self._moved(moved, slot)
            except AskError as ask:
                return await self._asking((ask.host, ask.port), (tuple(words), options), 0)
            except _REPLACED:
                self._is_doubtful = True
                raise
        raise ClusterDownError(f"slot {slot} is moved about")

    async def apart(self, commands: Sequence[Command], replicas: int) -> list[Any]:
        """The answer to each command, or its error; in order for each slot. Raises RedisError when a node is away.

        Each node's part waits for so many of its replicas.
        """
        answers: list[Any] = [None] * len(commands)
        left = list(range(len(commands)))
        for _ in range(REDIRECTIONS):
            by_node: dict[Address, list[int]] = {}
            for place in left:
                by_node.setdefault(await self._primary(slot_of(key_of(commands[place][0]))), []).append(place)
            parts = [
                self._send_waiting(address, [commands[at] for at in places], replicas)
                for address, places in by_node.items()
            ]
            sent = await asyncio.gather(*parts, return_exceptions=True)
            for places, found in zip(by_node.values(), sent, strict=True):
                if isinstance(found, BaseException):
                    raise found
                for place, answer in zip(places, found, strict=True):
                    answers[place] = answer
            left = await self._redirected(commands, answers, left, replicas)
            if not left:
                break
        return answers

    async def together(self, commands: Sequence[Command]) -> list[Any]:
        """A transaction on one slot, whole or not at all."""
        slots = {slot_of(key_of(words)) for words, _ in commands}
        if len(slots) != 1:
            raise ClusterDownError(f"a transaction touches {len(slots)} slots")
        (slot,) = slots
        address = await self._primary(slot)
        for _ in range(REDIRECTIONS):
            try:
                return await self._send(address, commands, transaction=True)
            except MovedError as moved:
                address = await self._moved(moved, slot)
        raise ClusterDownError(f"slot {slot} is moved about")

    async def _send(self, address: Address, commands: Sequence[Command], *, transaction: bool = False) -> list[Any]:
        try:
            async with self.node(address).pipeline(transaction=transaction) as pipeline:
                pipeline.command_stack = list(commands)
                answers: list[Any] = await pipeline.execute(raise_on_error=False)
        except _REPLACED:
            self._is_doubtful = True
            raise
        self._is_doubtful = self._is_doubtful or any(isinstance(answer, _REPLACED) for answer in answers)
        return answers

    async def _send_waiting(self, address: Address, commands: Sequence[Command], replicas: int) -> list[Any]:
        if not replicas:
            return await self._send(address, commands)
        return checked(await self._send(address, [*commands, (wait_for(replicas), {})]), replicas)

    async def _redirected(
        self, commands: Sequence[Command], answers: list[Any], left: Iterable[int], replicas: int
    ) -> list[int]:
        """Which commands are still to be sent, because their slot is elsewhere."""
        again: list[int] = []
        for place in left:
            answer = answers[place]
            if isinstance(answer, MovedError):
                await self._moved(answer, answer.slot_id)
                again.append(place)
            elif isinstance(answer, AskError):
                answers[place] = await self._asking((answer.host, answer.port), commands[place], replicas)
        return again

    async def _moved(self, moved: MovedError, slot: int) -> Address:
        """Believe the node that says who serves the slot; the whole table is read anew as well."""
        table = await self._newest_table()
        if moved.host and table.by_slot[slot] != (moved.host, moved.port):
            self._table = table.with_primary(slot, (moved.host, moved.port))
            self._is_doubtful = True
        elif not moved.host:
            await self.read_table()
        return await self._primary(slot)

    async def _asking(self, address: Address, command: Command, replicas: int) -> Any:  # noqa: ANN401 - as it answers
        """Once, of a node to which the slot is being moved."""
        answers = await self._send_waiting(address, [(("ASKING",), {}), command], replicas)
        if isinstance(answers[1], RedisError):
            raise answers[1]
        return answers[1]

    async def _primary(self, slot: int) -> Address:
        return (await self._newest_table()).primary(slot)

    async def _newest_table(self) -> SlotTable:
        age_s = asyncio.get_running_loop().time() - self._told_at
        if self._table is None or (self._is_doubtful and age_s > LEAST_AGE_S):
            return await self.read_table()
        if age_s > TABLE_AGE_S and (self._beside is None or self._beside.done()):
            self._beside = asyncio.create_task(self._read_beside())
        return self._table

    async def _read_beside(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self.read_table()

    async def read_table(self) -> SlotTable:
        """Ask the nodes one after the other; raises RedisError when none of them answers."""
        before = self._told_at
        async with self._reading:
            if self._table is not None and self._told_at != before:
                return self._table
            known = [] if self._table is None else [*self._table.primaries, *self._table.replicas]
            reason: Exception | None = None
            for address in (*random.sample(known, len(known)), *self._seeds):
                try:
                    async with asyncio.timeout(TELL_WITHIN_S):
                        rows = await self.node(address).execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]
                except (RedisError, OSError, TimeoutError) as error:
                    reason = error
                    continue
                self._table = SlotTable.told(rows, address)
                self._told_at = asyncio.get_running_loop().time()
                self._is_doubtful = False
                return self._table
            raise RedisConnectionError(f"no node of the cluster answers: {reason}")
