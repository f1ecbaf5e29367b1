"""What a running process and its Redis hold, read from outside."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from redis import Redis  # noqa: TID251 - called in a thread, on a server that is not served
from redis.exceptions import ResponseError

_MB = 1024 * 1024
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_BAD_LEVELS = {"error", "critical"}
_SCAN = 500


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process at a moment; from /proc."""

    resident_mb: float
    files: int
    """Open file descriptors."""
    threads: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class RedisState:
    """A Redis at a moment."""

    used_mb: float
    """All that it holds, with its own needs."""
    capped_mb: float
    """Keys of an account, which have a cap of their own: journal, statistics, revisions …"""
    conversation_keys: int
    other_keys: int

    @property
    def conversations_mb(self) -> float:
        """What is left: conversations, and what Redis needs for itself."""
        return self.used_mb - self.capped_mb


def read_process(pid: int) -> ProcessState:
    """Return a process's state.

    Raises:
        FileNotFoundError: It has ended.
    """
    folder = Path(f"/proc/{pid}")
    status = dict(
        line.split(":", 1) for line in (folder / "status").read_text("utf-8").splitlines()
    )
    fields = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
    return ProcessState(
        int(status["VmRSS"].split()[0]) / 1024,
        len(os.listdir(folder / "fd")),
        int(status["Threads"]),
        (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
    )


def read_redis(client: Redis) -> RedisState:
    """Return the state of a Redis with the keys of this program only.

    Args:
        client: With a socket timeout.

    Raises:
        redis.RedisError: It does not answer.
    """
    conversations, others = 0, []
    for key in client.scan_iter(count=_SCAN):
        if b"{" in key and b":" in key.partition(b"{")[2].partition(b"}")[0]:
            conversations += 1
        else:
            others.append(key)
    capped = sum(client.memory_usage(key) or 0 for key in others)
    used = int(client.info("memory")["used_memory"])
    return RedisState(used / _MB, capped / _MB, conversations, len(others))


def expire_idle(client: Redis, idle_s: float) -> int:
    """Let the conversations end that nobody has used for so long; returns how many keys.

    A day passes for them: their keys run out in Redis as those of a parent do who never comes back.
    """
    idle = []
    for key in client.scan_iter(match=b"yb:{*:*}:*", count=_SCAN):
        try:
            if (client.object("idletime", key) or 0) >= idle_s:
                idle.append(key)
        except ResponseError:  # gone since
            continue
    with client.pipeline(transaction=False) as pipeline:
        for key in idle:
            pipeline.pexpire(key, 1)
        pipeline.execute()
    return len(idle)


def bad_lines(log: str) -> list[str]:
    """Return the lines of a JSON log that tell of an error, and those that are none of its own."""
    found = []
    for line in _ANSI.sub("", log).splitlines():
        if not line.strip():
            continue
        try:
            level = json.loads(line).get("level", "")
        except (ValueError, AttributeError):
            found.append(line)
            continue
        if level in _BAD_LEVELS:
            found.append(line)
    return found
