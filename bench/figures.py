"""Reads what was measured from the tables of the documents, so that no figure is written twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, str]
_NUMBER = re.compile(r"-?[\d,]*\.?\d+")
_BYTES = re.compile(r"bytes|字节", re.IGNORECASE)
_KILO = re.compile(r"\bk(i)?b\b|千字节", re.IGNORECASE)
_USER = re.compile(r"user|parent|家长|用户|conversation|会话", re.IGNORECASE)


def part(path: Path, name: str) -> str:
    """Return what stands between the markers `<!-- name -->` and `<!-- /name -->`; else empty."""
    if not path.exists():
        return ""
    _, _, rest = path.read_text("utf-8").partition(f"<!-- {name} -->")
    inside, end, _ = rest.partition(f"<!-- /{name} -->")
    return inside if end else ""


def tables(text: str) -> list[list[Row]]:
    """Return the Markdown tables of a text, each row by the names of its columns."""
    found: list[list[Row]] = []
    header: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not header:
            header = cells
            found.append([])
        elif not all(set(cell) <= set("-: ") for cell in cells) or not any(cells):
            found[-1].append(dict(zip(header, cells, strict=False)))
    return found


def number(cell: str) -> float:
    """Return the first number in a cell, without its thousands' commas.

    Raises:
        ValueError: There is none.
    """
    match = _NUMBER.search(cell.replace("**", ""))
    if match is None:
        raise ValueError(f"没有数字：{cell!r}")
    return float(match[0].replace(",", ""))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a message costs, by `make bench`."""

    server: str
    """The row it was read from."""
    cpu_us: float
    """CPU of the bot's process, µs."""
    redis_us: float
    """CPU of Redis, µs."""
    resident_mb: float
    """Memory of a replica."""
    p50_ms: float
    """Latency at the lowest rate measured, where next to nobody waits for another."""
    p99_ms: float


def measured_cost(path: Path) -> Cost:
    """Return the cost of a message from the table `speed` of docs/benchmarks.md.

    Of the rows of one yibao process (plaintext, safe mode) the one that costs most.

    Raises:
        ValueError: The table is missing or has no such row.
    """
    found = tables(part(path, "speed"))
    peaks = [row for table in found for row in table if "CPU µs" in row]
    ours = [row for row in peaks if _is_one_process(row["server"])]
    if not ours:
        raise ValueError(f"{path}：speed 表里没有 yibao 的一行；请先运行 make bench")
    dear = max(ours, key=lambda row: number(row["CPU µs"]))
    paces = [row for table in found for row in table if row.get("server") == dear["server"]]
    paces = [row for row in paces if "p50 ms" in row]
    if not paces:
        raise ValueError(f"{path}：speed 表里没有 {dear['server']} 的延迟；请先运行 make bench")
    calm = min(paces, key=lambda row: number(row["share of its peak"]))
    return Cost(
        dear["server"],
        number(dear["CPU µs"]),
        number(dear["Redis µs"]),
        number(dear["MB"]),
        number(calm["p50 ms"]),
        number(calm["p99 ms"]),
    )


def _is_one_process(server: str) -> bool:
    return server.startswith("yibao") and "replica" not in server


def bytes_per_user(path: Path) -> float | None:
    """Return the bytes in Redis of an active user from the table `redis-memory`, the largest.

    None where there is no such table or no column that names bytes (or kB) for a user.
    """
    found = []
    for table in tables(part(path, "redis-memory")):
        for row in table:
            for column, cell in row.items():
                kilo = bool(_KILO.search(column))
                if (
                    (kilo or _BYTES.search(column))
                    and _USER.search(column)
                    and _NUMBER.search(cell)
                ):
                    found.append(number(cell) * (1024 if kilo else 1))
    return max(found, default=None)
