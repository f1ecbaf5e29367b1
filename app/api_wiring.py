"""Wires the platform's API: one client an account, tokens shared through Redis, quotas.

Accounts without an AppSecret have no client: they reply to callbacks and do nothing else.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.channels import Capability
from app.domain.content import Account, Catalog
from app.metrics import Metrics
from app.settings import SANDBOX_APP_IDS, Settings
from app.state.keys import Keyspace
from app.state.outbox import Outbox
from app.state.store import Store
from app.state.tokens import SharedTokens
from app.wechat.api.client import WeChatApi
from app.wechat.api.exchange import Exchange
from app.wechat.api.ports import ApiAccount
from app.wechat.api.tokens import Clocks
from app.wechat.capabilities import Standing


@dataclass(frozen=True, slots=True)
class Apis:
    """The API clients of a process and the quota ledger that goes with them."""

    clients: Mapping[str, WeChatApi]
    """By account; one that has no AppSecret is missing."""
    outbox: Outbox
    exchange: Exchange = field(repr=False)

    async def aclose(self) -> None:
        """Close the connections to the platform."""
        await self.exchange.aclose()


def build_apis(settings: Settings, catalog: Catalog, store: Store, metrics: Metrics) -> Apis:
    """Return clients for all accounts with an AppSecret; nothing is sent yet.

    Raises:
        SettingsError: The API's address is none, or would send secrets in clear.
    """
    exchange = Exchange(settings.wechat_api_url)
    salt = settings.salt.get_secret_value()
    clocks = Clocks(now=time.time)  # noqa: TID251 - the clock that is injected
    tokens = SharedTokens(store, salt, clocks.now)
    clients = {
        name: WeChatApi(
            known,
            standing_of(settings, catalog.accounts[name]),
            exchange,
            tokens,
            clocks,
            metrics.api,
            random.SystemRandom(),
        )
        for name in catalog.accounts
        for known in (api_account(settings, name),)
        if known is not None
    }

    def may_push(account: str) -> bool:
        client = clients.get(account)
        return client is not None and client.may(Capability.CUSTOMER_SERVICE)

    return Apis(clients, Outbox(store, Keyspace(salt), may_push), exchange)


def api_account(settings: Settings, account: str) -> ApiAccount | None:
    """Return AppID and AppSecret; None where the deployment has no AppSecret."""
    secrets = settings.accounts.get(account)
    secret = secrets.app_secret.get_secret_value() if secrets else ""
    if secrets is None or not secret:
        return None
    return ApiAccount(account, secrets.app_id or SANDBOX_APP_IDS.get(account, ""), secret)


def standing_of(settings: Settings, account: Account) -> Standing:
    """Return what kind of account it is: the deployment's word, else the content's."""
    secrets = settings.accounts.get(account.id)
    kind = secrets.type if secrets and secrets.type else account.kind
    verified = account.verified
    if secrets is not None and secrets.verified is not None:
        verified = secrets.verified
    return Standing(kind, verified)
