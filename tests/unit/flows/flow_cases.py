"""Flows to run the machine on: all that ship, and random decision trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from hypothesis import strategies as st

from app.domain.flows import Choice, FlowRegion, Row, Slot
from tests.assistants import shipped_catalog, small_catalog

Values = Mapping[str, str]


def shipped_flows() -> dict[str, FlowRegion]:
    """Return every flow of the shipped and the small content, one entry a region."""
    return {
        f"{where}-{flow.id}-{region}": part
        for where, catalog in (("shipped", shipped_catalog()), ("small", small_catalog()))
        for flow in catalog.flows.values()
        for region, part in flow.regions.items()
    }


def cases(flow: FlowRegion) -> Iterator[dict[str, str]]:
    """Yield every combination of one value for each slot."""
    names = [slot.name for slot in flow.slots]
    for values in product(*([c.value for c in slot.choices] for slot in flow.slots)):
        yield dict(zip(names, values, strict=True))


def partial_cases(flow: FlowRegion) -> Iterator[dict[str, str]]:
    """Yield every combination in which any of the slots may be unknown."""
    names = [slot.name for slot in flow.slots]
    for values in product(*([None, *(c.value for c in slot.choices)] for slot in flow.slots)):
        yield {name: v for name, v in zip(names, values, strict=True) if v is not None}


def fitting_rows(flow: FlowRegion, case: Values) -> list[Row]:
    """Return the rows whose conditions all hold, read straight from the table."""
    return [
        row
        for row in flow.decide
        if all(case[name] in accepted for name, accepted in row.when.items())
    ]


def outcome(row: Row) -> tuple[object, ...]:
    """Return what a parent learns from a row; two rows may say the same."""
    return row.verdict, row.say, row.sources, row.answer


def make_slot(name: str, choices: Mapping[str, Sequence[str]]) -> Slot:
    """Return a slot whose labels and questions are its name and values."""
    return Slot(
        name=name,
        title=name,
        ask=f"{name}？",
        confused=f"请选{name}",
        why=f"要知道{name}",
        choices=tuple(Choice(value, value, tuple(words)) for value, words in choices.items()),
    )


@st.composite
def decision_trees(draw: st.DrawFn) -> FlowRegion:
    """Draw a table that covers every case once: the leaves of a tree, in any order."""
    sizes = draw(st.lists(st.integers(2, 3), min_size=1, max_size=4))
    slots = [make_slot(f"s{i}", {f"v{j}": () for j in range(n)}) for i, n in enumerate(sizes)]
    rows: list[Row] = []

    def grow(when: dict[str, frozenset[str]], left: list[Slot]) -> None:
        if not left or draw(st.booleans()):
            say = draw(st.sampled_from(["同样的话", f"第 {len(rows)} 种"]))
            rows.append(Row(when, "covered", say, ()))
            return
        slot = draw(st.sampled_from(left))
        values = draw(st.permutations([choice.value for choice in slot.choices]))
        cut = draw(st.integers(1, len(values) - 1))
        for group in (values[:cut], values[cut:]):
            grow({**when, slot.name: frozenset(group)}, [s for s in left if s is not slot])

    grow({}, slots)
    return FlowRegion(tuple(slots), tuple(draw(st.permutations(rows))))
