"""The console waits for the bot, but not for one that ended."""

from __future__ import annotations

import subprocess
import sys
import time

from app.cli.serving import _wait_open


def test_a_process_that_ended_is_not_waited_for() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait(timeout=30)
    started = time.monotonic()
    assert not _wait_open(process, 9, longest_s=20)
    assert time.monotonic() - started < 5
