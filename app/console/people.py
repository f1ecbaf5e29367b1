"""What people do with conversations that were handed over: read, answer, give back, keep.

Knows nothing of pages; `app.console.people_page` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol

import anyio

from app.content.drafts import write_draft
from app.dialogue.inbox import CustomerService
from app.domain.content import Account, Catalog, IntentKind
from app.domain.handoff import Author, Case, CaseState, Hold, is_holding
from app.state.handoffs import Handoffs

MAX_ANSWER_CHARS = 500
"""With its heading well below what one WeChat message takes."""
_LISTED = 100
_QUESTIONS = 5


class Sent(StrEnum):
    """What became of an answer; the values are what the page says."""

    NOW = "已发给家长。"
    LATER = "已记下。这个公众号不能主动发消息，家长下次来消息时会看到。"
    REFUSED = "微信现在不让发（家长超过 48 小时没有来消息，或已取消关注）；家长下次来消息时会看到。"
    GONE = "这个会话已经不在了（超过 7 天没有动静，或家长取消了关注），没有发出。"


class Drafting(Protocol):
    """Writes what people answered into the draft that all operators share."""

    async def from_answer(
        self, region: str, questions: Sequence[str], answer: str, operator: str
    ) -> str:
        """Begin an intent with a question and its answer; return what to tell the operator.

        Raises:
            ConsoleError: Somebody began one at the same moment.
            StateUnavailableError: Redis does not answer.
        """
        ...


class People:
    """The inbox as the people at work see it. One per console process."""

    def __init__(
        self,
        catalog: Callable[[], Catalog],
        inbox: Handoffs,
        service: CustomerService,
        clock: Callable[[], datetime],
        drafts: Path,
        drafting: Drafting | None = None,
    ) -> None:
        """Wire it.

        Args:
            catalog: Returns the live one, for names of accounts and topics.
            inbox: The cases.
            service: Sends answers where an account may.
            clock: The present moment, Asia/Shanghai.
            drafts: Folder of draft intents, for where content cannot be changed.
            drafting: Writes into the shared draft; None: content cannot be changed here.
        """
        self._catalog = catalog
        self._inbox = inbox
        self._service = service
        self._clock = clock
        self._drafts = drafts
        self._drafting = drafting

    @property
    def catalog(self) -> Catalog:
        """What is published now."""
        return self._catalog()

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts that people stand behind."""
        return tuple(a for a in self.catalog.accounts.values() if a.handoff is not None)

    async def cases(self) -> tuple[Case, ...]:
        """Return the open cases: those that wait first, longest first; then the rest, latest first.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        found: list[Case] = []
        for account in self.accounts:
            found += await self._inbox.cases(account.id, _LISTED)
        waiting = [case for case in found if case.state is CaseState.WAITING]
        others = [case for case in found if case.state is not CaseState.WAITING]
        waiting.sort(key=lambda case: case.active_at)
        others.sort(key=lambda case: case.active_at, reverse=True)
        return (*waiting, *others)

    async def case(self, account: str, case_id: str) -> Case | None:
        """Return a case with its lines; None where it is gone.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        return await self._inbox.case(account, case_id)

    def is_silent(self, case: Case) -> bool:
        """Say whether the bot leaves the parent to people now."""
        plan = self.catalog.accounts[case.account].handoff
        hold = Hold(case.state, case.active_at)
        return plan is not None and is_holding(hold, plan.quiet, self._clock())

    async def answer(self, case: Case, text: str) -> Sent:
        """Send an answer, or keep it for the parent's next message.

        The bot stays silent where it was; an answer to a ticket does not make it so.

        Raises:
            StateUnavailableError: Redis does not answer; whether it was recorded is unknown.
        """
        text = text.strip()[:MAX_ANSWER_CHARS]
        said = self.catalog.texts.text("staff_reply", answer=text)
        may = bool(case.openid) and self._service.may_send(case.account)
        known = await self._inbox.case(case.account, case.id)
        if known is None:
            return Sent.GONE
        sent = may and await self._service.send_text(case.account, case.openid, said)
        recorded = await self._inbox.answer(
            *(case.account, case.id, text, self._clock()),
            sent=sent,
            silent=self.is_silent(known),
        )
        if not recorded and not sent:
            return Sent.GONE
        return Sent.NOW if sent else Sent.REFUSED if may else Sent.LATER

    async def release(self, case: Case) -> None:
        """Let the bot answer again.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        await self._inbox.release(case.account, case.id, self._clock())

    async def draft(self, case: Case, operator: str) -> str:
        """Write question and answer down as a draft intent; return what to tell the operator.

        Raises:
            ConsoleError: Somebody began one at the same moment.
            StateUnavailableError: Redis does not answer.
            OSError: The folder cannot be written.
        """
        answers = [line.text for line in case.lines if line.author is Author.STAFF]
        if not answers:
            return "还没有工作人员的回复，没有什么可存。"
        region = self.catalog.accounts[case.account].region
        answer, now = "\n".join(answers), self._clock()
        questions = self._questions(case)
        if self._drafting is not None:
            return await self._drafting.from_answer(region, questions, answer, operator)
        write = partial(write_draft, self._drafts, region, questions, answer, now)
        return f"草稿：{await anyio.to_thread.run_sync(write)}"

    def _questions(self, case: Case) -> list[str]:
        no_questions = {
            words
            for intent in self.catalog.intents.values()
            if intent.kind in {IntentKind.HANDOFF, IntentKind.SMALLTALK}
            for words in intent.utterances
        }
        asked = (line.text for line in case.lines if line.author is Author.PARENT)
        real = [t for t in asked if t and t not in no_questions and not t.startswith("〔")]
        return real[-_QUESTIONS:]
