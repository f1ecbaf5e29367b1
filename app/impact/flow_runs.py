"""The `tests` of flow files: where what a parent says leads."""

from __future__ import annotations

from collections.abc import Callable

from app.dialogue.assistant import Assistant
from app.domain.flows import Flow, FlowTest
from app.flows.machine import Done
from app.flows.walking import walk
from app.matching.normalise import normalise

Visit = Callable[[dict[str, str], bool], None]
"""Told of every place that a walk comes to: the slots, and whether it ended there."""

NOT_ENDED = "没有结束"


def end_of(
    assistant: Assistant, flow: Flow, test: FlowTest, visit: Visit = lambda _values, _ended: None
) -> str:
    """Return the verdict or intent that a test comes to, or in Chinese that it does not end."""
    fold = assistant.matchers[test.region].fold
    end = NOT_ENDED
    for stand in walk(flow.regions[test.region], [normalise(s) for s in test.say], fold):
        visit(stand.values, isinstance(stand.step, Done))
        if isinstance(stand.step, Done):
            end = str(stand.step.row.answer or stand.step.row.verdict)
        else:
            end = f"还在问 {stand.step.slot.name}"
    return end
