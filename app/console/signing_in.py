"""Signing in and out: the password is checked, tries are counted, a session begins.

Knows nothing of pages; `app.console.login_routes` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import anyio

from app.console.passwords import hash_password, is_outdated, is_password, same_name
from app.console.statistics import NoStatistics, Statistics
from app.domain.operators import Operator
from app.state.audit import AuditLog
from app.state.operators import Operators, SignIns, Tries

NAME_TRIES = 5
ADDRESS_TRIES = 30
"""More than for a name: a whole office may share one address."""
_HASHES_AT_ONCE = 2
"""64 MiB each; who tries many passwords at once waits."""
_WRONG = "账号名或密码不对。"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of signing in."""

    token: str = ""
    """Of the session; empty where there is none."""
    problem: str = ""
    """Why not, in Chinese."""
    wait_s: int = 0
    """How long until another try counts; 0: at once."""


@dataclass(frozen=True, slots=True)
class ConsoleState:
    """What the console keeps in Redis."""

    operators: Operators
    sign_ins: SignIns
    tries: Tries
    audit: AuditLog
    statistics: Statistics = field(default_factory=NoStatistics)
    """Whoever counts what parents ask."""


class SigningIn:
    """Signs operators in and out. One per console process."""

    def __init__(self, state: ConsoleState) -> None:
        self._state = state
        self._hashes = anyio.CapacityLimiter(_HASHES_AT_ONCE)

    async def has_operators(self) -> bool:
        """Return whether anybody could sign in at all.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        return bool(await self._state.operators.all())

    async def sign_in(self, name: str, password: str, address: str) -> Attempt:
        """Begin a session, or say why not; a try counts before it is made.

        Args:
            name: As typed.
            password: As typed.
            address: The peer's.

        Raises:
            StateUnavailableError: Redis does not answer; nobody is let in then.
        """
        name = same_name(name)
        counted = {f"address:{address}": ADDRESS_TRIES, f"name:{name}": NAME_TRIES}
        for what, limit in counted.items():
            wait_s = await self._state.tries.take(what, limit)
            if wait_s:
                problem = f"试的次数太多，请过 {_minutes(wait_s)} 分钟再试。"
                return Attempt(problem=problem, wait_s=wait_s)
        account = await self._state.operators.find(name)
        known = account.password_hash if account else None
        check = partial(is_password, known, password)
        is_right = await anyio.to_thread.run_sync(check, limiter=self._hashes)
        if account is None or not is_right:
            if account is not None:
                await self._state.audit.note(account.name, "登录失败", "密码不对", address)
            return Attempt(problem=_WRONG)
        await self._state.tries.forget(f"name:{name}")
        await self._state.tries.give_back(f"address:{address}")
        if is_outdated(account.password_hash):
            renew = partial(hash_password, password)
            renewed = await anyio.to_thread.run_sync(renew, limiter=self._hashes)
            await self._state.operators.rehash(account, renewed)
        token = await self._state.sign_ins.begin(account)
        await self._state.audit.note(account.name, "登录", "后台", address)
        return Attempt(token=token)

    async def who(self, token: str, *, renew: bool = True) -> Operator | None:
        """Return who is signed in under a token, as of now; `renew`: the session lasts anew.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        return await self._state.sign_ins.operator(token, renew=renew) if token else None

    async def sign_out(self, token: str) -> None:
        """End a session. Idempotent.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        operator = await self.who(token)
        if operator is not None:
            await self._state.sign_ins.end(token)
            await self._state.audit.note(operator.name, "退出", "后台")


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)
