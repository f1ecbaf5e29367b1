"""Checked files to domain values; nothing here can fail on content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.content.calendar_builder import build_calendars
from app.content.files import ContentFiles
from app.content.flow_builder import build_flows
from app.content.handoff_model import build_plan
from app.content.intent_model import IntentFile
from app.content.markdown_source import ParsedDocument
from app.content.menu_model import build_menus
from app.content.parsing import Parsed
from app.content.shared_models import ScenePart
from app.domain.channels import AccountKind
from app.domain.content import (
    Account,
    Answer,
    Catalog,
    Document,
    Fact,
    HandoffWhen,
    Intent,
    IntentKind,
    Notice,
    Opposites,
    Scene,
    Texts,
)
from app.domain.names import Anchor, FlowId, IntentId, Region
from app.matching.normalise import normalise


def build_catalog(files: ContentFiles) -> Catalog:
    """Return the catalog of files that have been checked and have no errors."""
    synonyms = files.synonyms.value.synonyms if files.synonyms else {}
    commands = files.commands.value.commands if files.commands else {}
    texts = files.texts.value.texts if files.texts else {}
    return Catalog(
        revision=files.revision,
        intents={IntentId(name): _intent(parsed) for name, parsed in files.intents.items()},
        flows=build_flows(files),
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
            Region(region): Answer(
                answer.text,
                _anchors(answer.source),
                tuple(answer.windows),
                tuple(answer.windows_if_asked),
            )
            for region, answer in value.answers.items()
        },
        flow=FlowId(value.flow) if value.flow else None,
        replies=(value.reply,) if value.reply else tuple(value.replies),
        about=value.about,
        regions=tuple(Region(region) for region in value.regions),
        related=tuple(IntentId(other) for other in value.related),
        elsewhere={Region(region): IntentId(other) for region, other in value.elsewhere.items()},
        tests=tuple(value.tests),
        handoff=HandoffWhen(value.handoff or "asked"),
        screens=tuple(value.screens),
        file=parsed.file,
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


def _scene(part: ScenePart) -> Scene:
    return Scene(part.title, part.greeting, IntentId(part.opens) if part.opens else None)


def _accounts(files: ContentFiles) -> Mapping[str, Account]:
    if files.accounts is None:
        return {}
    menus = build_menus(files.menu.value) if files.menu else {}
    return {
        name: Account(
            id=name,
            region=Region(part.region),
            name=part.name,
            welcome=tuple(IntentId(intent) for intent in part.welcome),
            confirm=part.confirm,
            places=tuple(part.places),
            kind=AccountKind(part.type),
            verified=part.verified,
            notice=Notice(part.notice.template, part.notice.fields) if part.notice else None,
            scenes={scene: _scene(value) for scene, value in part.scenes.items()},
            menu=menus.get(name),
            also=tuple(Region(region) for region in part.also),
            handoff=build_plan(part.handoff) if part.handoff else None,
        )
        for name, part in files.accounts.value.accounts.items()
    }
