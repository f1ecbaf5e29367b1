"""Checked files to domain values; nothing here can fail on content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.content.calendar_builder import build_calendars
from app.content.files import ContentFiles
from app.content.flow_model import FlowFile, FlowRegionPart, RowPart, SlotPart
from app.content.intent_model import IntentFile
from app.content.markdown_source import ParsedDocument
from app.content.parsing import Parsed
from app.domain.content import (
    Account,
    Anchor,
    Answer,
    Catalog,
    Choice,
    Document,
    Fact,
    Flow,
    FlowId,
    FlowRegion,
    Intent,
    IntentId,
    IntentKind,
    Opposites,
    Region,
    Row,
    Slot,
    Texts,
)
from app.matching.normalise import normalise


def build_catalog(files: ContentFiles) -> Catalog:
    """Return the catalog of files that have been checked and have no errors."""
    synonyms = files.synonyms.value.synonyms if files.synonyms else {}
    commands = files.commands.value.commands if files.commands else {}
    texts = files.texts.value.texts if files.texts else {}
    return Catalog(
        revision=files.revision,
        intents={IntentId(name): _intent(parsed) for name, parsed in files.intents.items()},
        flows={FlowId(name): _flow(parsed) for name, parsed in files.flows.items()},
        documents={name: _document(parsed) for name, parsed in files.documents.items()},
        facts=_facts(files),
        accounts=_accounts(files),
        texts=Texts({name: tuple(variants) for name, variants in texts.items()}),
        places=tuple(files.places.value.places) if files.places else (),
        commands={
            name: tuple(dict.fromkeys(normalise(word) for word in words))
            for name, words in commands.items()
        },
        synonyms={word: tuple(others) for word, others in synonyms.items()},
        domain_words=tuple(files.words.value.words) if files.words else (),
        calendar=build_calendars(files),
        opposites=_opposites(files),
    )


def _opposites(files: ContentFiles) -> tuple[Opposites, ...]:
    parts = files.opposites.value.opposites if files.opposites else []
    return tuple(
        Opposites(*(tuple(map(normalise, side)) for side in (part.one, part.other, part.neither)))
        for part in parts
    )


def _anchor(reference: str) -> Anchor:
    document, _, heading = reference.partition("#")
    return Anchor(document, heading)


def _anchors(references: Sequence[str] | None) -> tuple[Anchor, ...]:
    return tuple(_anchor(reference) for reference in references or ())


def _intent(parsed: Parsed[IntentFile]) -> Intent:
    value = parsed.value
    return Intent(
        id=IntentId(value.intent),
        title=value.title,
        kind=IntentKind(value.kind),
        utterances=tuple(value.utterances),
        not_utterances=tuple(value.not_utterances),
        answers={
            Region(region): Answer(answer.text, _anchors(answer.source), tuple(answer.windows))
            for region, answer in value.answers.items()
        },
        flow=FlowId(value.flow) if value.flow else None,
        replies=(value.reply,) if value.reply else tuple(value.replies),
        about=value.about,
        regions=tuple(Region(region) for region in value.regions),
        related=tuple(IntentId(other) for other in value.related),
        elsewhere={Region(region): IntentId(other) for region, other in value.elsewhere.items()},
        tests=tuple(value.tests),
        file=parsed.file,
    )


def _flow(parsed: Parsed[FlowFile]) -> Flow:
    value = parsed.value
    return Flow(
        id=FlowId(value.flow),
        topic=IntentId(value.topic),
        title=value.title,
        regions={Region(region): _flow_region(part) for region, part in value.regions.items()},
        file=parsed.file,
    )


def _flow_region(part: FlowRegionPart) -> FlowRegion:
    return FlowRegion(
        slots=tuple(_slot(name, slot) for name, slot in part.slots.items()),
        decide=tuple(_row(row) for row in part.decide),
        compare=part.compare or "",
        compare_sources=_anchors(part.compare_source),
    )


def _slot(name: str, part: SlotPart) -> Slot:
    return Slot(
        name=name,
        title=part.title,
        ask=part.ask,
        confused=part.confused,
        why=part.why,
        choices=tuple(
            Choice(value, choice.label, tuple(choice.synonyms))
            for value, choice in part.choices.items()
        ),
    )


def _row(part: RowPart) -> Row:
    return Row(
        when={slot: frozenset(accepted) for slot, accepted in part.when.items()},
        verdict=part.verdict or "",
        say=part.say or "",
        sources=_anchors(part.source),
        answer=IntentId(part.answer) if part.answer else None,
    )


def _document(parsed: ParsedDocument) -> Document:
    front = parsed.front.value
    return Document(
        id=front.id,
        title=front.title,
        publisher=front.publisher,
        published=front.published,
        region=Region(front.region),
        applies_to=front.applies_to,
        valid_from=front.valid_from,
        valid_until=front.valid_until,
        confirm=front.confirm,
        sections=parsed.sections,
    )


def _facts(files: ContentFiles) -> Mapping[Region, Mapping[str, Fact]]:
    return {
        Region(region): {
            name: Fact(name, Region(region), fact.title, fact.value, _anchor(fact.source))
            for name, fact in parsed.value.facts.items()
        }
        for region, parsed in files.facts.items()
    }


def _accounts(files: ContentFiles) -> Mapping[str, Account]:
    if files.accounts is None:
        return {}
    return {
        name: Account(
            id=name,
            region=Region(part.region),
            name=part.name,
            welcome=tuple(IntentId(intent) for intent in part.welcome),
            confirm=part.confirm,
            places=tuple(part.places),
        )
        for name, part in files.accounts.value.accounts.items()
    }
