"""The access token (调用凭据) of one account, as replicas share it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token with its times; Unix seconds of the process that fetched it."""

    value: str = field(repr=False)
    fetched_at: float
    expires_at: float
