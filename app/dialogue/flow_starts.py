"""Flows that start by words of their own, where no intent has a better claim."""

from __future__ import annotations

from functools import lru_cache

from app.dialogue.understanding import Kind, Reading
from app.domain.content import Catalog
from app.domain.flows import Flow
from app.domain.names import Region
from app.flows.starts import Starts
from app.matching.normalise import REMEMBERED, normalise, squeeze, without_fillers

_OTHER_BUSINESS = {Kind.SAFETY, Kind.HANDOFF, Kind.BACKGROUND}


class FlowStarts:
    """The flows of one region that have words of their own."""

    def __init__(self, catalog: Catalog, region: Region) -> None:
        self._flows = tuple(
            (flow, Starts(flow.starts))
            for flow in catalog.flows.values()
            if flow.starts and region in flow.regions
        )
        self._named = lru_cache(maxsize=REMEMBERED)(self._find)

    def flow_for(self, text: str, reading: Reading) -> Flow | None:
        """Return the flow that a whole message starts; None where it is some intent's sentence."""
        if reading.kind in _OTHER_BUSINESS or reading.ranking.is_exact:
            return None
        return self._named(text)

    def _find(self, text: str) -> Flow | None:
        squeezed = squeeze(without_fillers(normalise(text)))
        return next((flow for flow, starts in self._flows if starts.matches(squeezed)), None)
