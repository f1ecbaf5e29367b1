from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.content.decision_table import check_table, count_cases

CHOICES = {"a": ("1", "2"), "b": ("x", "y", "z"), "c": ("p", "q")}
CONDITION = st.fixed_dictionaries(
    {},
    optional={
        slot: st.frozensets(st.sampled_from(values), min_size=1) for slot, values in CHOICES.items()
    },
)
TABLES = st.lists(CONDITION, max_size=8)


def matching_rows(rows: list[dict[str, frozenset[str]]], case: dict[str, str]) -> list[int]:
    return [
        i for i, row in enumerate(rows) if all(case[s] in accepted for s, accepted in row.items())
    ]


def all_cases() -> list[dict[str, str]]:
    return [
        dict(zip(CHOICES, values, strict=True)) for values in itertools.product(*CHOICES.values())
    ]


@given(TABLES)
def test_sound_report_means_exactly_one_row_for_every_case(rows) -> None:
    report = check_table(CHOICES, rows)
    sound = not (report.uncovered or report.overlaps or report.unreachable)
    assert sound == (
        all(len(matching_rows(rows, case)) == 1 for case in all_cases()) and bool(rows)
    )


@given(TABLES)
def test_uncovered_cases_have_no_row(rows) -> None:
    report = check_table(CHOICES, rows)
    uncovered = [c for c in all_cases() if not matching_rows(rows, c)]
    assert all(any(case.items() <= full.items() for full in uncovered) for case in report.uncovered)
    assert bool(report.uncovered) == bool(uncovered)


@given(TABLES)
def test_overlaps_and_unreachable_rows_are_real(rows) -> None:
    report = check_table(CHOICES, rows)
    first_rows = {
        matching_rows(rows, case)[:1][0] for case in all_cases() if matching_rows(rows, case)
    }
    assert set(report.unreachable) == set(range(len(rows))) - first_rows
    for overlap in report.overlaps:
        assert overlap.first < overlap.second
        assert any(
            {overlap.first, overlap.second} <= set(matching_rows(rows, case))
            and overlap.example.items() <= case.items()
            for case in all_cases()
        )


def test_slots_that_no_row_looks_at_do_not_count() -> None:
    rows = [{"a": frozenset({"1"})}, {"a": frozenset({"2"})}]
    assert count_cases(CHOICES, rows) == 2
    assert check_table(CHOICES, rows).uncovered == ()


def test_one_row_without_conditions_covers_everything() -> None:
    report = check_table(CHOICES, [{}])
    assert (report.uncovered, report.overlaps, report.unreachable) == ((), (), ())
