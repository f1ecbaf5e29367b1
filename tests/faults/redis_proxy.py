"""A line to Redis that can be slow or dead, between two Unix sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class RedisProxy:
    """Forwards bytes; `delay_s` before each answer, nothing at all while `hangs`."""

    def __init__(self, upstream: Path, listen: Path) -> None:
        self._upstream = upstream
        self._listen = listen
        self.url = f"unix://{listen}"
        self.delay_s = 0.0
        self.hangs = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RedisProxy]:
        tasks: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with suppress(OSError, asyncio.CancelledError):
                await self._forward(reader, writer)
            writer.close()

        server = await asyncio.start_unix_server(accept, str(self._listen))
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        down_reader, down_writer = await asyncio.open_unix_connection(str(self._upstream))

        async def requests() -> None:
            while data := await reader.read(65536):
                down_writer.write(data)

        async def answers() -> None:
            while data := await down_reader.read(65536):
                await asyncio.sleep(self.delay_s)
                while self.hangs:  # noqa: ASYNC110 - set from outside
                    await asyncio.sleep(0.05)
                writer.write(data)

        try:
            async with asyncio.TaskGroup() as group:
                both = [group.create_task(requests()), group.create_task(answers())]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                for task in both:
                    task.cancel()
        finally:
            down_writer.close()
