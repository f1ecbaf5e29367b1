"""What the API client needs from others. Implementations know nothing of this package."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from app.domain.access_token import AccessToken


@dataclass(frozen=True, slots=True)
class ApiAccount:
    """What is needed to call the API for one account."""

    id: str
    """Our name of the account, e.g. `beijing`."""
    app_id: str
    app_secret: str = field(repr=False)


class TokenStore(Protocol):
    """Where the replicas share tokens. All methods may raise `StateError`; then each fetches.

    A token of another AppID is not returned.
    """

    async def load(self, account: str, app_id: str) -> AccessToken | None:
        """Return the shared token; None where there is none or it has expired."""
        ...

    async def save(self, account: str, app_id: str, token: AccessToken) -> None:
        """Share a token until it expires."""
        ...

    def lock(self, account: str) -> AbstractAsyncContextManager[bool]:
        """Try once for the right to fetch; yields False where another replica has it."""
        ...

    async def may_force(self, account: str) -> bool:
        """Count a forced refresh; False where it is too early or the day's are used."""
        ...


class ApiMeter(Protocol):
    """What is counted."""

    def api_call(self, account: str, endpoint: str, outcome: str, seconds: float) -> None:
        """One HTTP exchange ended: `ok`, `network`, or the error code."""
        ...

    def api_token(self, account: str, fetched_at: float, expires_at: float) -> None:
        """A token is in use; Unix seconds."""
        ...

    def api_alarm(self, account: str, errcode: int) -> None:
        """The platform demands that an operator act."""
        ...


class NoMeter:
    """Counts nothing."""

    def api_call(self, account: str, endpoint: str, outcome: str, seconds: float) -> None:
        """Do nothing."""

    def api_token(self, account: str, fetched_at: float, expires_at: float) -> None:
        """Do nothing."""

    def api_alarm(self, account: str, errcode: int) -> None:
        """Do nothing."""
