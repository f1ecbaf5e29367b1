"""`make capacity`: the payment season of a province, a city, a school; writes docs/capacity.md.

Follows from the tables that were measured (docs/benchmarks.md, docs/redis.md) and from assumptions
that stand in the document. The same inputs give the same figures.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.datasets import ROOT
from bench.figures import bytes_per_user, measured_cost
from bench.report import replace_part
from bench.season import SCALES, Season, assumptions_with
from bench.season_report import Inputs, chart, parts

DOCUMENT = ROOT / "docs/capacity.md"
CHART = ROOT / "docs/images/capacity-last-day.svg"
_SPEED = ROOT / "docs/benchmarks.md"
_MEMORY = ROOT / "docs/redis.md"
USER_BYTES = 4096.0
"""Where nothing was measured: a session of 2 kB with its deliveries and what Redis adds."""


def inputs(settings: list[str], user_bytes: float = USER_BYTES, *, speed: Path = _SPEED) -> Inputs:
    """Return what was measured and what is assumed.

    Args:
        settings: Assumptions that differ, as `name=value`.
        user_bytes: Bytes in Redis of an active user, where none were measured.
        speed: Document with the table of `make bench`.

    Raises:
        ValueError: A table or an assumption is not there.
    """
    measured = bytes_per_user(_MEMORY)
    source = "redis.md" if measured else "假定，还没有测"
    return Inputs(measured_cost(speed), measured or user_bytes, source, assumptions_with(settings))


def main() -> None:
    """Compute; write where nothing was set, print otherwise."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another assumption; prints",
    )
    parser.add_argument("--bytes-per-user", type=float, default=USER_BYTES)
    options = parser.parse_args()
    given = inputs(options.set, options.bytes_per_user)
    found = parts(given)
    for name, text in found.items():
        print(f"## {name}\n\n{text}\n")
    if options.set or options.bytes_per_user != USER_BYTES:
        print("改了假定，只打印，不写文件。")
        return
    for name, text in found.items():
        replace_part(name, text, DOCUMENT)
    chart(Season(SCALES[0], given.assumed), CHART)


if __name__ == "__main__":
    main()
