"""Conversations that a person has or is wanted for: one case each, listed by account.

The bot's processes write what parents say, the console what people answer; both read the state,
so that all of them know whether the bot must be silent. Texts come masked.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import cast

from app.domain.handoff import Author, Case, CaseState, Handoff, Hold, Line, Step
from app.domain.names import IntentId
from app.state import handoff_scripts
from app.state.keys import (
    HANDOFF_ANSWERS,
    HANDOFF_CASES,
    HANDOFF_LINES,
    HANDOFF_TTL_S,
    ConversationKeys,
    Keyspace,
    case_keys,
    handoffs_key,
)
from app.state.store import Argument, Store, store_errors

_STATES = {
    Step.OPEN: CaseState.WAITING,
    Step.TICKET: CaseState.TICKET,
    Step.TRANSFER: CaseState.TRANSFERRED,
    Step.RELEASE: CaseState.RELEASED,
}


class Handoffs:
    """The cases of all accounts.

    Args:
        store: Where they are.
        keyspace: Names their keys.
        zone: Of the moments that are returned.
        keeps_openid: Whether an account's OpenIDs are kept with its cases: only where it may send
            messages with them.
        new_token: Source of names for steps, which may be sent to Redis twice.
    """

    def __init__(
        self,
        store: Store,
        keyspace: Keyspace,
        zone: tzinfo,
        *,
        keeps_openid: Callable[[str], bool] = lambda _: False,
        new_token: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._store = store
        self._keyspace = keyspace
        self._zone = zone
        self._keeps_openid = keeps_openid
        self._new_token = new_token

    async def look(self, account: str, user: str) -> Hold:
        """Return where a conversation stands; released where it was never handed over.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = self._keyspace.conversation(account, user)
        state, active_ms, answers = await self._store.run(
            handoff_scripts.LOOK_HANDOFF, [keys.handoff, keys.handoff_answers], []
        )
        if state is None:
            return Hold(CaseState.RELEASED, datetime.fromtimestamp(0, self._zone))
        texts = tuple(answer.decode() for answer in answers)
        return Hold(CaseState(state.decode()), self._moment(active_ms), texts)

    async def note(self, account: str, user: str, handoff: Handoff, now: datetime) -> None:
        """Do what a turn asks for. Two round trips.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = self._keyspace.conversation(account, user)
        state = _STATES.get(handoff.step, "")
        args: list[Argument] = [_ms(now), HANDOFF_TTL_S, HANDOFF_LINES, handoff.delivered, state]
        args += [self._new_token(), *(_pack(line) for line in handoff.lines), ""]
        if handoff.step in {Step.OPEN, Step.TICKET}:
            args += ["reason", handoff.reason, "topics", json.dumps(handoff.topics)]
            if self._keeps_openid(account):
                args += ["openid", user]
        names = [keys.handoff, keys.handoff_lines, keys.handoff_answers]
        written = await self._store.run(handoff_scripts.NOTE_HANDOFF, names, args)
        if written and handoff.step in {Step.OPEN, Step.TICKET, Step.APPEND}:
            await self._list(account, keys, now)

    async def cases(self, account: str, limit: int = HANDOFF_CASES) -> tuple[Case, ...]:
        """Return an account's cases without their lines but the last, latest first.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            names = cast(
                "list[bytes]",
                await self._store.client.zrevrange(handoffs_key(account), 0, limit - 1),
            )
        found = [await self._case(account, name.decode(), last=5) for name in names]
        return tuple(case for case in found if case is not None)

    async def case(self, account: str, case: str) -> Case | None:
        """Return a case with all its lines; None where it is gone.

        Raises:
            StateUnavailableError: Redis does not answer.
            ValueError: `case` is not the id of one.
        """
        return await self._case(account, case, last=HANDOFF_LINES)

    async def answer(
        self, account: str, case: str, text: str, now: datetime, *, sent: bool, silent: bool
    ) -> bool:
        """Record what a person answered; False where the case is gone.

        Args:
            account: Whose case.
            case: Its id.
            text: What was written, word for word: the parent gets it so.
            now: The moment.
            sent: Whether the parent has it; otherwise it goes out with the next message.
            silent: Whether the bot stays silent from now on.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = case_keys(account, case)
        state = CaseState.ANSWERED if silent else CaseState.TICKET
        line = _pack(Line(Author.STAFF, text, now))
        done = await self._store.run(
            handoff_scripts.ANSWER_HANDOFF,
            [keys.handoff, keys.handoff_lines, keys.handoff_answers],
            [
                *(_ms(now), HANDOFF_TTL_S, HANDOFF_LINES, state, line),
                *("" if sent else text, HANDOFF_ANSWERS),
            ],
        )
        if done:
            await self._list(account, keys, now)
        return bool(done)

    async def release(self, account: str, case: str, now: datetime) -> None:
        """Let the bot answer again; the case stays readable until it expires.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = case_keys(account, case)
        with store_errors():
            if not await self._store.client.exists(keys.handoff):
                return
        await self._store.run(
            handoff_scripts.NOTE_HANDOFF,
            [keys.handoff, keys.handoff_lines, keys.handoff_answers],
            [
                *(_ms(now), HANDOFF_TTL_S, HANDOFF_LINES, 0),
                *(CaseState.RELEASED, self._new_token(), ""),
            ],
        )

    async def _list(self, account: str, keys: ConversationKeys, now: datetime) -> None:
        await self._store.run(
            handoff_scripts.LIST_HANDOFF,
            [handoffs_key(account)],
            [_ms(now), keys.digest, HANDOFF_CASES, HANDOFF_TTL_S],
        )

    async def _case(self, account: str, name: str, last: int) -> Case | None:
        keys = case_keys(account, name)
        with store_errors():
            async with self._store.client.pipeline(transaction=False) as pipe:
                pipe.hgetall(keys.handoff)
                pipe.lrange(keys.handoff_lines, -last, -1)
                pipe.llen(keys.handoff_answers)
                fields, lines, undelivered = await pipe.execute()
        if b"state" not in fields:
            return None
        values = {key.decode(): value.decode() for key, value in fields.items()}
        return Case(
            id=name,
            account=account,
            state=CaseState(values["state"]),
            opened_at=self._moment(values["opened_ms"]),
            active_at=self._moment(values["active_ms"]),
            reason=values.get("reason", ""),
            topics=tuple(IntentId(topic) for topic in json.loads(values.get("topics", "[]"))),
            lines=tuple(self._unpack(line) for line in lines),
            undelivered=undelivered,
            openid=values.get("openid", ""),
        )

    def _moment(self, ms: bytes | str) -> datetime:
        return datetime.fromtimestamp(int(ms) / 1000, self._zone)

    def _unpack(self, raw: bytes) -> Line:
        author, ms, text = json.loads(raw)
        return Line(Author(author), text, self._moment(str(ms)))


def _pack(line: Line) -> str:
    return json.dumps([line.author, _ms(line.at), line.text], ensure_ascii=False)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
