"""Flows as operators write them: rows complete, conditions real, every case with one row."""

from __future__ import annotations

from collections.abc import Mapping

from app.content.decision_table import MAX_CASES, Case, TableReport, check_table, count_cases
from app.content.flow_model import FlowFile, FlowRegionPart
from app.content.parsing import Parsed
from app.content.problems import ProblemList, did_you_mean
from app.content.scope import Scope
from app.content.sentences import same_form
from app.content.yaml_source import NodePath

_SHOWN_CASES = 3
"""Cases spelled out in one message; the rest is counted."""


def check_flows(scope: Scope) -> None:
    """Report everything wrong inside the flows' tables."""
    for flow in scope.files.flows.values():
        for region, part in flow.value.regions.items():
            _RegionChecker(flow, region, part, scope.files.problems).check()


class _RegionChecker:
    """Checks one region of one flow."""

    def __init__(
        self,
        flow: Parsed[FlowFile],
        region: str,
        part: FlowRegionPart,
        problems: ProblemList,
    ) -> None:
        self._source = flow.source
        self._base: NodePath = ("regions", region)
        self._part = part
        self._problems = problems

    def check(self) -> None:
        self._check_rows()
        self._check_compare()
        self._check_synonyms()
        self._check_family()
        if self._check_conditions():
            self._check_table()

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
            if row.answer is not None and given:
                message = f"写了 answer，又写了 {'、'.join(given)}"
                self._problems.add("F005", place, message)
            elif row.answer is None and missing:
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
                for text in (choice.label, *choice.synonyms):
                    first = seen.setdefault(same_form(text), value)
                    if first != value:
                        key = "label" if text == choice.label else "synonyms"
                        index = choice.synonyms.index(text) if key == "synonyms" else None
                        where = (*path, key) if index is None else (*path, key, index)
                        message = f"“{text}”既是 {first} 又是 {value}"
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
                    if value not in slots[name].choices:
                        hint = did_you_mean(value, slots[name].choices)
                        message = f"槽位 {name} 没有选项 {value}{hint}"
                        self._problems.add("F004", self._source.find(path, value), message)
                        sound = False
        return sound

    def _check_table(self) -> None:
        choices = {name: tuple(slot.choices) for name, slot in self._part.slots.items()}
        rows = [
            {slot: frozenset(accepted) for slot, accepted in row.when.items()}
            for row in self._part.decide
        ]
        for name in choices:
            if not any(name in row for row in rows):
                place = self._source.key_place((*self._base, "slots", name))
                self._problems.add("F006", place, f"槽位 {name} 问了却没有用到")
        cases = count_cases(choices, rows)
        place = self._source.key_place((*self._base, "decide"))
        if cases > MAX_CASES:
            message = f"共有 {cases} 种情况，最多 {MAX_CASES} 种"
            self._problems.add("F008", place, message)
            return
        self._report(check_table(choices, rows))

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
            f"{self._part.slots[name].title}={self._part.slots[name].choices[value].label}"
            for name, value in slots.items()
        )
