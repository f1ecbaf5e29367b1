"""Flows as operators write them: rows complete, conditions real, every case with one row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.content.decision_table import (
    MAX_CASES,
    Case,
    TableReport,
    check_table,
    count_cases,
)
from app.content.flow_builder import FlowBuilder, labels_of
from app.content.flow_model import FlowFile, FlowRegionPart, RowPart
from app.content.flow_paths import check_paths
from app.content.flow_slots import check_slots
from app.content.parsing import Parsed
from app.content.problems import ProblemList, did_you_mean
from app.content.scope import Scope
from app.content.synonym_patterns import PatternError, expand
from app.content.yaml_source import NodePath
from app.domain.flows import UNSAID
from app.flows.spotting import plain

_SHOWN_CASES = 3
"""Cases spelled out in one message; the rest is counted."""


def check_flows(scope: Scope) -> None:
    """Report everything wrong inside the flows' tables, slots and paths."""
    builder = FlowBuilder(scope.files)
    for flow in scope.files.flows.values():
        for region, part in flow.value.regions.items():
            _RegionChecker(flow, region, part, scope.files.problems, builder).check()


class _RegionChecker:
    """Checks one region of one flow."""

    def __init__(
        self,
        flow: Parsed[FlowFile],
        region: str,
        part: FlowRegionPart,
        problems: ProblemList,
        builder: FlowBuilder,
    ) -> None:
        self._flow = flow
        self._region = region
        self._source = flow.source
        self._base: NodePath = ("regions", region)
        self._part = part
        self._problems = problems
        self._builder = builder
        self._labels = labels_of(builder.slots(region, part))

    def check(self) -> None:
        self._check_rows()
        self._check_compare()
        check_slots(self._source, self._base, self._part, self._problems)
        self._check_synonyms()
        self._check_family()
        if self._check_conditions() and self._check_table():
            check_paths(self._flow, self._region, self._builder, self._problems)

    def _check_family(self) -> None:
        """Report names of slots that the flow does not have."""
        for i, name in enumerate(self._part.family):
            if name not in self._part.slots:
                hint = did_you_mean(name, self._part.slots)
                place = self._source.place((*self._base, "family", i))
                self._problems.add("F004", place, f"没有槽位 {name}{hint}")

    def _row(self, index: int) -> NodePath:
        return (*self._base, "decide", index)

    def _check_rows(self) -> None:
        """Report rows that neither answer an intent nor say something with its source."""
        for i, row in enumerate(self._part.decide):
            own = {"verdict": row.verdict, "say": row.say, "source": row.source}
            given = [key for key, value in own.items() if value is not None]
            missing = [key for key, value in own.items() if value is None]
            place = self._source.place(self._row(i))
            ends = _ends(row)
            if ends and (given or len(ends) > 1):
                message = f"写了 {ends[0]}，又写了 {'、'.join((*ends[1:], *given))}"
                self._problems.add("F005", place, message)
            elif not ends and missing:
                self._problems.add("F005", place, f"这一行缺少 {'、'.join(missing)}")

    def _check_compare(self) -> None:
        if (self._part.compare is None) != (self._part.compare_source is None):
            place = self._source.key_place(self._base)
            self._problems.add("F009", place, "compare 和 compare_source 只写了一个")

    def _check_synonyms(self) -> None:
        """Report answers of a parent that would mean two choices of one slot."""
        for name, slot in self._part.slots.items():
            seen: dict[str, str] = {}
            for value, choice in slot.choices.items():
                path = (*self._base, "slots", name, "choices", value)
                written = [((*path, "label"), choice.label or "")]
                written += [((*path, "synonyms", i), t) for i, t in enumerate(choice.synonyms)]
                for where, text in written:
                    self._check_synonym(seen, value, where, text)

    def _check_synonym(self, seen: dict[str, str], value: str, where: NodePath, text: str) -> None:
        try:
            forms = expand(text) if text else ()
        except PatternError as error:
            self._problems.add("F014", self._source.place(where), f"“{text}”：{error}")
            return
        for form in forms:
            first = seen.setdefault(plain(form.lower()), value)
            if first != value:
                message = f"“{form}”既是 {first} 又是 {value}"
                self._problems.add("F007", self._source.place(where), message)

    def _check_conditions(self) -> bool:
        """Report conditions on slots or choices that do not exist; True where all exist."""
        sound = True
        slots = self._part.slots
        for i, row in enumerate(self._part.decide):
            for name, accepted in row.when.items():
                path = (*self._row(i), "when", name)
                if name not in slots:
                    hint = did_you_mean(name, slots)
                    place = self._source.key_place(path)
                    self._problems.add("F004", place, f"没有槽位 {name}{hint}")
                    sound = False
                    continue
                for value in accepted:
                    if value != UNSAID and value not in self._labels[name]:
                        hint = did_you_mean(value, self._labels[name])
                        message = f"槽位 {name} 没有选项 {value}{hint}"
                        self._problems.add("F004", self._source.find(path, value), message)
                        sound = False
        return sound

    def _check_table(self) -> bool:
        """Report gaps and overlaps; True where the table is total."""
        rows = [
            {slot: frozenset(accepted) for slot, accepted in row.when.items()}
            for row in self._part.decide
        ]
        hearsay = {name for row in rows for name, values in row.items() if UNSAID in values}
        choices = {
            name: (*labels, UNSAID) if name in hearsay else tuple(labels)
            for name, labels in self._labels.items()
        }
        for name in choices:
            if not any(name in row for row in rows):
                place = self._source.key_place((*self._base, "slots", name))
                self._problems.add("F006", place, f"槽位 {name} 问了却没有用到")
        cases = count_cases(choices, rows)
        if cases > MAX_CASES:
            place = self._source.key_place((*self._base, "decide"))
            message = f"共有 {cases} 种情况，最多 {MAX_CASES} 种"
            self._problems.add("F008", place, message)
            return False
        report = check_table(choices, rows)
        # What no row takes as unsaid is asked: only what is said needs a row.
        told = tuple(case for case in report.uncovered if UNSAID not in case.values())
        self._report(replace(report, uncovered=told))
        return not told

    def _report(self, report: TableReport) -> None:
        if report.uncovered:
            shown = "；".join(self._describe(case) for case in report.uncovered[:_SHOWN_CASES])
            more = len(report.uncovered) - _SHOWN_CASES
            message = f"没有写这种情况：{shown}" + (f"；另有 {more} 种" if more > 0 else "")
            place = self._source.key_place((*self._base, "decide"))
            self._problems.add("F001", place, message)
        for overlap in report.overlaps:
            first = self._source.place(self._row(overlap.first)).line
            message = f"和第 {first} 行的条件重叠，例如：{self._describe(overlap.example)}"
            self._problems.add("F002", self._source.place(self._row(overlap.second)), message)
        for index in report.unreachable:
            place = self._source.place(self._row(index))
            self._problems.add("F003", place, "前面的行已经包括了这一行的全部情况，它永远用不到")

    def _describe(self, case: Case) -> str:
        """Return a case as operators read it: 户籍=外地户口、上学阶段=小学."""
        slots: Mapping[str, str] = case
        return "、".join(
            f"{self._part.slots[name].title}={self._labels[name].get(value, '没说')}"
            for name, value in slots.items()
        )


def _ends(row: RowPart) -> list[str]:
    return [key for key in ("answer", "flow") if getattr(row, key) is not None]
