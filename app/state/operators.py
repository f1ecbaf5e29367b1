"""The console's accounts and sign-ins: one hash of operators, one short-lived key a session.

Knows hashes of passwords and of session tokens, never either itself. A session holds the stamp
that its operator had when it began; a new password or a removed account changes the stamp, and
with it every session of that operator is over at once.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from app.domain.operators import Operator, Role
from app.errors import ConsoleError
from app.state import operator_scripts as scripts
from app.state.keys import (
    OPERATORS_CAP,
    OPERATORS_KEY,
    SIGN_IN_LASTS_S,
    TRIES_TTL_S,
    console_session_key,
    console_tries_key,
)
from app.state.store import Store, store_errors

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Account:
    """An operator as stored."""

    name: str
    role: Role
    password_hash: str
    """As argon2 writes it."""
    created: datetime
    stamp: str
    """Changes with the password; sessions of another stamp are over."""

    @property
    def operator(self) -> Operator:
        """The operator without secrets."""
        return Operator(self.name, self.role)


class Operators:
    """The accounts of the console.

    Args:
        store: Where they are.
        clock: The present moment, Asia/Shanghai.
        new_stamp: Source of unique stamps.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        *,
        new_stamp: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_stamp = new_stamp

    async def all(self) -> tuple[Account, ...]:
        """Return every account by name.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            found = cast("dict[bytes, bytes]", await self._store.client.hgetall(OPERATORS_KEY))
        accounts = (_decoded(name.decode(), raw) for name, raw in found.items())
        return tuple(sorted((a for a in accounts if a), key=lambda a: a.name))

    async def find(self, name: str) -> Account | None:
        """Return one account; None where there is none of that name.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            raw = cast("bytes | None", await self._store.client.hget(OPERATORS_KEY, name))
        return _decoded(name, raw) if raw else None

    async def add(self, name: str, role: Role, password_hash: str) -> Account:
        """Create an account.

        Raises:
            ConsoleError: There is one of that name, or there are too many.
            StateUnavailableError: Redis does not answer.
        """
        account = Account(name, role, password_hash, self._clock(), self._new_stamp())
        answer = await self._store.run(
            scripts.ADD_OPERATOR, [OPERATORS_KEY], [name, _encoded(account), OPERATORS_CAP]
        )
        if answer == b"exists":
            raise ConsoleError(f"已经有名叫 {name} 的账号；要换密码请用 yibao operator password")
        if answer == b"full":
            raise ConsoleError(f"账号已有 {OPERATORS_CAP} 个，先删掉不用的")
        return account

    async def change(
        self, name: str, *, role: Role | None = None, password_hash: str | None = None
    ) -> Account:
        """Change an account; with a new password its sessions are over.

        Raises:
            ConsoleError: There is no such account, or somebody else changed it just now.
            StateUnavailableError: Redis does not answer.
        """
        account = await self.find(name)
        if account is None:
            raise ConsoleError(f"没有名叫 {name} 的账号；yibao operator list 列出所有账号")
        changed = replace(
            account,
            role=role or account.role,
            password_hash=password_hash or account.password_hash,
            stamp=self._new_stamp() if password_hash else account.stamp,
        )
        if not await self._replace(account, changed):
            raise ConsoleError(f"账号 {name} 刚才被别人改过，请再试一次")
        return changed

    async def rehash(self, account: Account, password_hash: str) -> None:
        """Store the same password's hash with today's parameters; sessions go on.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        await self._replace(account, replace(account, password_hash=password_hash))

    async def remove(self, name: str) -> bool:
        """Delete an account, ending its sessions; False where there was none.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            return bool(await self._store.client.hdel(OPERATORS_KEY, name))

    async def _replace(self, before: Account, after: Account) -> bool:
        entries = [before.name, _encoded(before), _encoded(after)]
        return bool(await self._store.run(scripts.REPLACE_OPERATOR, [OPERATORS_KEY], entries))


class SignIns:
    """Sessions of signed-in operators.

    Args:
        store: Where they are.
        operators: Whose sessions.
        lasts_s: A session ends so many seconds after its last use.
        new_token: Source of secret tokens.
    """

    def __init__(
        self,
        store: Store,
        operators: Operators,
        clock: Callable[[], datetime],
        lasts_s: int,
        *,
        new_token: Callable[[], str] = lambda: secrets.token_urlsafe(_TOKEN_BYTES),
    ) -> None:
        self._store = store
        self._operators = operators
        self._clock = clock
        self._lasts_s = lasts_s
        self._new_token = new_token

    async def begin(self, account: Account) -> str:
        """Begin a session and return its token, 256 random bits; only a digest is stored.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        token = self._new_token()
        entry = {"name": account.name, "stamp": account.stamp, "since": self._clock().isoformat()}
        raw = json.dumps(entry, ensure_ascii=False)
        with store_errors():
            await self._store.client.set(_session_key(token), raw, ex=self._lasts_s)
        return token

    async def operator(self, token: str, *, renew: bool = True) -> Operator | None:
        """Return who is signed in under a token, as of now; `renew`: the session lasts anew.

        None where it expired, was ended, or its operator is gone or has another password.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        key = _session_key(token)
        with store_errors():
            raw = cast("bytes | None", await self._store.client.get(key))
        entry = _read(raw)
        if entry is None:
            return None
        account = await self._operators.find(entry["name"])
        too_old = self._clock() - datetime.fromisoformat(entry["since"]) >= _LONGEST
        if account is None or account.stamp != entry["stamp"] or too_old:
            await self.end(token)
            return None
        if renew:
            with store_errors():
                await self._store.client.expire(key, self._lasts_s)
        return account.operator

    async def end(self, token: str) -> None:
        """End a session. Idempotent.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            await self._store.client.delete(_session_key(token))


class Tries:
    """Counts sign-ins that failed, so that guessing takes for ever."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, what: str, limit: int) -> int:
        """Count a try before it is made; return 0, or how many seconds to wait instead.

        The first try of a window starts it; waiting it out is enough, trying on does not prolong.

        Args:
            what: E.g. `name:王芳`; hashed.
            limit: Tries a window of `TRIES_TTL_S`.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        left_ms: int = await self._store.run(
            scripts.TAKE_TRY, [_tries_key(what)], [limit, TRIES_TTL_S * 1000]
        )
        return -(-left_ms // 1000)

    async def give_back(self, what: str) -> None:
        """Undo one try, since it was a right one.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        await self._store.run(scripts.GIVE_TRY_BACK, [_tries_key(what)], [])

    async def forget(self, what: str) -> None:
        """Start counting anew.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            await self._store.client.delete(_tries_key(what))


_LONGEST = timedelta(seconds=SIGN_IN_LASTS_S)


def _session_key(token: str) -> str:
    return console_session_key(sha256(token.encode()).hexdigest())


def _tries_key(what: str) -> str:
    return console_tries_key(sha256(what.encode()).hexdigest())


def _read(raw: bytes | None) -> dict[str, str] | None:
    if raw is None:
        return None
    entry: dict[str, str] = json.loads(raw)
    return entry


def _encoded(account: Account) -> str:
    entry = {
        "role": str(account.role),
        "hash": account.password_hash,
        "created": account.created.isoformat(),
        "stamp": account.stamp,
    }
    return json.dumps(entry, ensure_ascii=False, sort_keys=True)


def _decoded(name: str, raw: bytes) -> Account | None:
    """Return an account; None where a later version wrote what cannot be read: no way in."""
    try:
        entry = json.loads(raw)
        created = datetime.fromisoformat(entry["created"])
        return Account(name, Role(entry["role"]), entry["hash"], created, entry["stamp"])
    except (ValueError, KeyError, TypeError):
        return None
