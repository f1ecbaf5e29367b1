"""The platform's API behind the ports of webhook, inbox and screenshots.

One place decides what an answer of the platform means for a message: whether it arrived, whether
the quota is given back, whether nothing more may be sent.
"""

from __future__ import annotations

import structlog

from app.api_wiring import Apis
from app.domain.channels import Capability, Channel, Trigger
from app.domain.turn import Message
from app.errors import (
    ApiTransportError,
    ReplyQuotaError,
    ReplyWindowError,
    StateError,
    UserUnreachableError,
    WeChatApiError,
)
from app.metrics import Metrics

_log = structlog.get_logger(__name__)


class CustomerMessages:
    """Customer-service messages (客服消息) within rights and quota.

    Implements `LateReplies` and `Windows` of the webhook and `CustomerService` of the inbox.
    """

    def __init__(self, apis: Apis, metrics: Metrics | None = None) -> None:
        self._apis = apis
        self._metrics = metrics

    def may_send(self, account: str) -> bool:
        """Say whether the account has the right to send such messages."""
        client = self._apis.clients.get(account)
        return client is not None and client.may(Capability.CUSTOMER_SERVICE)

    offered = may_send

    async def opened(self, account: str, user: str, trigger: Trigger) -> None:
        """Note what the user did; it opens a window for messages.

        Raises:
            StateError: The store is away.
        """
        if self.may_send(account):
            await self._apis.outbox.opened(account, user, trigger)

    async def push(self, message: Message, reply: str) -> bool:
        """Send a late reply; False where it surely did not arrive."""
        return await self.send_text(message.account, message.user, reply)

    async def send_text(self, account: str, openid: str, text: str) -> bool:
        """Send a text within the quota; False where it surely did not arrive.

        Where nobody knows, True: a parent never gets a message twice.
        """
        client = self._apis.clients.get(account)
        if client is None or not self.may_send(account):
            return False
        try:
            if not await self._apis.outbox.take(account, openid):
                return False
            sent = await self._sent(account, openid, text)
        except StateError as error:
            _log.warning("quota_unknown", account=account, error=type(error).__name__)
            return False
        if sent and self._metrics is not None:
            self._metrics.api.channel(account, Channel.CUSTOMER_SERVICE)
        return sent

    async def _sent(self, account: str, openid: str, text: str) -> bool:
        outbox = self._apis.outbox
        try:
            await self._apis.clients[account].send_text(openid, text)
        except (ReplyWindowError, ReplyQuotaError, UserUnreachableError):
            await outbox.closed(account, openid)
            return False
        except ApiTransportError as error:
            if error.was_sent:
                return True
            await outbox.give_back(account, openid)
            return False
        except WeChatApiError as error:
            _log.warning("message_not_sent", account=account, errcode=error.errcode)
            await outbox.give_back(account, openid)
            return False
        return True


class MediaFiles:
    """The media API (获取临时素材). Implements `MediaDownloads`."""

    def __init__(self, apis: Apis) -> None:
        self._apis = apis

    def may_download(self, account: str) -> bool:
        """Say whether the account has the right to."""
        client = self._apis.clients.get(account)
        return client is not None and client.may(Capability.MEDIA)

    async def download(self, account: str, media_id: str, max_bytes: int) -> bytes | None:
        """Return the file; None where it is not to be had or larger."""
        client = self._apis.clients.get(account)
        if client is None:
            return None
        try:
            media = await client.media(media_id, max_bytes=max_bytes)
        except WeChatApiError as error:
            _log.info("media_not_fetched", account=account, errcode=error.errcode)
            return None
        return media.content
