"""Who uses the embedded Redis is counted by the kernel; the last one to go stops it.

Every user process holds a `flock` on a file of its own under `users/`, which the kernel drops
however the process ends. A user that closes tidily and finds itself the last stops the server; for
users that are killed, a keeper process waits until nobody is left and does the same. The server
itself inherits a lock on `server.lock` and the keeper one on `keeper.lock`: whether they live is
asked of the kernel, never of a pid file. Starting and stopping happen under `start.lock`.

Standard library only: the keeper runs this file as a script, without the rest of the project.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_RETRY_S = 0.01
_ANSWER_S = 1.0
_STOP_S = 10.0
_START_LOCK_S = 30.0


@dataclass(frozen=True, slots=True)
class Home:
    """Where one embedded server lives."""

    directory: Path
    """Locks, log and data."""
    socket: Path
    """Its Unix socket; elsewhere where the directory's path is too long for one."""

    def lock(self, name: str) -> Path:
        """Return the lock file `name`: start, server or keeper."""
        return self.directory / f"{name}.lock"

    @property
    def users(self) -> Path:
        """Directory with one locked file per user."""
        return self.directory / "users"


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Return a descriptor that holds the lock until it is closed; None where others hold it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def wait_lock(path: Path, timeout_s: float, *, shared: bool = False) -> int:
    """Return a descriptor that holds the lock.

    Raises:
        TimeoutError: Others held it for `timeout_s` seconds.
    """
    until = time.monotonic() + timeout_s
    while (descriptor := try_lock(path, shared=shared)) is None:
        if time.monotonic() > until:
            raise TimeoutError(path)
        time.sleep(_RETRY_S)
    return descriptor


def answers(home: Home) -> bool:
    """Return whether the server answers PING; it does not while it loads its file."""
    try:
        return _send(home, b"PING\r\n").startswith(b"+PONG")
    except OSError:
        return False


def is_running(home: Home) -> bool:
    """Return whether a server process lives, answering or not."""
    descriptor = try_lock(home.lock("server"))
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def stop_if_unused(home: Home) -> bool:
    """Stop the server unless a user process lives; the caller holds `start.lock`.

    Returns whether nobody uses it; its log tells why it lives on nevertheless, if it does.
    """
    if _has_users(home):
        return False
    until = time.monotonic() + _STOP_S
    while is_running(home) and time.monotonic() < until:
        _ask_to_stop(home)
        time.sleep(_RETRY_S)
    return True


def _ask_to_stop(home: Home) -> None:
    """Send SHUTDOWN; with AOF on nothing is lost by NOSAVE, which only concerns RDB files."""
    try:
        _send(home, b"SHUTDOWN NOSAVE\r\n")
    except OSError:
        return  # not listening yet or any more: the caller looks at the lock and asks again


def _send(home: Home, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_ANSWER_S)
        link.connect(str(home.socket))
        link.sendall(command)
        return link.recv(64)


def _has_users(home: Home) -> bool:
    """Return whether a user lives; forgets those that do not. The caller holds `start.lock`."""
    alive = False
    for user in home.users.iterdir():
        # Shared, so that those who look do not take each other for users.
        descriptor = try_lock(user, shared=True)
        if descriptor is None:
            alive = True
        else:
            user.unlink(missing_ok=True)
            os.close(descriptor)
    return alive


def _outlive_users(home: Home) -> None:
    """Return when everybody who is a user now has ended."""
    for user in home.users.iterdir():
        try:
            descriptor = os.open(user, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # ended since the directory was read
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)


def keep(home: Home, keeper_lock: int) -> None:
    """Stop the server when its last user is gone, then return.

    Args:
        home: The server's.
        keeper_lock: Descriptor that holds `keeper.lock`; closed before `start.lock` is released,
            so that a new server never counts on a keeper that is about to end.
    """
    while True:
        _outlive_users(home)
        start = wait_lock(home.lock("start"), _START_LOCK_S)
        try:
            if stop_if_unused(home):
                os.close(keeper_lock)
                return
        finally:
            os.close(start)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # the keeper belongs to nobody: whoever started it may end first
    os.setsid()
    os.chdir("/")
    keep(Home(Path(sys.argv[1]), Path(sys.argv[2])), int(sys.argv[3]))
