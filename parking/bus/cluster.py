"""A cluster behind the client of one server: whoever uses it need not know that there are several."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError

from parking.bus.cluster_routes import ClusterRoutes
from parking.bus.slots import Address
from parking.bus.standing_reads import StandingReads


class ClusterRedis(Redis):
    """Commands of one key or of keys of one slot, pipelines over any slots, transactions and scripts on one."""

    replicas: int = 0
    """How many replicas of each node must have on their disks what is written by `replicated`."""

    def __init__(self, seeds: Sequence[Address], open_node: Callable[[Address], Redis]) -> None:
        self.routes = ClusterRoutes(seeds, open_node)
        self.standing_reads = StandingReads()
        super().__init__(connection_pool=self.routes.node(seeds[0]).connection_pool)

    async def execute_command(self, *words: Any, **options: Any) -> Any:  # noqa: ANN401 - as inherited
        return await self.routes.command(words, options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:  # noqa: FBT001, FBT002 - as inherited
        del shard_hint
        return ClusterPipeline(self, is_transaction=transaction)

    def register_script(self, script: Any) -> Any:  # noqa: ANN401 - as inherited
        return ClusterScript(self, script)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - as inherited
        del close_connection_pool
        await self.standing_reads.aclose()
        await self.routes.aclose()


class ClusterPipeline(Pipeline):
    """Goes in parts to the nodes that serve the keys; only a transaction is whole, and that is of one slot."""

    def __init__(self, cluster: ClusterRedis, *, is_transaction: bool) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, is_transaction, None)
        self._routes = cluster.routes
        self.replicas = 0
        """On how many replicas of each node the writes must stand before `execute` returns."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002 - as inherited
        stack = self.command_stack
        if not stack:
            return []
        try:
            if self.is_transaction:
                answers = await self._routes.together(stack)
            else:
                answers = await self._routes.apart(stack, self.replicas)
        finally:
            await self.reset()  # type: ignore[no-untyped-call]
        if raise_on_error:
            self.raise_first_error(stack, answers)
        return answers


class ClusterScript(AsyncScript):
    """Sent whole to a node that does not know it yet, as a replica that was promoted does not."""

    async def __call__(
        self,
        keys: Sequence[Any] | None = None,
        args: Iterable[Any] | None = None,
        client: Any = None,  # noqa: ANN401 - as inherited
    ) -> Any:  # noqa: ANN401 - as the script answers
        speaker: Any = client or self.registered_client
        words = (*(keys or ()), *(args or ()))
        try:
            return await speaker.evalsha(self.sha, len(keys or ()), *words)
        except NoScriptError:
            return await speaker.eval(self.script, len(keys or ()), *words)
