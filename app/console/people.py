"""What people do with conversations that were handed over: read, answer, give back, keep.

Knows nothing of pages; `app.console.people_page` shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

import anyio

from app.content.drafts import write_draft
from app.dialogue.inbox import CustomerService
from app.domain.content import Catalog, IntentKind
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


class People:
    """The inbox as the people at work see it. One per console process."""

    def __init__(
        self,
        catalog: Catalog,
        inbox: Handoffs,
        service: CustomerService,
        clock: Callable[[], datetime],
        drafts: Path,
    ) -> None:
        """Wire it.

        Args:
            catalog: For names of accounts and topics.
            inbox: The cases.
            service: Sends answers where an account may.
            clock: The present moment, Asia/Shanghai.
            drafts: Folder of draft intents.
        """
        self.catalog = catalog
        self.accounts = tuple(a for a in catalog.accounts.values() if a.handoff is not None)
        self._inbox = inbox
        self._service = service
        self._clock = clock
        self._drafts = drafts
        self._no_questions = {
            words
            for intent in catalog.intents.values()
            if intent.kind in {IntentKind.HANDOFF, IntentKind.SMALLTALK}
            for words in intent.utterances
        }

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

    async def draft(self, case: Case) -> Path | None:
        """Write question and answer down as a draft intent; None where nobody has answered.

        Raises:
            OSError: The folder cannot be written.
        """
        answers = [line.text for line in case.lines if line.author is Author.STAFF]
        if not answers:
            return None
        region = self.catalog.accounts[case.account].region
        answer, now = "\n".join(answers), self._clock()
        write = partial(write_draft, self._drafts, region, self._questions(case), answer, now)
        return await anyio.to_thread.run_sync(write)

    def _questions(self, case: Case) -> list[str]:
        asked = (line.text for line in case.lines if line.author is Author.PARENT)
        real = [t for t in asked if t and t not in self._no_questions and not t.startswith("〔")]
        return real[-_QUESTIONS:]
