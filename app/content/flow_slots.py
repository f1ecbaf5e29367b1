"""Slots as operators write them: what each type needs, and ranges without gaps."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from app.content.flow_builder import bounds_of
from app.content.flow_model import FlowRegionPart, SlotPart
from app.content.problems import ProblemList
from app.content.slot_vocabulary import PRESETS
from app.content.synonym_patterns import PatternError, expand
from app.content.yaml_source import NodePath, YamlSource
from app.domain.flows import UNSAID, Bounds, SlotKind

_RANGE_KEYS = {SlotKind.DATE: ("since", "until"), SlotKind.NUMBER: ("min", "max")}


def check_slots(
    source: YamlSource, base: NodePath, part: FlowRegionPart, problems: ProblemList
) -> None:
    """Report slots whose keys do not fit their type, and ranges that leave gaps or overlap."""
    for name, slot in part.slots.items():
        checker = _SlotChecker(source, (*base, "slots", name), slot, problems)
        checker.check_choices()
        checker.check_type_keys()
        checker.check_ignored()


class _SlotChecker:
    def __init__(
        self, source: YamlSource, path: NodePath, slot: SlotPart, problems: ProblemList
    ) -> None:
        self._source = source
        self._path = path
        self._slot = slot
        self._kind = SlotKind(slot.type)
        self._problems = problems

    def check_choices(self) -> None:
        """Report choices that the type does not have, or that say too little."""
        presets = PRESETS.get(self._slot.type)
        for value, choice in self._slot.choices.items():
            path = (*self._path, "choices", value)
            if value == UNSAID:
                self._add(path, "选项不能叫 unsaid，它表示家长没说")
            elif presets is not None and value not in presets:
                allowed = "、".join(presets)
                self._add(path, f"type: {self._kind} 没有选项 {value}，只有 {allowed}")
            elif presets is None and choice.label is None:
                self._add(path, "缺少 label")
        if presets is None and len(self._slot.choices) < 2:
            self._add(self._path, "至少写两个选项")

    def check_type_keys(self) -> None:
        """Report keys that belong to another type, keys that are missing, and bad ranges."""
        slot, kind = self._slot, self._kind
        if slot.unit is not None and kind is not SlotKind.NUMBER:
            self._add((*self._path, "unit"), f"type: {kind} 不能有 unit")
        if slot.otherwise is not None and kind is not SlotKind.TEXT:
            self._add((*self._path, "otherwise"), f"type: {kind} 不能有 otherwise")
        if kind is SlotKind.TEXT and slot.otherwise not in slot.choices:
            self._add(self._path, "type: text 要写 otherwise，是选项之一")
        wrong = False
        for value, choice in slot.choices.items():
            for owner, keys in _RANGE_KEYS.items():
                given = [key for key in keys if getattr(choice, key) is not None]
                path = (*self._path, "choices", value)
                if given and owner is not kind:
                    self._add((*path, given[0]), f"type: {kind} 的选项不能有 {given[0]}")
                    wrong = True
        if kind in _RANGE_KEYS and not wrong:
            self._check_ranges()

    def check_ignored(self) -> None:
        """Report words to ignore whose brackets do not fit."""
        for i, text in enumerate(self._slot.ignore):
            try:
                expand(text)
            except PatternError as error:
                place = self._source.place((*self._path, "ignore", i))
                self._problems.add("F014", place, f"“{text}”：{error}")

    def _check_ranges(self) -> None:
        """Every number or day belongs to exactly one choice, written in order."""
        ranges = [bounds_of(value, choice) for value, choice in self._slot.choices.items()]
        if not ranges:
            return
        if ranges[0].low not in {None, 0} or ranges[-1].high is not None:
            self._range("第一个选项不写最小的一端，最后一个不写最大的一端")
        for before, after in pairwise(ranges):
            if before.high is None or after.low is None:
                self._range(f"{before.value} 和 {after.value} 之间没有写从哪里分开")
            elif after.low != before.high + 1:
                word = "重叠" if after.low <= before.high else "中间空着一段"
                ends = f"{self._shown(before, high=True)}、{self._shown(after, high=False)}"
                self._range(f"{before.value} 和 {after.value} {word}：{ends}")

    def _shown(self, bounds: Bounds, *, high: bool) -> str:
        value = (bounds.high if high else bounds.low) or 0
        return str(date.fromordinal(value)) if self._kind is SlotKind.DATE else str(value)

    def _range(self, message: str) -> None:
        place = self._source.key_place((*self._path, "choices"))
        self._problems.add("F013", place, message)

    def _add(self, path: NodePath, message: str) -> None:
        self._problems.add("F012", self._source.key_place(path), message)
