"""What the endpoint needs from others. Implementations know nothing of this package."""

from __future__ import annotations

from typing import Literal, Protocol

from app.domain.channels import Trigger
from app.domain.turn import Message


class Assistant(Protocol):
    """Answers messages."""

    async def respond(self, message: Message) -> str:
        """Return plain WeChat text, at most 2,048 UTF-8 bytes; empty where nothing is to be sent.

        `domain.handoff.transfer_reply` instead of a text passes the message on to a person.

        Called at most once per delivery key while the ledger is available, and once per process
        while it is not. Never called for `MessageKind.SILENT`. May raise anything: then `recover`
        is asked.
        """
        ...

    async def recover(self, message: Message) -> str:
        """Return an answer without memory, after `respond` raised. May raise anything as well."""
        ...


class Claim(Protocol):
    """What the ledger knows about a delivery."""

    @property
    def state(self) -> Literal["first", "running", "finished"]:
        """`first`: the caller must answer. `running`: another is at it. `finished`: see `reply`."""
        ...

    @property
    def reply(self) -> str:
        """The text to send, when finished; empty where there is nothing to show (any more)."""
        ...

    @property
    def attempts(self) -> int:
        """Requests that carried this delivery so far, this one included."""
        ...

    @property
    def unread(self) -> int:
        """Late replies to other messages that may wait for the parent; an upper bound."""
        ...

    @property
    def excess(self) -> int:
        """The how many-th message beyond the parent's rate it is; 0: within it."""
        ...


class Finished(Protocol):
    """A recorded reply."""

    @property
    def reply(self) -> str:
        """The text."""
        ...

    @property
    def kept(self) -> bool:
        """Whether it was too late for every request and lies among the unread ones."""
        ...

    @property
    def attempts(self) -> int:
        """Requests that carried the delivery."""
        ...


class Deliveries(Protocol):
    """The ledger of deliveries: retries of one push share account, user and `delivery_key`.

    Finished entries must outlive WeChat's retries (three requests within about 15 s; keep
    ≥ 60 s). All methods may raise `StateError`; the endpoint then answers without the ledger.
    """

    async def claim(
        self,
        account: str,
        user: str,
        key: str,
        *,
        token: str,
        awaited_s: float,
        opens: bool = False,
    ) -> Claim:
        """Say who answers this delivery; exactly one caller per key gets `first`.

        Claims with the same token count as one attempt. The caller can answer its request with a
        reply that is recorded within `awaited_s` seconds. With `opens`, who is first is about to
        open the conversation, and calls `give_up` at the end in case that it did not.
        """
        ...

    def holds(self, account: str, user: str, key: str) -> bool:
        """Tell whether `give_up` has anything to do."""
        ...

    def recorded(self, account: str, user: str, key: str, reply: str) -> Finished | None:
        """Return what is on record where the reply was saved with the session; else None."""
        ...

    async def give_up(self, account: str, user: str, key: str) -> None:
        """Let the conversation go that was claimed with the delivery and never opened."""
        ...

    async def renew(self, account: str, user: str, key: str, token: str) -> bool:
        """Say that the caller who was first lives; a claim that is not renewed is soon free."""
        ...

    async def finish(self, account: str, user: str, key: str, reply: str) -> Finished:
        """Record the reply of the caller who was first, wake those who wait, return the record."""
        ...

    async def wait(
        self, account: str, user: str, key: str, timeout_s: float, *, is_ticket: bool = False
    ) -> Finished | None:
        """Return the recorded reply as soon as there is one.

        None after `timeout_s` seconds, or earlier where the one who was first is gone; then the
        caller may claim again.
        """
        ...

    async def served(self, account: str, user: str, key: str) -> bool:
        """Note that a kept reply is shown after all; False where it already was."""
        ...


class Unread(Protocol):
    """Replies that came too late for every request. All methods may raise `StateError`."""

    def ticket(self, key: str) -> str:
        """Return the public name of a delivery: 32 hex digits."""
        ...

    async def take(self, account: str, user: str, *, by: str, which: str = "") -> str | None:
        """Hand one reply to `by` and to no other; None where there is none.

        `which` is a ticket, `*` for the oldest, or empty for the oldest that no retry will fetch.
        The same `by` gets the same reply again.
        """
        ...

    async def give_back(self, account: str, user: str, *, by: str) -> None:
        """Undo `take`: it could not be shown."""
        ...


class LateReplies(Protocol):
    """Sends a reply that was ready only after every request had to be answered (客服消息)."""

    def offered(self, account: str) -> bool:
        """Say whether the account may send such messages at all (48001 otherwise)."""
        ...

    async def push(self, message: Message, reply: str) -> bool:
        """Send `reply` to the author of `message` and say whether WeChat accepted it.

        False, or anything raised: it stays among the unread replies.
        """
        ...


class Windows(Protocol):
    """Notes what a user did that allows customer-service messages (客服消息)."""

    def may_send(self, account: str) -> bool:
        """Tell whether anybody wants to know for this account."""
        ...

    async def opened(self, account: str, user: str, trigger: Trigger) -> None:
        """Note it; raises `StateError` where the store is away."""
        ...


class Meter(Protocol):
    """What is counted of requests."""

    def request(self, account: str, outcome: str, attempt: int, seconds: float) -> None:
        """A push was dealt with: `answered`, `late` or `silent`; the first has attempt 1."""
        ...

    def refused(self, account: str, reason: str) -> None:
        """A request was not taken; `reason` is the error's class."""
        ...

    def failed(self, account: str) -> None:
        """A turn raised what nobody foresaw."""
        ...

    def limited(self, account: str, scope: str) -> None:
        """A message was turned away: `user` or `account` says whose limit it met."""
        ...


class NoMeter:
    """Counts nothing."""

    def request(self, account: str, outcome: str, attempt: int, seconds: float) -> None:
        """Forget it."""

    def refused(self, account: str, reason: str) -> None:
        """Forget it."""

    def failed(self, account: str) -> None:
        """Forget it."""

    def limited(self, account: str, scope: str) -> None:
        """Forget it."""


class NoLateReplies:
    """For accounts that may not send by themselves: the parent fetches the reply (查看回复)."""

    def offered(self, account: str) -> bool:
        """Return False."""
        return False

    async def push(self, message: Message, reply: str) -> bool:
        """Send nothing."""
        return False


class Wording(Protocol):
    """The bot's own texts, editable by operators."""

    def text(self, account: str, key: str) -> str:
        """Return the text `key` (late_…, error, too_many, busy)."""
        ...


class Departures(Protocol):
    """Forgets users who unfollow."""

    async def forget(self, account: str, user: str) -> object:
        """Delete what is stored about `user`. Source: 接收事件推送 asks for it on unsubscribe."""
        ...


class ServiceSessions(Protocol):
    """Told when WeChat's customer service (微信客服) is done with a parent."""

    async def session_closed(self, account: str, user: str) -> None:
        """Let the bot answer again. Source: 客服会话状态通知 (kf_close_session)."""
        ...
