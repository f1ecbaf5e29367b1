"""Gives memory back to the system that glibc keeps after much was allocated and freed."""

from __future__ import annotations

import ctypes
import sys


def trim() -> bool:
    """Return free memory to the system; False where the C library has no such call.

    About 10 ms. Loading content needs twice what it leaves; without this a process keeps the rest.
    """
    if not sys.platform.startswith("linux"):
        return False
    call = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if call is None:  # musl
        return False
    call(0)
    return True
