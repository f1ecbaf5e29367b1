"""Replies from content: answers with source and validity, choices that can be tapped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from app.domain.content import Account, Catalog, Document, Intent
from app.domain.flows import Row
from app.domain.names import Anchor, IntentId
from app.domain.turn import Choice, Reply, Session
from app.knowledge import quoting
from app.knowledge.calendar import date_lines
from app.matching.normalise import REMEMBERED

_WORDINGS = 256
"""Of the bot itself that are remembered, as they read for the account."""


class Replies:
    """Makes the replies of one account. Pure: the same input gives the same reply."""

    def __init__(self, catalog: Catalog, account: Account) -> None:
        self.catalog = catalog
        self.account = account
        self._facts = quoting.fact_values(catalog, account.region)
        self._dated = lru_cache(maxsize=REMEMBERED)(self._date)
        self._answered = lru_cache(maxsize=REMEMBERED)(self._answer)
        self._plain = lru_cache(maxsize=_WORDINGS)(self._worded)

    def text(self, key: str, turn: int = 0, **values: str) -> str:
        """Return the bot's own wording of `key`, with the account's names filled in."""
        return self._worded(key, turn, **values) if values else self._plain(key, turn)

    def _worded(self, key: str, turn: int, **values: str) -> str:
        names = {"name": self.account.name, "confirm": self.account.confirm}
        return self.catalog.texts.text(key, turn, **{**names, **values})

    def said(self, text: str, choices: Iterable[Choice] = (), intro: str = "") -> Reply:
        """Return a reply of the bot's own words, without a source."""
        return Reply(text=text, choices=tuple(choices), choices_intro=intro)

    def tappable(
        self,
        text: str,
        choices: Iterable[Choice],
        session: Session,
        intro: str = "choices_tap",
    ) -> Reply:
        """Return a remark with questions to tap; numbers stay with the choices before it.

        Inside a flow there are none: its own question waits for an answer.
        """
        shown = () if session.flow is not None else tuple(choices)
        return Reply(text, shown, self.text(intro) if shown else "", numbered=False)

    def quoted(
        self,
        text: str,
        sources: tuple[Anchor, ...],
        now: datetime,
        choices: Iterable[Choice] = (),
        intro: str = "",
    ) -> Reply:
        """Return a reply that quotes documents: facts in, expiry first, source line last."""
        documents = quoting.documents_of(self.catalog, sources)
        return self._from(quoting.with_facts(text, self._facts), documents, now, choices, intro)

    def about(
        self,
        text: str,
        document: Document | None,
        now: datetime,
        choices: Iterable[Choice] = (),
        intro: str = "",
    ) -> Reply:
        """Return a reply on what a document does not say: expiry first, source line last."""
        return self._from(text, (document,) if document else (), now, choices, intro)

    def _from(
        self,
        text: str,
        documents: tuple[Document, ...],
        now: datetime,
        choices: Iterable[Choice],
        intro: str,
    ) -> Reply:
        notice = quoting.expiry_notice(self.catalog, documents, now.date())
        return Reply(
            text=f"{notice}\n{text}" if notice else text,
            choices=tuple(choices),
            choices_intro=intro,
            source=quoting.source_line(self.catalog, documents),
        )

    def dated(self, intent_id: IntentId, now: datetime, asked: str = "") -> str:
        """Return an answer's text; before it what the calendar says about the moment asked about.

        Raises:
            KeyError: The intent has no answer in this region (the caller checks).
        """
        # Nothing opens or closes within a minute, and many ask the same within one.
        return self._dated(intent_id, now.replace(second=0, microsecond=0), asked)

    def _date(self, intent_id: IntentId, now: datetime, asked: str) -> str:
        answer = self.catalog.intents[intent_id].answers[self.account.region]
        lines = date_lines(self.catalog, self.account.region, intent_id, asked, now)
        return "\n\n".join(("\n".join(lines), answer.text)) if lines else answer.text

    def answer(self, intent_id: IntentId, now: datetime, asked: str = "") -> Reply:
        """Return the curated answer of an intent with its related questions.

        `asked` is the question, for the date that it names; empty for a tap.

        Raises:
            KeyError: The intent has no answer in this region (the caller checks).
        """
        return self._answered(intent_id, now.replace(second=0, microsecond=0), asked)

    def _answer(self, intent_id: IntentId, now: datetime, asked: str) -> Reply:
        answer = self.catalog.intents[intent_id].answers[self.account.region]
        related = self.choices(self.catalog.intents[intent_id].related)
        intro = self.text("choices_related") if related else ""
        text = self.dated(intent_id, now, asked)
        return self.quoted(text, answer.sources, now, related, intro)

    def answers(
        self, intent_ids: Sequence[IntentId], now: datetime, asked: Mapping[IntentId, str]
    ) -> Reply:
        """Return several answers in one reply, in order, each under its title."""
        parts = [self.text("merged", count=str(len(intent_ids)))]
        sources: list[Anchor] = []
        related: list[IntentId] = []
        for intent_id in intent_ids:
            intent = self.catalog.intents[intent_id]
            answer = intent.answers[self.account.region]
            text = self.dated(intent_id, now, asked.get(intent_id, ""))
            parts.append(f"{self.text('merged_part', title=intent.title)}\n{text}")
            sources.extend(answer.sources)
            related.extend(r for r in intent.related if r not in intent_ids)
        choices = self.choices(related, limit=2)
        intro = self.text("choices_related") if choices else ""
        return self.quoted("\n\n".join(parts), tuple(sources), now, choices, intro)

    def verdict(self, row: Row, related: Iterable[IntentId], now: datetime) -> Reply:
        """Return the outcome of a decision table's row."""
        choices = self.choices(related)
        intro = self.text("choices_related") if choices else ""
        return self.quoted(row.say, row.sources, now, choices, intro)

    @property
    def document(self) -> Document | None:
        """The region's document."""
        every = self.catalog.documents.values()
        return next((d for d in every if d.region == self.account.region), None)

    def is_dated(self, intent_id: IntentId | None) -> bool:
        """Tell whether days are asked for with an intent; then the document's age matters."""
        calendar = self.catalog.calendar.get(self.account.region)
        return calendar is not None and intent_id in {calendar.default_topic, *calendar.topics}

    def not_stated(self, intent: Intent, now: datetime) -> str:
        """Say that the region's document leaves out what a gap is about."""
        found = self.document
        document = found.title if found else self.account.name
        about = intent.about or intent.title
        if found is not None and found.valid_until < now.date() and self.is_dated(intent.id):
            year = found.applies_to
            return self.text("not_stated_over", document=document, about=about, applies_to=year)
        return self.text("not_stated", document=document, about=about)

    def choices(self, intents: Iterable[IntentId], limit: int = 3) -> tuple[Choice, ...]:
        """Return tappable questions for the intents that this region answers."""
        known = [
            self.catalog.intents[i]
            for i in dict.fromkeys(intents)
            if self.catalog.answer(i, self.account.region)
        ]
        return tuple(Choice(label=i.title, say=i.title, key=i.id) for i in known[:limit])

    def welcome_choices(self) -> tuple[Choice, ...]:
        """Return the account's first questions."""
        return self.choices(self.account.welcome, limit=4)
