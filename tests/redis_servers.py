"""Real Redis servers on loopback: one with sentinels, and a cluster, to be killed by tests.

All of them are killed when the ExitStack they were given is closed.
"""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self

from redis.exceptions import RedisError

from app.state.embedded import find_server

_START_S = 30.0
_BUS = 10_000
"""Source: cluster-spec, the bus port is the port plus 10000."""


class Server:
    """One process of redis-server."""

    def __init__(self, stack: ExitStack, folder: Path, *options: str, sentinel: str = "") -> None:
        self._stack = stack
        self.port = free_port()
        self._folder = folder / str(self.port)
        self._folder.mkdir()
        self._options = options
        self._sentinel = sentinel
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_up(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        binary = str(find_server()[0])
        common = ["--port", str(self.port), "--bind", "127.0.0.1"]
        if self._sentinel:
            config = self._folder / "sentinel.conf"
            config.write_text(f"port {self.port}\nbind 127.0.0.1\n{self._sentinel}\n")
            command = [binary, str(config), "--sentinel"]
        else:
            command = [binary, *common, "--save", "", "--repl-diskless-sync", "yes"]
            command += ["--repl-diskless-sync-delay", "0", *self._options]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        self._stack.callback(self.kill)
        wait_until(lambda: self.ask("PING") == "PONG", f"Redis {self.port}")
        return self

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def ask(self, *command: object) -> Any:
        """Send one command and return a simple answer, or a list of them; raise on an error."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
            parts = [str(part).encode() for part in command]
            link.sendall(
                b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)
            )
            with link.makefile("rb") as answer:
                return _read(answer)


def _read(answer: IO[bytes]) -> Any:
    line = answer.readline().decode().strip()
    if line.startswith("-"):
        raise RedisError(line)
    if line.startswith("$"):
        return answer.read(int(line[1:]) + 2)[:-2].decode()
    if line.startswith("*"):
        return [_read(answer) for _ in range(int(line[1:]))]
    return line[1:]


class SentinelSet:
    """A master, a replica and three sentinels."""

    kind = "sentinel"

    def __init__(
        self, stack: ExitStack, folder: Path, *options: str, patience_ms: int = 700
    ) -> None:
        self.master = Server(stack, folder, *options).start()
        self.replica = Server(
            stack, folder, *options, "--replicaof", "127.0.0.1", str(self.master.port)
        ).start()
        wait_until(
            lambda: "master_link_status:up" in self.replica.ask("INFO", "replication"), "replica"
        )
        watch = (
            f"sentinel monitor mymaster 127.0.0.1 {self.master.port} 2\n"
            f"sentinel down-after-milliseconds mymaster {patience_ms}\n"
            "sentinel failover-timeout mymaster 3000\n"
        )
        self.sentinels = [Server(stack, folder, sentinel=watch).start() for _ in range(3)]
        self.servers = [self.master, self.replica, *self.sentinels]
        for sentinel in self.sentinels:
            wait_until(
                lambda s=sentinel: "slaves=1,sentinels=3" in s.ask("INFO", "sentinel"), "sentinels"
            )
        hosts = ",".join(f"127.0.0.1:{s.port}" for s in self.sentinels)
        self.url = f"redis+sentinel://{hosts}/mymaster/0"

    def kill_master(self) -> None:
        self.master.kill()

    def promoted(self) -> Server:
        """Return who took over from the master that was killed."""
        wait_until(lambda: "role:master" in self.replica.ask("INFO", "replication"), "take-over")
        return self.replica


class Cluster:
    """Three masters with a replica each."""

    kind = "cluster"

    def __init__(
        self,
        stack: ExitStack,
        folder: Path,
        *options: str,
        replicas: int = 3,
        patience_ms: int = 1500,
    ) -> None:
        mode = ("--cluster-enabled", "yes", "--cluster-node-timeout", str(patience_ms), *options)
        mode += ("--cluster-require-full-coverage", "no")
        self._new_node = lambda: Server(stack, folder, *mode).start()
        self.servers = [self._new_node() for _ in range(3 + replicas)]
        self.masters = self.servers[:3]
        bounds = [0, 5461, 10923, 16384]
        for number, server in enumerate(self.masters):
            server.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            server.ask("CLUSTER", "ADDSLOTS", *range(bounds[number], bounds[number + 1]))
        for server in self.servers[1:]:
            self.servers[0].ask("CLUSTER", "MEET", "127.0.0.1", server.port)
        count = f"cluster_known_nodes:{len(self.servers)}"
        for server in self.servers:
            wait_until(lambda s=server: count in s.ask("CLUSTER", "INFO"), "meeting")
        for number, server in enumerate(self.servers[3:]):
            server.ask("CLUSTER", "REPLICATE", self.masters[number].ask("CLUSTER", "MYID"))
        for server in self.servers:
            wait_until(lambda s=server: "cluster_state:ok" in s.ask("CLUSTER", "INFO"), "cluster")
            wait_until(
                lambda s=server: s.ask("CLUSTER", "NODES").count("slave ") == replicas, "replicas"
            )
        for server in self.servers[3:]:
            wait_until(
                lambda s=server: "master_link_status:up" in s.ask("INFO", "replication"), "link"
            )
        hosts = ",".join(f"127.0.0.1:{s.port}" for s in self.masters)
        self.url = f"redis+cluster://{hosts}"

    @property
    def master(self) -> Server:
        return self.masters[0]

    def add_master(self) -> Server:
        """Let one more master join, which has no slots yet."""
        added = self._new_node()
        added.ask("CLUSTER", "MEET", "127.0.0.1", self.master.port)
        count = f"cluster_known_nodes:{len(self.servers) + 1}"
        for server in (*self.servers, added):
            wait_until(lambda s=server: count in s.ask("CLUSTER", "INFO"), "meeting")
        wait_until(lambda: "cluster_state:ok" in added.ask("CLUSTER", "INFO"), "joining")
        self.servers.append(added)
        return added

    def slots_in_use(self, server: Server) -> list[int]:
        """Return the slots of the first master's part that hold keys on a server."""
        return [n for n in range(5461) if server.ask("CLUSTER", "COUNTKEYSINSLOT", n) != "0"]

    def move(self, slot: int, source: Server, target: Server, pause_s: float) -> None:
        """Move a slot from one master to another, key by key, with a pause after each."""
        self.begin_move(slot, source, target, pause_s)
        name = target.ask("CLUSTER", "MYID")
        for server in (target, source):
            server.ask("CLUSTER", "SETSLOT", slot, "NODE", name)

    def begin_move(self, slot: int, source: Server, target: Server, pause_s: float = 0.0) -> None:
        """Move a slot's keys, but not yet the slot.

        Source: cluster-tutorial, what `redis-cli --cluster reshard` does.
        """
        names = {server: server.ask("CLUSTER", "MYID") for server in (source, target)}
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", names[source])
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", names[target])
        while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1):
            source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
            time.sleep(pause_s)

    def kill_master(self) -> None:
        self.master.kill()

    def promoted(self) -> Server:
        """Return who took over from the master that was killed."""
        replica = self.servers[3]
        wait_until(lambda: "role:master" in replica.ask("INFO", "replication"), "take-over")
        return replica


def wait_until(done: Any, what: str) -> None:
    until = time.monotonic() + _START_S
    while True:
        try:
            if done():
                return
        except (OSError, RedisError):
            pass
        assert time.monotonic() < until, f"{what}: not within {_START_S:g} s"
        time.sleep(0.05)


def free_port() -> int:
    """Return a port that is free together with the bus port of a cluster's node."""
    for _ in range(200):
        port = 20_000 + secrets.randbelow(10_000)  # below the ephemeral ones
        try:
            with (
                socket.create_server(("127.0.0.1", port)),
                socket.create_server(("127.0.0.1", port + _BUS)),
            ):
                return port
        except OSError:
            continue
    raise AssertionError("no free port")
