"""Long work in a process of its own: the event loop stays free, and cancelling really stops it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar, cast

import anyio

from app.errors import AppError, ConsoleError

T = TypeVar("T")
Report = Callable[[int, int], None]

_POLL_S = 0.1
_GRACE_S = 2.0


async def run_apart(work: Callable[[Report], T], progress: Report) -> T:
    """Return what `work` returns in a fresh process.

    Args:
        work: Picklable with its arguments (a function of a module in `functools.partial`), as is
            its result; is given a function to report steps with.
        progress: Told the steps, on the event loop.

    Raises:
        ConsoleError: It failed, or its process died; carries what it said.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, sender), daemon=True)
    await anyio.to_thread.run_sync(process.start)
    sender.close()
    try:
        while True:
            if not receiver.poll() and process.is_alive():
                await anyio.sleep(_POLL_S)
                continue
            # A large result is longer than the pipe: reading waits for the other process.
            kind, value = await anyio.to_thread.run_sync(_receive, receiver)
            if kind == "done":
                return cast("T", value)
            if kind == "failed":
                raise ConsoleError(f"没有算完：{value} → 请再试一次；还不行就看服务日志")
            progress(*cast("tuple[int, int]", value))
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_end, process)
        receiver.close()


def _receive(receiver: Connection) -> tuple[str, object]:
    try:
        kind, value = receiver.recv()
    except EOFError:
        return "failed", "计算进程中途停了（可能是内存不够）"
    return str(kind), value


def _run(work: Callable[[Report], object], sender: Connection) -> None:
    """Stand in the other process; an unforeseen error ends it, with its trace in the log."""
    try:
        result = work(lambda done, total: sender.send(("step", (done, total))))
    except AppError as error:
        sender.send(("failed", str(error)))
    else:
        sender.send(("done", result))


def _end(process: multiprocessing.process.BaseProcess) -> None:
    if process.is_alive():
        process.terminate()
        process.join(_GRACE_S)
    if process.is_alive():
        process.kill()
    process.join()
