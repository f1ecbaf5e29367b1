"""The definitions behind the flows that sessions hold: found, brought up to date, read for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache

from app.dialogue.flow_digest import digest
from app.domain.content import Catalog
from app.domain.flows import Flow, FlowRegion
from app.domain.names import FlowId, Region
from app.domain.turn import FlowState
from app.flows import machine, slots
from app.knowledge.day_ranges import days_named
from app.matching.matcher import Matcher
from app.matching.normalise import REMEMBERED


class OpenFlows:
    """What a stored flow state means by the catalog of today, for one region."""

    def __init__(self, catalog: Catalog, region: Region, matcher: Matcher) -> None:
        self._catalog = catalog
        self._region = region
        self._matcher = matcher
        self._digests: dict[FlowId, str] = {
            flow.id: digest(flow.regions[region])
            for flow in catalog.flows.values()
            if region in flow.regions
        }
        regions = (flow.regions.get(region) for flow in catalog.flows.values())
        # By identity: the hash of a flow's words costs more than finding them.
        self._by_id = {id(r): r for r in regions if r is not None}
        self._found = lru_cache(maxsize=REMEMBERED)(self._find_in)

    def flow(self, state: FlowState) -> tuple[Flow, FlowRegion] | None:
        """Return the definition of an open flow, None where it no longer exists here."""
        flow = self._catalog.flows.get(state.flow)
        region = flow.regions.get(self._region) if flow else None
        return (flow, region) if flow and region else None

    def changed(self, state: FlowState) -> bool:
        """Tell whether the flow was edited since its question was asked, or never asked it so.

        The second is a state that no flow wrote: it is brought up to date like an old one.
        """
        now = self._digests.get(state.flow, "")
        return bool(now) and (state.revision != now or not self._fits(state))

    def refreshed(self, state: FlowState) -> FlowState | None:
        """Return a state that fits the definition of today; None where the flow is gone.

        Answers that the definition still knows are kept; the question is the next one it needs,
        "" where it needs none.
        """
        known = self.flow(state)
        if known is None:
            return None
        if not self.changed(state):
            return state
        flow, region = known
        values = {
            slot.name: state.slots[slot.name]
            for slot in region.slots
            if state.slots.get(slot.name) in {choice.value for choice in slot.choices}
        }
        state = replace(state, slots=values, unclear=0, revision=self._digests[flow.id])
        try:
            step = machine.advance(region, values)
        except machine.FlowError:
            state = replace(state, slots={})
            step = machine.advance(region, {})
        return replace(state, asking=step.slot.name if isinstance(step, machine.Ask) else "")

    def _fits(self, state: FlowState) -> bool:
        known = self.flow(state)
        if known is None:
            return True
        region = known[1]
        is_asked = not state.asking or any(slot.name == state.asking for slot in region.slots)
        return is_asked and all(machine.has_value(region, *slot) for slot in state.slots.items())

    def values_in(self, text: str, region: FlowRegion, asking: str, now: datetime) -> slots.Found:
        """Find slot values of the flow in a normalised message."""
        if id(region) in self._by_id:
            return self._found(text, id(region), asking, now.date())
        return self._find(text, region, asking, now.date())

    def _find_in(self, text: str, region: int, asking: str, today: date) -> slots.Found:
        return self._find(text, self._by_id[region], asking, today)

    def _find(self, text: str, region: FlowRegion, asking: str, today: date) -> slots.Found:
        def days(said: str) -> list[tuple[int, int]]:
            return days_named(said, today)

        return slots.find_values(text, region.slots, asking, self._matcher.fold, days)
