"""The ways through a flow: none goes round in a circle, none asks for ever."""

from __future__ import annotations

from app.content.flow_builder import FlowBuilder, labels_of
from app.content.flow_model import FlowFile
from app.content.parsing import Parsed
from app.content.problems import ProblemList
from app.content.yaml_source import NodePath
from app.domain.flows import FlowRegion
from app.domain.names import Region
from app.flows.machine import Ask, FlowError, advance

MAX_QUESTIONS = 8
"""More questions in one conversation and parents give up."""


def check_paths(
    flow: Parsed[FlowFile], region: str, builder: FlowBuilder, problems: ProblemList
) -> None:
    """Report circles of sub-flows, slots they share but mean otherwise, and long ways.

    The table of this region must be total.
    """
    checker = _PathChecker(flow, region, builder, problems)
    if checker.check_sub_flows():
        checker.check_length()


class _PathChecker:
    def __init__(
        self, flow: Parsed[FlowFile], region: str, builder: FlowBuilder, problems: ProblemList
    ) -> None:
        self._flow = flow
        self._region = region
        self._builder = builder
        self._problems = problems
        self._base: NodePath = ("regions", region)
        self._part = flow.value.regions[region]

    def check_sub_flows(self) -> bool:
        """Report circles and slots that differ; True where there are none."""
        sound = True
        own = labels_of(self._builder.slots(self._region, self._part))
        for i, row in enumerate(self._part.decide):
            if row.flow is None:
                continue
            place = self._flow.source.place((*self._base, "decide", i, "flow"))
            way = self._builder.circle(self._region, row.flow, (self._flow.value.flow,))
            if way:
                self._problems.add("F010", place, "绕回来了：" + " → ".join(way))
                sound = False
                continue
            for name, labels in self._builder.labels_below(self._region, row.flow).items():
                if name in own and own[name].keys() != labels.keys():
                    message = f"{row.flow} 的槽位 {name} 和这里的同名，选项却不同"
                    self._problems.add("F017", place, message)
                    sound = False
        return sound

    def check_length(self) -> None:
        """Report a flow in which a parent may be asked more than `MAX_QUESTIONS` times."""
        flat = self._builder.flow(self._flow).regions[Region(self._region)]
        most = _most_questions(flat, {}, {})
        if most > MAX_QUESTIONS:
            place = self._flow.source.key_place((*self._base, "slots"))
            message = f"最多会连问 {most} 次，超过 {MAX_QUESTIONS} 次"
            self._problems.add("F011", place, message)


def _most_questions(
    flow: FlowRegion, known: dict[str, str], seen: dict[frozenset[tuple[str, str]], int]
) -> int:
    """Return the greatest number of questions from here on, whatever the answers."""
    key = frozenset(known.items())
    if key not in seen:
        try:
            step = advance(flow, known)
        except FlowError:
            return 0  # a hole in the table, which is reported as such
        seen[key] = (
            1
            + max(
                _most_questions(flow, {**known, step.slot.name: choice.value}, seen)
                for choice in step.slot.choices
            )
            if isinstance(step, Ask)
            else 0
        )
    return seen[key]
