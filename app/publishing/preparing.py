"""Checks and learns a content folder in a process of its own: `yibao prepare`.

Learning takes tens of seconds of pure computing; in this process every parent would wait for it.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from app.errors import PublishingError
from app.state.keeper import try_lock

_TIMEOUT_S = 900.0
"""The content that ships takes 40 s; ten times as much content on a busy machine takes this."""
_LOCK_S = 0.1
_NICENESS = 10
"""The processor is for parents first."""
_MOST_LINES = 50
_PROJECT = Path(__file__).resolve().parents[2]
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


async def prepare(
    folder: Path, var_dir: Path, environment: Mapping[str, str], timeout_s: float = _TIMEOUT_S
) -> None:
    """Check the content of `folder` and learn its matchers into the cache of `var_dir`.

    Args:
        folder: A content root that nobody writes meanwhile; absolute.
        var_dir: Holds the cache; absolute.
        environment: Further variables of the process.
        timeout_s: After so long it is ended.

    Raises:
        PublishingError: The content is wrong; the text lists the problems with file and line. Or
            it took too long.
        OSError: `var_dir` cannot be written.
    """
    lock = await _locked(var_dir)
    try:
        await _run(folder, var_dir, environment, timeout_s)
    finally:
        os.close(lock)


async def _locked(var_dir: Path) -> int:
    """Wait until no other process learns into this cache: what it learned is then there."""
    path = var_dir / "content" / "prepare.lock"
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    while (lock := try_lock(path)) is None:  # noqa: ASYNC110 - it is another process's lock
        await asyncio.sleep(_LOCK_S)
    return lock


async def _run(
    folder: Path, var_dir: Path, environment: Mapping[str, str], timeout_s: float
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "prepare",
        cwd=_PROJECT,
        env={
            **os.environ,
            **environment,
            "YIBAO_CONTENT_DIR": str(folder),
            "YIBAO_VAR_DIR": str(var_dir),
            "NO_COLOR": "1",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    with suppress(OSError):  # it may have ended, or the system may not allow it: a mere courtesy
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
    try:
        async with asyncio.timeout(timeout_s):
            _, said = await process.communicate()
    except TimeoutError as error:
        raise PublishingError(f"检查和学习内容超过了 {timeout_s:g} 秒，没有采用") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = _COLOURS.sub("", said.decode(errors="replace")).strip().splitlines()
        raise PublishingError("\n".join(lines[:_MOST_LINES]) or "检查内容的进程意外结束")
