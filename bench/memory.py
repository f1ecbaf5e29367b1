"""How much memory a process took at most."""

from __future__ import annotations

import re
import resource
from pathlib import Path


def peak_mb() -> float:
    """Return the highest resident size of this process since it was started, in megabytes.

    From /proc where there is one: `ru_maxrss` also counts what the parent had at the fork.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text("ascii"))
        if found:
            return int(found.group(1)) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
