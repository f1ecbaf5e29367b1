"""Gives memory back to the system that nobody needs any more."""

from __future__ import annotations

import ctypes
import gc
import sys


def release() -> None:
    """Give back what older content leaves; call it when newer content has taken its place.

    Content refers to itself, and what was there at the start is out of the collector's sight
    (`main.spare_from_collection`): it is looked through once, all threads waiting for some 0.1 s,
    and put out of sight again with what is there now.
    """
    spares = gc.get_freeze_count() > 0
    gc.unfreeze()
    gc.collect()
    if spares:
        gc.freeze()
    trim()


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
