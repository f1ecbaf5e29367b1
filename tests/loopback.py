"""A real server on loopback for a test: uvicorn in a thread, on a free port."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn

_START_S = 10


@contextlib.contextmanager
def serving_at(app: Any, **options: Any) -> Iterator[int]:
    """Serve an ASGI application while the block runs; yields the port.

    `options` go to `uvicorn.Config`.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, **{"log_level": "critical", "timeout_graceful_shutdown": 1, **options})
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + _START_S
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(_START_S)
        listener.close()
        assert not thread.is_alive()
