"""What the endpoint needs from others. Implementations know nothing of this package."""

from __future__ import annotations

from typing import Literal, Protocol

from app.domain.turn import Message


class Assistant(Protocol):
    """Answers messages."""

    async def respond(self, message: Message) -> str:
        """Return plain WeChat text, at most 2,048 UTF-8 bytes; empty where nothing is to be sent.

        `domain.handoff.transfer_reply` instead of a text passes the message on to a person.

        Called at most once per delivery key while the ledger is available. Never called for
        `MessageKind.SILENT`. May raise anything: the endpoint logs the class and sends nothing.
        """
        ...


class Claim(Protocol):
    """What the ledger knows about a delivery."""

    @property
    def state(self) -> Literal["first", "running", "finished"]:
        """`first`: the caller must answer. `running`: another is at it. `finished`: see `reply`."""
        ...

    @property
    def reply(self) -> str:
        """The text that was sent, when finished; empty where nothing was."""
        ...


class Deliveries(Protocol):
    """The ledger of deliveries: retries of one push share account, user and `delivery_key`.

    Finished entries must outlive WeChat's retries (three requests within about 15 s; keep
    ≥ 60 s). All methods may raise `StateError`; the endpoint then answers without the ledger.
    """

    async def claim(self, account: str, user: str, key: str) -> Claim:
        """Say who answers this delivery; exactly one caller per key gets `first`."""
        ...

    async def finish(self, account: str, user: str, key: str, reply: str) -> None:
        """Record the reply of the caller who was first and wake those who wait."""
        ...

    async def wait(self, account: str, user: str, key: str, timeout_s: float) -> str | None:
        """Return the recorded reply as soon as there is one.

        None after `timeout_s` seconds, or earlier where the one who was first is gone; then the
        caller may claim again.
        """
        ...


class LateReplies(Protocol):
    """Sends a reply that was ready only after the callback had to be answered (客服消息)."""

    async def push(self, message: Message, reply: str) -> None:
        """Deliver `reply` to the author of `message`; raising is logged and has no other effect."""
        ...


class Departures(Protocol):
    """Forgets users who unfollow."""

    async def forget(self, account: str, user: str) -> None:
        """Delete what is stored about `user`. Source: 接收事件推送 asks for it on unsubscribe."""
        ...


class ServiceSessions(Protocol):
    """Told when WeChat's customer service (微信客服) is done with a parent."""

    async def session_closed(self, account: str, user: str) -> None:
        """Let the bot answer again. Source: 客服会话状态通知 (kf_close_session)."""
        ...
