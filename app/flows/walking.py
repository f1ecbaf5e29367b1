"""A flow walked by what a parent says, without the rest of the conversation: for its own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.flows import FlowRegion
from app.flows.machine import Ask, Done, advance
from app.flows.slots import find_values


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a walk stands after a message."""

    values: dict[str, str]
    step: Ask | Done


def walk(flow: FlowRegion, messages: Sequence[str], fold: Callable[[str], str]) -> Iterator[Stand]:
    """Yield where the flow stands after each message (normalised), until it ends.

    Days are not read: there is no clock.
    """
    values: dict[str, str] = {}
    asking = ""
    for message in messages:
        found = find_values(message, flow.slots, asking, fold)
        values = {**values, **found.values}
        step = advance(flow, values, found.contradictory)
        yield Stand(values, step)
        if isinstance(step, Done):
            return
        asking = step.slot.name
