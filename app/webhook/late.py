"""Replies that came too late for every request: announced, fetched by a tap, or added.

The announcement carries a link that sends 查看回复 with the ticket of its question, so that the
tap brings the answer to that question and no other. Typed, 查看回复 brings the oldest.
"""

from __future__ import annotations

import re
from time import monotonic

import structlog

from app.domain.handoff import transfer_target
from app.domain.turn import Message, MessageKind
from app.errors import StateError
from app.time_limit import within
from app.webhook.limits import TurnLimits
from app.webhook.ports import Deliveries, Unread, Wording
from app.wechat.links import tap_link
from app.wechat.outbound import TEXT_LIMIT_BYTES, byte_length

VIEW_SAY = "查看回复"
"""What a tap sends and a parent may type."""

_ANY = "*"
_ANY_KEY = "late"
_KEY = re.compile(r"late-([0-9a-f]{32})")
_AROUND = " \t\r\n\u3000。．.！!“”\"'「」"
_VIEW_SHARE = 0.8
"""Of the budget: so long a tap waits for the turn that it asks about."""

_log = structlog.get_logger(__name__)


class LateCounter:
    """Where parents get what came too late."""

    def __init__(
        self, unread: Unread, deliveries: Deliveries, wording: Wording, limits: TurnLimits
    ) -> None:
        self._unread = unread
        self._deliveries = deliveries
        self._wording = wording
        self._limits = limits

    def ticket(self, message: Message) -> str:
        """Return the public name of the message's delivery."""
        return self._unread.ticket(message.delivery_key)

    def asked_for(self, message: Message) -> str | None:
        """Return the ticket that a message asks for, `*` for any; None for other messages.

        The text decides; the id of the tapped link only says which.
        """
        if message.kind is not MessageKind.TEXT or message.text.strip(_AROUND) != VIEW_SAY:
            return None
        match = _KEY.fullmatch(message.menu_id)
        return match[1] if match else _ANY

    def announcement(self, account: str, ticket: str) -> str:
        """Return the text that asks to wait a little and fetch the reply with a tap."""
        wait = self._wording.text(account, "late_wait")
        label = self._wording.text(account, "late_view")
        return f"{wait}\n\n{tap_link(label, VIEW_SAY, f'late-{ticket}')}"

    async def view(self, message: Message, which: str) -> str:
        """Return the reply that a tap asks for; waits within the budget where it is not ready.

        Raises:
            StateError: The store is away.
        """
        until = monotonic() + self._limits.budget_s * _VIEW_SHARE
        reply = await self._take(message, which)
        if reply is None and which != _ANY:
            where = (message.account, message.user, which)
            left_s = max(0.0, until - monotonic())
            found = await self._deliveries.wait(*where, left_s, is_ticket=True)
            reply = await self._take(message, which)
            if reply is None and found is None and monotonic() >= until:
                return self.announcement(message.account, which)
        return reply or self._wording.text(message.account, "late_gone")

    async def with_earlier(self, message: Message, reply: str) -> str:
        """Return `reply` with a late one before it, or with a link to it where both do not fit.

        The same message gets the same text again. Without the store: `reply` as it is.
        """
        if not _is_text(reply) or self.asked_for(message) is not None:
            return reply
        account, user = message.account, message.user
        try:
            with within(self._limits.store_s):
                earlier = await self._unread.take(account, user, by=message.delivery_key)
                if earlier is None:
                    return reply
                if not _is_text(earlier):
                    await self._unread.give_back(account, user, by=message.delivery_key)
                    return reply
                before = self._wording.text(account, "late_before")
                both = f"{before}\n{earlier}\n\n{reply}"
                if byte_length(both) <= TEXT_LIMIT_BYTES:
                    return both
                await self._unread.give_back(account, user, by=message.delivery_key)
        except (StateError, TimeoutError) as exc:
            _log.warning("unread_away", account=account, error=type(exc).__name__)
            return reply
        link = tap_link(self._wording.text(account, "late_more"), VIEW_SAY, _ANY_KEY)
        linked = f"{reply}\n\n{link}"
        return linked if byte_length(linked) <= TEXT_LIMIT_BYTES else reply

    async def take_for_push(self, message: Message) -> str | None:
        """Take the message's own late reply to send it; None where somebody else has it.

        Raises:
            StateError: The store is away.
        """
        return await self._unread.take(
            message.account, message.user, by=_pusher(message), which=self.ticket(message)
        )

    async def give_back_push(self, message: Message) -> None:
        """Undo `take_for_push`; where the store is away, a retry of the taker finds it later."""
        try:
            await self._unread.give_back(message.account, message.user, by=_pusher(message))
        except StateError as exc:
            _log.warning("unread_away", account=message.account, error=type(exc).__name__)

    async def _take(self, message: Message, which: str) -> str | None:
        return await self._unread.take(
            message.account, message.user, by=message.delivery_key, which=which
        )


def _is_text(reply: str) -> bool:
    """Tell a text from silence and from a message that is passed on to a person."""
    return bool(reply.strip()) and transfer_target(reply) is None


def _pusher(message: Message) -> str:
    return f"push:{message.delivery_key}"
