"""Runs `yibao` for many short calls: the libraries are imported once, every call is a fork.

Started with a path of a socket; see `yibao_client.py` for the other end. A call whose client has
gone is ended.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import traceback
from importlib import import_module


def serve(path: str) -> None:
    """Take calls until the process is ended."""
    # Only imported, nothing is started: a fork keeps no thread.
    for name in ("bootstrap", "cli.doctor.examination", "cli.serving", "main", "runtime"):
        import_module(f"app.{name}")
    from app.__main__ import main

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)  # noqa: T201 - told to whoever started it
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _answer(connection, main)
            connection.close()


def _answer(connection: socket.socket, main: object) -> None:
    """Run one call in this process, and leave."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, descriptors, _, _ = socket.recv_fds(connection, 1_000_000, 3)
    call = json.loads(message)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    sys.argv = ["yibao", *call["words"]]
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    code = 0
    try:
        main()  # type: ignore[operator]
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - shown like an uncaught one
        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code).encode())
    os._exit(code)


def _end_with(connection: socket.socket) -> None:
    connection.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    serve(sys.argv[1])
