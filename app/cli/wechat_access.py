"""The accounts that a command names, and their API for as long as the command runs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from structlog.typing import EventDict, FilteringBoundLogger

from app.api_wiring import api_account, standing_of
from app.domain.content import Account, Catalog
from app.errors import SettingsError
from app.settings import Settings
from app.wechat.api.client import WeChatApi
from app.wechat.api.exchange import Exchange
from app.wechat.api.local_tokens import LocalTokens
from app.wechat.api.tokens import Clocks


@asynccontextmanager
async def open_api(settings: Settings, account: Account) -> AsyncIterator[WeChatApi]:
    """Open the account's API for one command.

    Raises:
        SettingsError: The deployment has no AppSecret for it.
    """
    known = api_account(settings, account.id)
    if known is None:
        raise SettingsError(
            f"没有设置 YIBAO_ACCOUNTS__{account.id.upper()}__APP_SECRET，不能调用微信接口；"
            "没有接口权限的公众号，用 yibao doctor 看可以怎么做"
        )
    exchange = Exchange(settings.wechat_api_url)
    try:
        clocks = Clocks(now=time.time)  # noqa: TID251 - the clock that is injected
        standing = standing_of(settings, account)
        yield WeChatApi(known, standing, exchange, LocalTokens(), clocks, log=_silent())
    finally:
        await exchange.aclose()


def chosen(catalog: Catalog, name: str) -> tuple[Account, ...]:
    """Return the account, or all of them.

    Raises:
        SettingsError: There is none of this name.
    """
    if not name:
        return tuple(catalog.accounts.values())
    if name not in catalog.accounts:
        raise SettingsError(f"没有公众号 {name}；有：{'、'.join(catalog.accounts)}")
    return (catalog.accounts[name],)


def _silent() -> FilteringBoundLogger:
    """Return a logger that drops everything: the command itself prints what went wrong."""
    logger: FilteringBoundLogger = structlog.wrap_logger(None, processors=[_drop])
    return logger


def _drop(_logger: object, _method: str, _event: EventDict) -> EventDict:
    raise structlog.DropEvent
