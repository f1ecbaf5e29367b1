"""Every answer as of a date, as a parent would read it, taken apart for comparing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.dialogue.replies import Replies
from app.domain.content import Account, Catalog, Intent, IntentKind
from app.domain.flows import Flow, FlowRegion, Row
from app.domain.names import Region
from app.knowledge import quoting
from app.knowledge.calendar import date_lines, window_lines


@dataclass(frozen=True, slots=True)
class AnswerText:
    """What one intent or flow says in one region at a moment."""

    intent: str
    """Intent or flow."""
    title: str
    kind: str
    """An `IntentKind`, or `flow`."""
    region: str
    """Empty: the same in all regions."""
    state: str
    """Variant of the text, in Chinese; empty for an answer."""
    notice: str
    """Line above: the document has expired."""
    dates: str
    """Lines that the calendar puts before the text at this moment."""
    dates_if_asked: str
    """The same, told only to who asks for dates."""
    text: str
    source: str
    """Line below: document and year."""
    validity: str
    """Until when the cited documents apply, in Chinese; for operators."""
    related: tuple[str, ...]
    """Titles of the questions offered below."""
    file: str
    flow: str = ""
    """Flow that starts with this answer."""

    @property
    def shown(self) -> str:
        """The reply's text as a parent reads it, without what can be tapped."""
        dated = f"{self.dates}\n\n{self.text}" if self.dates else self.text
        above = f"{self.notice}\n{dated}" if self.notice else dated
        return f"{above}\n\n{self.source}" if self.source else above


def answers_at(
    catalog: Catalog,
    at: datetime,
    accounts: Collection[str] = (),
    intents: Collection[str] = (),
) -> tuple[AnswerText, ...]:
    """Return every text of every intent and flow at a moment, by intent, then by region.

    Args:
        catalog: All content.
        at: Asia/Shanghai.
        accounts: Only what these accounts answer; empty: all.
        intents: Only these intents and flows; empty: all.
    """
    pages = {
        region: _Region(catalog, account, at)
        for region, account in _regions(catalog, accounts).items()
    }
    found: list[AnswerText] = []
    for _, intent in sorted(catalog.intents.items()):
        if not intents or intent.id in intents:
            found.extend(_of_intent(pages, intent))
    for _, flow in sorted(catalog.flows.items()):
        if not intents or flow.id in intents:
            for region, page in pages.items():
                if region in flow.regions:
                    found.extend(page.flow(flow, flow.regions[region]))
    return tuple(found)


def _regions(catalog: Catalog, accounts: Collection[str]) -> dict[Region, Account]:
    """Return the regions that the accounts answer for, each with the account of its own."""
    chosen = [a for a in catalog.accounts.values() if not accounts or a.id in accounts]
    wanted = {region for a in chosen for region in (a.region, *a.also)}
    return {a.region: a for a in reversed(list(catalog.accounts.values())) if a.region in wanted}


def _of_intent(pages: dict[Region, _Region], intent: Intent) -> Iterator[AnswerText]:
    match intent.kind:
        case IntentKind.FAQ:
            for region in sorted(intent.answers):
                if region in pages:
                    yield pages[region].answer(intent)
        case IntentKind.GAP:
            for region in sorted(intent.regions):
                if region in pages:
                    yield pages[region].gap(intent)
        case _:
            many = len(intent.replies) > 1
            for number, text in enumerate(intent.replies, 1):
                yield _plain(intent, text, f"说法 {number}" if many else "")


def _plain(intent: Intent, text: str, state: str) -> AnswerText:
    return AnswerText(
        intent=intent.id,
        title=intent.title,
        kind=str(intent.kind),
        region="",
        state=state,
        notice="",
        dates="",
        dates_if_asked="",
        text=text,
        source="",
        validity="",
        related=(),
        file=intent.file,
    )


class _Region:
    """The texts of one region at a moment."""

    def __init__(self, catalog: Catalog, account: Account, at: datetime) -> None:
        self._catalog = catalog
        self._account = account
        self._region = account.region
        self._at = at
        self._replies = Replies(catalog, account)
        self._facts = quoting.fact_values(catalog, account.region)

    def answer(self, intent: Intent) -> AnswerText:
        answer = intent.answers[self._region]
        documents = quoting.documents_of(self._catalog, answer.sources)
        lines = date_lines(self._catalog, self._region, intent.id, "", self._at)
        calendar = self._catalog.calendar.get(self._region)
        asked = (
            window_lines(calendar, answer.windows_if_asked, "", self._at)
            if calendar and answer.windows_if_asked
            else ()
        )
        flow = self._catalog.flows.get(intent.flow) if intent.flow else None
        return AnswerText(
            intent=intent.id,
            title=intent.title,
            kind=str(intent.kind),
            region=self._region,
            state="",
            notice=quoting.expiry_notice(self._catalog, documents, self._at.date()),
            dates=quoting.with_facts("\n".join(lines), self._facts),
            dates_if_asked="\n".join(asked),
            text=quoting.with_facts(answer.text, self._facts),
            source=quoting.source_line(self._catalog, documents),
            validity="；".join(_validity(d.title, d.valid_until, self._at) for d in documents),
            related=tuple(c.label for c in self._replies.choices(intent.related)),
            file=intent.file,
            flow=flow.title if flow and self._region in flow.regions else "",
        )

    def gap(self, intent: Intent) -> AnswerText:
        document = self._replies.document if self._replies.is_dated(intent.id) else None
        documents = (document,) if document else ()
        return AnswerText(
            intent=intent.id,
            title=intent.title,
            kind=str(intent.kind),
            region=self._region,
            state="",
            notice=quoting.expiry_notice(self._catalog, documents, self._at.date()),
            dates="",
            dates_if_asked="",
            text=self._replies.not_stated(intent, self._at),
            source=quoting.source_line(self._catalog, documents),
            validity="",
            related=(),
            file=intent.file,
        )

    def flow(self, flow: Flow, part: FlowRegion) -> Iterator[AnswerText]:
        for slot in part.slots:
            if slot.name in part.own_slots:
                yield self._step(flow, f"问 {slot.title}", slot.ask)
        seen: set[int] = set()
        for row in part.decide:
            if row.origin not in seen and row.answer is None:
                seen.add(row.origin)
                yield self._step(flow, f"结果 {row.origin + 1}：{row.verdict}", row.say, row)
        if part.compare:
            yield self._step(flow, "对照", part.compare)

    def _step(self, flow: Flow, state: str, text: str, row: Row | None = None) -> AnswerText:
        documents = quoting.documents_of(self._catalog, row.sources if row else ())
        return AnswerText(
            intent=flow.id,
            title=flow.title,
            kind="flow",
            region=self._region,
            state=state,
            notice=quoting.expiry_notice(self._catalog, documents, self._at.date()),
            dates="",
            dates_if_asked="",
            text=quoting.with_facts(text, self._facts),
            source=quoting.source_line(self._catalog, documents),
            validity="；".join(_validity(d.title, d.valid_until, self._at) for d in documents),
            related=(),
            file=flow.file,
        )


def _validity(title: str, until: object, at: datetime) -> str:
    over = str(at.date()) > str(until)
    return f"《{title}》{'已于' if over else '适用到'} {until}{' 到期' if over else ''}"
