"""Which accounts have a client of the API, and what it takes them for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from app.api_wiring import api_account, build_apis, standing_of
from app.domain.channels import AccountKind, Capability, Channel, Trigger
from app.metrics import Metrics
from app.settings import AccountSecrets, Settings
from app.state.embedded import open_store
from app.wechat.capabilities import Standing
from tests.assistants import SMALL_CONTENT, small_catalog

SUBSCRIPTION, SERVICE = AccountKind.SUBSCRIPTION, AccountKind.SERVICE


def settings(**secrets: object) -> Settings:
    """Return settings with these secrets of Beijing."""
    known = AccountSecrets.model_validate(secrets)
    return Settings(content_dir=SMALL_CONTENT, accounts={"beijing": known})


def test_out_of_the_box_no_account_may_push() -> None:
    for account in small_catalog().accounts.values():
        assert api_account(Settings(), account.id) is None
        assert standing_of(Settings(), account) == Standing(SUBSCRIPTION, verified=False)


@pytest.mark.parametrize(
    ("content", "deployment", "expected"),
    [
        ((SUBSCRIPTION, False), {}, (SUBSCRIPTION, False)),
        ((SERVICE, True), {}, (SERVICE, True)),
        ((SUBSCRIPTION, False), {"type": "服务号", "verified": True}, (SERVICE, True)),
        ((SERVICE, True), {"verified": False}, (SERVICE, False)),
        ((SERVICE, True), {"type": "订阅号"}, (SUBSCRIPTION, True)),
    ],
)
def test_the_deployment_has_the_last_word(
    content: tuple[AccountKind, bool],
    deployment: dict[str, object],
    expected: tuple[AccountKind, bool],
) -> None:
    kind, verified = content
    account = replace(small_catalog().accounts["beijing"], kind=kind, verified=verified)
    assert standing_of(settings(**deployment), account) == Standing(*expected)


def test_the_secret_is_not_shown() -> None:
    known = api_account(settings(app_id="wx1", app_secret="hidden"), "beijing")
    assert known is not None
    assert known.app_secret == "hidden"
    assert "hidden" not in repr(known)
    assert "hidden" not in repr(settings(app_secret=SecretStr("hidden")))


@pytest.mark.anyio
async def test_only_an_account_that_may_pushes(tmp_path_factory) -> None:
    store = await open_store(None, tmp_path_factory.mktemp("var"))
    try:
        for verified, channel in ((True, Channel.CUSTOMER_SERVICE), (False, Channel.NEXT_VISIT)):
            given = settings(app_id="wx1", app_secret="s", verified=verified)
            apis = build_apis(given, small_catalog(), store, Metrics())
            assert apis.clients.keys() == {"beijing"}
            assert apis.clients["beijing"].may(Capability.CUSTOMER_SERVICE) is verified
            await apis.outbox.opened("beijing", "o", Trigger.MESSAGE)
            await apis.outbox.opened("liuzhou", "o", Trigger.MESSAGE)
            way = {"callback_open": False, "is_ready": True}
            assert await apis.outbox.channel("beijing", "o", **way) is channel
            assert await apis.outbox.channel("liuzhou", "o", **way) is Channel.NEXT_VISIT
            await apis.aclose()
    finally:
        await store.close()
