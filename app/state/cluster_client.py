"""A client of a Redis Cluster that bears what clusters go through: failovers, slots on their way.

redis-py's own closes all connections under other commands where one is refused, sends the first
commands of a process to any node, and asks nodes for slots on their way to them on two connections
where Redis wants one. Seen with redis-py 8.1, and in `tests/state/test_cluster_client.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, cast

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterNode, ClusterPipeline
from redis.exceptions import ClusterDownError, ClusterError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

_IN_TIME_S = 2.5
"""For a command, finding out who answers for it now included."""
_TRIES = 3
_PAUSE_S = 0.1
"""Between two tries: for a slot on its way."""

_SENDING: ContextVar[bool] = ContextVar("yibao_sending_to_cluster", default=False)


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Bound the block and raise what redis-py raises apart for clusters as its other errors."""
    try:
        async with asyncio.timeout(_IN_TIME_S):
            yield
    except TimeoutError as exc:
        raise RedisTimeoutError("the cluster did not answer in time") from exc
    except RedisClusterException as exc:  # no RedisError
        raise RedisConnectionError("no node of the cluster answers for this") from exc


@contextmanager
def _sending() -> Iterator[None]:
    """Tell calls from inside redis-py apart from those of others."""
    before = _SENDING.set(True)
    try:
        yield
    finally:
        _SENDING.reset(before)


class BoundedCluster(RedisCluster):
    """A cluster's client whose commands end in time and leave each other's connections alone."""

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as redis-py
        """Send as RedisCluster does; a RedisTimeoutError after `_IN_TIME_S` seconds."""
        async with _in_time():
            if self._initialize:
                # redis-py would choose a node before it looks at the cluster: any node.
                await self.initialize()
            failed: RedisError = RedisConnectionError("connections were closed under the command")
            for _ in range(_TRIES):
                try:
                    with _sending():
                        return await super().execute_command(*args, **kwargs)
                except AttributeError as exc:
                    # Another command closed the connection on which this one was about to write:
                    # nothing was sent.
                    if exc.obj is not None:
                        raise
                except ClusterDownError:
                    raise  # redis-py has waited and asked again
                except ClusterError as exc:
                    # Sent to and fro as often as redis-py does: some of the keys are here, some
                    # there. Nothing ran.
                    failed = exc
                    await asyncio.sleep(_PAUSE_S)
            raise failed

    async def initialize(self, *args: Any, **kwargs: Any) -> BoundedCluster:  # noqa: ANN401
        """Find out who answers for which slots, if that is not known."""
        async with _in_time():
            await super().initialize(*args, **kwargs)
        return self

    def get_node(
        self,
        host: str | None = None,
        port: int | None = None,
        node_name: str | None = None,
    ) -> ClusterNode | None:
        """Return a node by its address; a command under way gets the one that it has to ask."""
        if node_name is None or not _SENDING.get():
            return super().get_node(host, port, node_name)
        # Nobody knows a new node before it has its first slot.
        known = super().get_node(node_name=node_name) or self._met(node_name)
        return cast("ClusterNode", _AskedNode(known))

    def _met(self, name: str) -> ClusterNode:
        host, _, port = name.rpartition(":")
        manager = self.nodes_manager
        node = ClusterNode(
            host, int(port), "primary", **cast("dict[str, Any]", self.get_connection_kwargs())
        )
        manager.set_nodes(manager.nodes_cache, {name: node})
        return node

    async def aclose(self) -> None:
        """Close all connections, also those of a cluster that has to be looked at anew.

        redis-py calls it, too, where a command finds slots moved or without a master. Others are
        waiting for answers then: the cluster is looked at anew, but nothing is closed.
        """
        if _SENDING.get():
            self._initialize = True
            return
        await super().aclose()
        await self.nodes_manager.aclose()
        await self.nodes_manager.aclose("startup_nodes")

    def pipeline(
        self,
        transaction: bool | None = None,
        shard_hint: str | None = None,
    ) -> ClusterPipeline:
        """Return a pipeline with the same time limit."""
        return _BoundedPipeline(self, transaction)  # type: ignore[abstract]


class _BoundedPipeline(ClusterPipeline):
    async def execute(
        self,
        raise_on_error: bool = True,
        allow_redirections: bool = True,
    ) -> list[Any]:
        async with _in_time():
            with _sending():
                return await super().execute(raise_on_error, allow_redirections)


class _AskedNode:
    """A node that a slot is on its way to, as redis-py speaks to it: ASKING, then the command.

    Both go over one connection here. Source: cluster-spec, "ASK redirection".
    """

    def __init__(self, node: ClusterNode) -> None:
        self._node = node

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the node has
        return getattr(self._node, name)

    async def execute_command(self, *args: Any, asking: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401 - as redis-py
        if args == ("ASKING",):
            return b"OK"  # it goes with the command
        node = self._node
        connection = node.acquire_connection()
        try:
            await node.disconnect_if_needed(connection)
            await connection.send_packed_command(connection.pack_commands([("ASKING",), args]))
            await node.parse_response(connection, "ASKING")
            return await node.parse_response(connection, args[0], **kwargs)
        finally:
            try:
                await node.disconnect_if_needed(connection)
            finally:
                node.release(connection)
