"""`yibao` of the tests: hands its words, environment and streams to `fork_server.py`."""

import json
import os
import socket
import sys


def main() -> int:
    """Return the exit status of the call."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["TEST_FORK_SERVER"])
        call = {
            "folder": os.getcwd(),
            "environment": dict(os.environ),
            "words": sys.argv[2:],
        }
        socket.send_fds(connection, [json.dumps(call).encode()], [0, 1, 2])
        return int(connection.recv(16) or b"70")


if __name__ == "__main__":
    sys.exit(main())
