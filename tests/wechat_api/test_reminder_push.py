"""Reminders on the wire: notice first, then a customer-service message, else the next visit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from app.api_wiring import Apis
from app.dialogue.reminder_turn import Errand
from app.dialogue.reminding import Pushed
from app.domain.channels import Channel
from app.domain.content import Notice
from app.domain.erasure import Erased
from app.errors import StateUnavailableError
from app.reminder_push import Farewell, ReminderPush, reminders_sent
from app.wechat.capabilities import Standing
from tests.assistants import small_catalog
from tests.wechat_api.api_peer import SEND_PATH, ApiPeer, code

pytestmark = pytest.mark.anyio

NOTICE_PATH = "/cgi-bin/message/subscribe/bizsend"
ERRAND = Errand("⏰ 您让我提醒的“每月几号能缴费”：…", "每月几号能缴费", "2025年12月20日")
NOTICE = Notice("template-1", {"thing1": "{title}", "date2": "{day}"})


class Quota:
    """An outbox that grants or refuses."""

    def __init__(self, way: Channel = Channel.CUSTOMER_SERVICE) -> None:
        self.way = way

    async def channel(self, account: str, user: str, **_: object) -> Channel:
        return self.way


def double(**parts: object) -> Any:
    """Stand in for a class of which only these parts are used."""
    return SimpleNamespace(**parts)


def pushing(client: Any, quota: Any, notice: Notice | None = NOTICE) -> ReminderPush:
    catalog = small_catalog()
    account = replace(catalog.accounts["beijing"], notice=notice)
    apis = Apis({"beijing": client}, quota, double())
    content = replace(catalog, accounts={"beijing": account})
    return ReminderPush(apis, lambda: content)


async def test_a_notice_with_its_fields(api, peer: ApiPeer) -> None:
    assert await pushing(api, Quota()).push("beijing", "openid-1", ERRAND) is Pushed.SENT
    (asked,) = [asked for asked in peer.asked if asked.path == NOTICE_PATH]
    assert asked.body == {
        "touser": "openid-1",
        "template_id": "template-1",
        "data": {"thing1": {"value": "每月几号能缴费"}, "date2": {"value": "2025年12月20日"}},
    }
    assert peer.count(SEND_PATH) == 0


async def test_without_consent_a_message_inside_the_window(api, peer: ApiPeer) -> None:
    peer.will(NOTICE_PATH, code(43101))
    assert await pushing(api, Quota()).push("beijing", "openid-1", ERRAND) is Pushed.SENT
    assert peer.count(SEND_PATH) == 1


async def test_neither_consent_nor_window_is_left_to_the_visit(api, peer: ApiPeer) -> None:
    peer.will(NOTICE_PATH, code(43101))
    quota = Quota(Channel.NEXT_VISIT)
    assert await pushing(api, quota).push("beijing", "openid-1", ERRAND) is Pushed.REFUSED
    assert peer.count(SEND_PATH) == 0


async def test_no_answer_is_unsure_and_not_sent_twice(make_api, peer: ApiPeer) -> None:
    peer.will(NOTICE_PATH, 3.0)
    slow = make_api(total_s=0.3)
    assert await pushing(slow, Quota()).push("beijing", "openid-1", ERRAND) is Pushed.UNSURE
    assert peer.count(NOTICE_PATH) == 1
    assert peer.count(SEND_PATH) == 0


async def test_an_account_without_the_right_asks_nothing(make_api, peer: ApiPeer) -> None:
    client = make_api(Standing())
    quota = Quota(Channel.NEXT_VISIT)
    assert await pushing(client, quota).push("beijing", "openid-1", ERRAND) is Pushed.REFUSED
    assert peer.asked == []


async def test_an_account_without_a_secret_is_refused() -> None:
    push = pushing(None, Quota())
    assert await push.push("beijing", "openid-1", ERRAND) is Pushed.REFUSED


async def test_the_round_goes_on_after_the_store_was_away() -> None:
    rounds: list[int] = []

    async def one_round() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise StateUnavailableError("Redis 没有响应")

    async with reminders_sent(double(round=one_round), every_s=0.01):
        await asyncio.sleep(0.2)
    count = len(rounds)
    assert count > 2
    await asyncio.sleep(0.05)
    assert len(rounds) == count


async def test_who_unfollows_is_reminded_no_more() -> None:
    told: list[tuple[object, ...]] = []

    async def forget(*args: object, keep: str) -> frozenset[Erased]:
        told.append((*args, keep))
        return frozenset({Erased.SESSION})

    async def drop(*args: object) -> bool:
        told.append(args)
        return True

    farewell = Farewell(double(forget=forget), double(drop=drop))
    erased = await farewell.forget("beijing", "openid-1")
    assert erased == {Erased.SESSION, Erased.REMINDERS}
    assert told == [("beijing", "openid-1", ""), ("beijing", "openid-1")]
