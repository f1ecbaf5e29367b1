"""One turn at a time per conversation, in order of arrival, and the session between turns.

The lock is taken before the session is read, in the same round trip. It expires soon unless its
holder, who lives, renews it: a turn that lost it cannot overwrite what came after it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from time import monotonic
from types import TracebackType
from typing import cast

import anyio
import structlog

from app.domain.erasure import Erased
from app.domain.turn import Session
from app.errors import LockTimeoutError, StateCorruptError, StateUnavailableError
from app.in_order import InOrder
from app.renewal import renewed
from app.state import scripts
from app.state.codec import decode_session, encode_session
from app.state.deliveries import ACQUIRE_ARGUMENTS, finish_arguments
from app.state.keys import (
    CHANNEL,
    LOCK_TTL_S,
    QUARANTINE_TTL_S,
    REMINDED_TTL_S,
    SESSION_TTL_S,
    ConversationKeys,
    Keyspace,
    handoffs_key,
)
from app.state.passage import Passage, Place
from app.state.recorded import Finished
from app.state.signals import wait_for_signal
from app.state.store import Argument, Store, store_errors

_RELEASE_S = 1.0

_log = structlog.get_logger(__name__)


class OpenConversation:
    """A conversation that is locked for one turn."""

    session: Session
    """As stored; a fresh one where there was none or it could not be read."""
    quarantined: bool
    """Whether a stored session could not be read and was set aside."""

    def __init__(
        self,
        store: Store,
        keys: ConversationKeys,
        token: str,
        session: Session,
        passage: Passage,
        renewal: renewed,
        *,
        quarantined: bool,
    ) -> None:
        self._store = store
        self._keys = keys
        self.token = token
        self._passage = passage
        self.renewal = renewal
        """Keeps the lock until it is stopped."""
        self.session = session
        self.quarantined = quarantined
        self.released = False
        """Whether the turn has ended: saved, or its lock lost."""

    async def save(self, session: Session, *, delivery: tuple[str, str] | None = None) -> None:
        """End the turn: write `session`, unlock and wake the next, in one round trip.

        Args:
            session: What the next turn starts from.
            delivery: Key and reply of the delivery; recorded with the session or not at all, as
                `DeliveryLedger.finish` would.

        Raises:
            LockTimeoutError: The lock had expired or the user was forgotten; nothing is written.
            StateCorruptError: The session cannot be written as JSON; still locked.
            StateUnavailableError: Redis does not answer; whether it was written is unknown.
        """
        if self.released:
            msg = "这一轮对话已经保存，不能再次保存"
            raise LockTimeoutError(msg)
        keys, raw = self._keys, encode_session(session)
        names = [keys.lock, keys.queue, keys.session]
        args: list[Argument] = [self.token, CHANNEL, raw, _kept_s(session) * 1000]
        if delivery is not None:
            names += [keys.delivery(delivery[0]), keys.deliveries, keys.unread]
            args += finish_arguments(*delivery)
        record = await self._store.run(scripts.SAVE, names, args)
        self.released = True
        if not record:
            msg = "处理时间过长，会话锁已失效，本轮没有保存"
            raise LockTimeoutError(msg)
        self.session = session
        if delivery is not None:
            kept, attempts, *other = record
            finished = Finished(other[0].decode() if other else delivery[1], bool(kept), attempts)
            self._passage.recorded(names[3], finished)


class Conversations:
    """The stored conversations of all accounts.

    Args:
        store: Where they are.
        keyspace: Names their keys.
        wait_s: Longest wait for earlier messages of the same user, in seconds; WeChat asks for
            about 15 s.
        keep_s: Between two renewals of the lock, in seconds.
        passage: Shared with the ledger of the same process; None: nothing is shared.
        new_token: Source of unguessable names for turns.
    """

    def __init__(
        self,
        store: Store,
        keyspace: Keyspace,
        *,
        wait_s: float = 12.0,
        keep_s: float = LOCK_TTL_S / 3,
        passage: Passage | None = None,
        new_token: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        self._store = store
        self._keyspace = keyspace
        self._wait_s = wait_s
        self._keep_s = keep_s
        self._passage = passage or Passage()
        self._new_token = new_token
        self._arrivals = InOrder()

    def open(self, account: str, user: str, delivery: str = "") -> _Block:
        """Wait for earlier messages of `user`, lock, and yield the conversation.

        One round trip where nobody else is there, none where the claim of `delivery` (its key)
        has locked already. Leaving without `save` changes nothing.

        Raises:
            LockTimeoutError: Earlier messages took longer than `wait_s`, or too many wait.
            StateUnavailableError: Redis does not answer.
        """
        return _Block(self, self._keyspace.conversation(account, user), delivery)

    async def enter(self, keys: ConversationKeys, delivery: str) -> OpenConversation:
        """Lock and load; the lock is kept until `leave`."""
        place = self._passage.take_place(keys.delivery(delivery)) if delivery else None
        place = place or Place(self._new_token())
        token = place.token
        raw = place.raw if self._is_had(place) else await self._acquire(keys, token)
        renewal = renewed(self._keep_s, partial(self._keep, keys, token))
        renewal.start()
        try:
            return await self._load(keys, token, raw, renewal)
        except BaseException:
            renewal.stop()
            await self._leave(keys, token)
            raise

    async def leave(self, keys: ConversationKeys, conversation: OpenConversation) -> None:
        """Unlock, unless the turn was saved."""
        conversation.renewal.stop()
        if not conversation.released:
            await self._leave(keys, conversation.token)

    def _is_had(self, place: Place) -> bool:
        """Tell whether the lock was had with the claim, and not so long ago that it may be lost."""
        age_s = monotonic() - place.answered_at
        return place.verdict == 1 and age_s < self._keep_s

    async def forget(self, account: str, user: str, *, keep: str = "") -> frozenset[Erased]:
        """Delete everything stored about `user`; a turn in progress can no longer be saved.

        Args:
            account: Whose user.
            user: OpenID.
            keep: Delivery key of the message that asked for it, which is still to be answered
                once: its ledger entry holds nothing of the user and expires by itself.

        Returns:
            What there was to delete.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = self._keyspace.conversation(account, user)
        kept = keys.delivery(keep).encode() if keep else b""
        with store_errors():
            entries = cast("list[bytes]", await self._store.client.zrange(keys.deliveries, 0, -1))
            names: list[str | bytes] = [
                *keys.fixed(),
                *(entry for entry in entries if entry != kept),
            ]
            async with self._store.client.pipeline(transaction=False) as pipe:
                for name in names:
                    # Not `unlink`: a cluster's pipeline makes one command of several names.
                    pipe.execute_command("UNLINK", name)
                gone = await pipe.execute()
            await self._store.client.zrem(handoffs_key(account), keys.digest)
        kinds = _kinds(keys)
        there = {name for name, count in zip(names, gone, strict=True) if count}
        return frozenset(kinds[name] for name in there if name in kinds)

    async def _acquire(self, keys: ConversationKeys, token: str) -> bytes | None:
        """Lock and return the stored session, in order of arrival; on failure wait no longer."""
        try:
            return await self._queue_up(keys, token)
        except StateUnavailableError:
            raise  # asking once more would only take time; lock and lease expire
        except BaseException:
            await self._leave(keys, token)
            raise

    async def _queue_up(self, keys: ConversationKeys, token: str) -> bytes | None:
        until = monotonic() + self._wait_s
        with self._store.signals.expect(token) as woken:
            # Connections of a pool overtake each other; messages of one user must not.
            async with self._arrivals.of(keys.prefix):
                answer = await self._ask(keys, token)
            while answer[0] != 1:
                if answer[0] < 0 or monotonic() >= until:
                    msg = "同一位用户的前几条消息还没处理完"
                    raise LockTimeoutError(msg)
                await wait_for_signal(woken, until - monotonic())
                answer = await self._ask(keys, token)
        return answer[1]

    async def _ask(self, keys: ConversationKeys, token: str) -> tuple[int, bytes | None]:
        """Ask for the lock; the first value is that of `scripts.ACQUIRE`, then the session."""
        verdict, *raw = await self._store.run(
            scripts.ACQUIRE,
            [keys.lock, keys.queue, keys.leases, keys.session],
            [token, *ACQUIRE_ARGUMENTS],
        )
        return verdict, raw[0] if raw else None

    async def _load(
        self, keys: ConversationKeys, token: str, raw: bytes | None, renewal: renewed
    ) -> OpenConversation:
        session, quarantined = Session(), False
        if raw is not None:
            try:
                session = decode_session(raw)
            except StateCorruptError:
                _log.warning("session_quarantined", key=keys.quarantine, size_bytes=len(raw))
                await self._set_aside(keys, raw)
                quarantined = True
        return OpenConversation(
            self._store, keys, token, session, self._passage, renewal, quarantined=quarantined
        )

    async def _set_aside(self, keys: ConversationKeys, raw: bytes) -> None:
        with store_errors():
            async with self._store.client.pipeline(transaction=True) as pipe:
                pipe.set(keys.quarantine, raw, ex=QUARANTINE_TTL_S)
                pipe.delete(keys.session)
                await pipe.execute()

    async def _keep(self, keys: ConversationKeys, token: str) -> bool:
        """Renew the lock; False where it is lost."""
        try:
            kept = await self._store.run(scripts.KEEP_LOCK, [keys.lock], [token, LOCK_TTL_S * 1000])
        except StateUnavailableError:
            return True  # it may be back for the next renewal
        return bool(kept)

    async def _leave(self, keys: ConversationKeys, token: str) -> None:
        """Unlock or stop waiting, also while this task is being cancelled."""
        with anyio.move_on_after(_RELEASE_S, shield=True):
            try:
                await self._store.run(
                    scripts.LEAVE, [keys.lock, keys.queue, keys.leases], [token, CHANNEL]
                )
            except StateUnavailableError:
                _log.warning("lock_left_to_expire", key=keys.lock, ttl_s=LOCK_TTL_S)


class _Block:
    """The block of `Conversations.open`; contextlib's makes a generator and four calls of it."""

    __slots__ = ("_conversation", "_conversations", "_delivery", "_keys")

    def __init__(self, conversations: Conversations, keys: ConversationKeys, delivery: str) -> None:
        self._conversations, self._keys, self._delivery = conversations, keys, delivery

    async def __aenter__(self) -> OpenConversation:
        self._conversation = await self._conversations.enter(self._keys, self._delivery)
        return self._conversation

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _exc: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self._conversations.leave(self._keys, self._conversation)


def _kinds(keys: ConversationKeys) -> dict[str | bytes, Erased]:
    """Return what the keys hold, for those that the parent has to know of."""
    return {
        keys.session: Erased.SESSION,
        keys.quarantine: Erased.SESSION,
        keys.handoff: Erased.HANDOFF,
        keys.handoff_lines: Erased.HANDOFF,
        keys.handoff_answers: Erased.HANDOFF,
        keys.unread: Erased.UNREAD,
        keys.windows: Erased.RECORDS,
        keys.deliveries: Erased.RECORDS,
        keys.rate: Erased.RECORDS,
    }


def _kept_s(session: Session) -> int:
    """Return the time to live: a day, or until the last reminder is of no more use."""
    if not session.reminders or session.updated_at is None:
        return SESSION_TTL_S
    days = (max(r.until for r in session.reminders) - session.updated_at.date()).days + 1
    return max(SESSION_TTL_S, min(days * 24 * 3600, REMINDED_TTL_S))
