"""Flows as operators write them → flows as the machine runs them: one flat table a region.

Typed slots get the choices that their type brings along, and a sub-flow's rows take the place of
the row that names it. Tolerant: what is wrong is left out here and reported by lint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.content.files import ContentFiles
from app.content.flow_model import ChoicePart, FlowFile, FlowRegionPart, RowPart, SlotPart
from app.content.parsing import Parsed
from app.content.slot_vocabulary import IGNORED, PRESETS
from app.content.synonym_patterns import PatternError, expand
from app.domain.flows import Bounds, Choice, Flow, FlowRegion, FlowTest, Row, Slot, SlotKind
from app.domain.names import Anchor, FlowId, IntentId, Region


def build_flows(files: ContentFiles) -> dict[FlowId, Flow]:
    """Return all flows with their sub-flows worked in."""
    builder = FlowBuilder(files)
    return {FlowId(name): builder.flow(parsed) for name, parsed in files.flows.items()}


def build_slot(name: str, part: SlotPart, place: str) -> Slot:
    """Return a slot with all its choices; `place` is what the account calls its region."""
    presets = PRESETS.get(part.type, {})
    own = part.choices
    choices = [
        Choice(
            value,
            (own[value].label if value in own else None) or preset.label.format(name=place),
            _all_forms((*preset.synonyms, *(own[value].synonyms if value in own else ()))),
        )
        for value, preset in presets.items()
    ]
    choices += [
        Choice(value, choice.label or value, _all_forms(choice.synonyms))
        for value, choice in own.items()
        if value not in presets
    ]
    return Slot(
        name=name,
        title=part.title,
        ask=part.ask,
        confused=part.confused,
        why=part.why,
        choices=tuple(choices),
        kind=SlotKind(part.type),
        ranges=tuple(bounds_of(value, choice) for value, choice in own.items())
        if part.type in {SlotKind.DATE, SlotKind.NUMBER}
        else (),
        unit=part.unit or "",
        otherwise=part.otherwise or "",
        ignore=_all_forms((*IGNORED.get(part.type, ()), *part.ignore)),
    )


def bounds_of(value: str, choice: ChoicePart) -> Bounds:
    """Return the numbers or days that a choice stands for."""
    low = choice.since.toordinal() if choice.since else choice.min
    high = choice.until.toordinal() if choice.until else choice.max
    return Bounds(value, low, high)


class FlowBuilder:
    """Builds flows; knows where to find the sub-flows they name."""

    def __init__(self, files: ContentFiles) -> None:
        self._files = files
        accounts = files.accounts.value.accounts.values() if files.accounts else ()
        self._places = {account.region: account.name for account in accounts}

    def flow(self, parsed: Parsed[FlowFile]) -> Flow:
        """Return one flow."""
        value = parsed.value
        return Flow(
            id=FlowId(value.flow),
            topic=IntentId(value.topic),
            title=value.title,
            regions={
                Region(name): self._region(value, name, part)
                for name, part in value.regions.items()
            },
            file=parsed.file,
            starts=_all_forms(value.starts),
            tests=tuple(
                FlowTest(
                    Region(test.region),
                    tuple(test.say),
                    test.ends,
                    parsed.source.place(("tests", i)).line,
                )
                for i, test in enumerate(value.tests)
            ),
        )

    def slots(self, region: str, part: FlowRegionPart) -> tuple[Slot, ...]:
        """Return the slots that the operator wrote in this flow."""
        place = self._places.get(region, "本市")
        return tuple(build_slot(name, slot, place) for name, slot in part.slots.items())

    def own(self, region: str, part: FlowRegionPart) -> FlowRegion:
        """Return a region of a flow as written: a row with a sub-flow is a row like any other."""
        rows = tuple(_row(row, i) for i, row in enumerate(part.decide))
        return FlowRegion(self.slots(region, part), rows)

    def circle(self, region: str, name: str, above: tuple[str, ...]) -> tuple[str, ...]:
        """Return the way from a flow round to one of those above it; empty where there is none."""
        if name in above:
            return (*above[above.index(name) :], name)
        flow = self._files.flows.get(name)
        part = flow.value.regions.get(region) if flow else None
        for row in part.decide if part else ():
            way = self.circle(region, row.flow, (*above, name)) if row.flow else ()
            if way:
                return way
        return ()

    def labels_below(self, region: str, name: str) -> Mapping[str, Mapping[str, str]]:
        """Return slot → value → label of a sub-flow and of all flows below it."""
        flow = self._files.flows.get(name)
        built = self.flow(flow).regions.get(Region(region)) if flow else None
        return labels_of(built.slots) if built else {}

    def _region(self, flow: FlowFile, region: str, part: FlowRegionPart) -> FlowRegion:
        slots, rows = self._flattened(region, flow, part, (flow.flow,))
        return FlowRegion(
            slots=slots,
            decide=rows,
            compare=part.compare or "",
            compare_sources=_anchors(part.compare_source),
            family=frozenset(part.family),
            topic=IntentId(part.topic) if part.topic else None,
            own_slots=frozenset(part.slots),
        )

    def _flattened(
        self, region: str, flow: FlowFile, part: FlowRegionPart, above: tuple[str, ...]
    ) -> tuple[tuple[Slot, ...], tuple[Row, ...]]:
        """Return slots and rows with all sub-flows worked in; `above` are the flows on the way."""
        slots = {slot.name: slot for slot in self.slots(region, part)}
        rows: list[Row] = []
        for i, written in enumerate(part.decide):
            row = _row(written, i)
            if written.flow is None:
                rows.append(row)
                continue
            below = self._files.flows.get(written.flow)
            below_part = below.value.regions.get(region) if below else None
            if below is None or below_part is None or written.flow in above:
                continue
            more, inner = self._flattened(region, below.value, below_part, (*above, written.flow))
            for slot in more:
                slots.setdefault(slot.name, slot)
            topic = IntentId(below_part.topic or below.value.topic)
            rows.extend(_joined(row, under, topic) for under in inner if _meet(row, under))
        return tuple(slots.values()), tuple(rows)


def _joined(row: Row, under: Row, topic: IntentId) -> Row:
    """Return a sub-flow's row under the conditions of the row that calls it."""
    when = {**under.when}
    for name, accepted in row.when.items():
        when[name] = accepted & when[name] if name in when else accepted
    return replace(under, when=when, topic=under.topic or topic, origin=row.origin)


def _meet(row: Row, under: Row) -> bool:
    shared = row.when.keys() & under.when.keys()
    return all(row.when[name] & under.when[name] for name in shared)


def _row(part: RowPart, origin: int) -> Row:
    return Row(
        when={slot: frozenset(accepted) for slot, accepted in part.when.items()},
        verdict=part.verdict or "",
        say=part.say or "",
        sources=_anchors(part.source),
        answer=IntentId(part.answer) if part.answer else None,
        origin=origin,
    )


def _anchors(references: Sequence[str] | None) -> tuple[Anchor, ...]:
    pairs = (reference.partition("#") for reference in references or ())
    return tuple(Anchor(document, heading) for document, _, heading in pairs)


def _all_forms(texts: Sequence[str]) -> tuple[str, ...]:
    forms: dict[str, None] = {}
    for text in texts:
        try:
            forms |= dict.fromkeys(expand(text))
        except PatternError:
            continue
    return tuple(forms)


def labels_of(slots: Sequence[Slot]) -> Mapping[str, Mapping[str, str]]:
    """Return slot → value → label, for messages to operators."""
    return {slot.name: {c.value: c.label for c in slot.choices} for slot in slots}
