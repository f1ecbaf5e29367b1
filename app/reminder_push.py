"""Sends reminders through the platform: as a subscription notice, else as a customer-service text.

The notice is what a parent consented to at WeChat, once for each; without consent left, a message
within the window that the parent's last one opened still may.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from app.api_wiring import Apis
from app.cancelling import cancelled
from app.dialogue.reminder_turn import Errand
from app.dialogue.reminding import Pushed, Reminding
from app.domain.channels import Capability, Channel
from app.domain.content import Account, Catalog
from app.domain.erasure import Erased
from app.errors import ApiTransportError, StateError, WeChatApiError
from app.state.reminders import ReminderIndex
from app.state.sessions import Conversations
from app.wechat.api.client import WeChatApi

ROUND_S = 30.0
"""Between two looks at who is due."""

_log = structlog.get_logger(__name__)


Count = Callable[[Mapping[Pushed, int]], None]


def uncounted(_outcomes: Mapping[Pushed, int]) -> None:
    """Count nothing."""


class ReminderPush:
    """Implements the port `Push` with the API clients of this process."""

    def __init__(self, apis: Apis, catalog: Callable[[], Catalog]) -> None:
        self._apis = apis
        self._catalog = catalog

    async def push(self, account: str, user: str, errand: Errand) -> Pushed:
        """Send a reminder by the best way that the account has now."""
        client, known = self._apis.clients.get(account), self._catalog().accounts[account]
        if client is None:
            return Pushed.REFUSED
        outcome = await self._notify(client, known, user, errand)
        if outcome is Pushed.REFUSED:
            outcome = await self._write(client, account, user, errand)
        return outcome

    async def _notify(
        self, client: WeChatApi, account: Account, user: str, errand: Errand
    ) -> Pushed:
        notice = account.notice
        if notice is None or not client.may(Capability.SUBSCRIPTION_NOTICE):
            return Pushed.REFUSED
        values = {
            name: text.format(title=errand.title, day=errand.until)
            for name, text in notice.fields.items()
        }
        try:
            await client.send_notice(user, notice.template, values)
        except WeChatApiError as error:
            return _failed(account.id, error)
        return Pushed.SENT

    async def _write(self, client: WeChatApi, account: str, user: str, errand: Errand) -> Pushed:
        outbox = self._apis.outbox
        try:
            way = await outbox.channel(account, user, callback_open=False, is_ready=True)
            if way is not Channel.CUSTOMER_SERVICE:
                return Pushed.REFUSED
            await client.send_text(user, errand.text)
        except StateError:
            return Pushed.REFUSED
        except WeChatApiError as error:
            return _failed(account, error)
        return Pushed.SENT


def _failed(account: str, error: WeChatApiError) -> Pushed:
    _log.warning("reminder_not_sent", account=account, errcode=error.errcode)
    if isinstance(error, ApiTransportError) and error.was_sent:
        return Pushed.UNSURE
    return Pushed.REFUSED


class Farewell:
    """Forgets who unfollows or asks for it: the conversation, and when to remind."""

    def __init__(self, conversations: Conversations, index: ReminderIndex) -> None:
        self._conversations = conversations
        self._index = index

    async def forget(self, account: str, user: str, *, keep: str = "") -> frozenset[Erased]:
        """Delete everything stored about `user` and return what there was; see `Conversations`.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        erased = await self._conversations.forget(account, user, keep=keep)
        there = await self._index.drop(account, user)
        return erased | {Erased.REMINDERS} if there else erased


@asynccontextmanager
async def reminders_sent(
    reminding: Reminding, every_s: float = ROUND_S, count: Count = uncounted
) -> AsyncIterator[None]:
    """Send what is due, again and again, as long as the block runs; `count` is told how it went."""
    task = asyncio.create_task(_remind(reminding, every_s, count))
    try:
        yield
    finally:
        await cancelled(task)


async def _remind(reminding: Reminding, every_s: float, count: Count) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            count(await reminding.round())
        except StateError as error:
            _log.warning("reminders_wait_for_store", reason=str(error))
