"""Is a decision table total, and does every case have one row? Pure; knows no files."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_CASES = 20_000
"""More combinations than this are refused: no parent answers that many questions, and checking
them would hold up the console."""

Case = Mapping[str, str]
"""Slot name → value, for the slots that some row looks at."""
Condition = Mapping[str, frozenset[str]]
"""Slot name → accepted values; a slot that is left out accepts any value."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rows that both apply to a case."""

    first: int
    second: int
    example: Case


@dataclass(frozen=True, slots=True)
class TableReport:
    """What is wrong with a table; all empty where it is total and unambiguous."""

    uncovered: tuple[Case, ...]
    """Every case without a row."""
    overlaps: tuple[Overlap, ...]
    """One entry per pair of rows, `first < second`; not for rows in `unreachable`."""
    unreachable: tuple[int, ...]
    """Rows all of whose cases an earlier row takes."""


def count_cases(choices: Mapping[str, Sequence[str]], rows: Sequence[Condition]) -> int:
    """Return the number of combinations of the slots that some row looks at."""
    return math.prod(len(choices[slot]) for slot in _relevant(choices, rows))


def check_table(choices: Mapping[str, Sequence[str]], rows: Sequence[Condition]) -> TableReport:
    """Compare rows with all combinations of choices; O(cases x rows).

    Conditions must name only slots and values of `choices`, and `count_cases` must not exceed
    `MAX_CASES`.
    """
    slots = _relevant(choices, rows)
    uncovered: list[Case] = []
    overlaps: dict[tuple[int, int], Case] = {}
    reached: set[int] = set()
    for values in itertools.product(*(choices[slot] for slot in slots)):
        case = dict(zip(slots, values, strict=True))
        matching = [i for i, row in enumerate(rows) if _applies(row, case)]
        if not matching:
            uncovered.append(case)
            continue
        reached.add(matching[0])
        for pair in itertools.combinations(matching, 2):
            overlaps.setdefault(pair, case)
    unreachable = tuple(i for i in range(len(rows)) if i not in reached)
    return TableReport(
        tuple(uncovered),
        tuple(
            Overlap(first, second, case)
            for (first, second), case in sorted(overlaps.items(), key=lambda item: item[0])
            if not {first, second} & set(unreachable)
        ),
        unreachable,
    )


def _relevant(choices: Mapping[str, Sequence[str]], rows: Sequence[Condition]) -> list[str]:
    return [slot for slot in choices if any(slot in row for row in rows)]


def _applies(row: Condition, case: Case) -> bool:
    return all(case[slot] in accepted for slot, accepted in row.items())
