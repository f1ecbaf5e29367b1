"""What an answer of the platform means for a late reply, a person's answer, a screenshot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.responses import Response

from app.api_ports import CustomerMessages, MediaFiles
from app.api_wiring import Apis
from app.domain.channels import Trigger
from app.domain.turn import Message, MessageKind
from app.errors import StateUnavailableError
from app.metrics import Metrics
from app.wechat.capabilities import Standing
from tests.wechat_api.api_peer import SEND_PATH, ApiPeer, code

pytestmark = pytest.mark.anyio

MEDIA_PATH = "/cgi-bin/media/get"
MESSAGE = Message("beijing", "openid-1", MessageKind.TEXT, "怎么交")


class Quota:
    """An outbox that remembers."""

    def __init__(self, left: int = 5) -> None:
        self.left = left
        self.windows: list[Trigger] = []
        self.closed_for: list[str] = []

    async def opened(self, _account: str, _user: str, trigger: Trigger) -> None:
        self.windows.append(trigger)

    async def take(self, _account: str, _user: str) -> bool:
        if not self.left:
            return False
        self.left -= 1
        return True

    async def give_back(self, _account: str, _user: str) -> None:
        self.left += 1

    async def closed(self, _account: str, user: str) -> None:
        self.closed_for.append(user)


def messages(client: Any, quota: Any, metrics: Metrics | None = None) -> CustomerMessages:
    exchange: Any = SimpleNamespace()
    return CustomerMessages(Apis({"beijing": client}, quota, exchange), metrics)


async def test_a_late_reply_goes_out_and_is_counted(api: Any, peer: ApiPeer) -> None:
    quota, metrics = Quota(), Metrics()
    assert await messages(api, quota, metrics).push(MESSAGE, "学生每人435元/年。")
    (asked,) = [asked for asked in peer.asked if asked.path == SEND_PATH]
    assert asked.body["touser"] == "openid-1"
    assert quota.left == 4
    assert b'channel="customer_service"} 1.0' in metrics.text()


async def test_without_quota_nothing_is_asked(api: Any, peer: ApiPeer) -> None:
    assert not await messages(api, Quota(0)).push(MESSAGE, "好")
    assert peer.count(SEND_PATH) == 0


@pytest.mark.parametrize("errcode", [45015, 45047, 43004])
async def test_a_closed_window_is_remembered(api: Any, peer: ApiPeer, errcode: int) -> None:
    peer.will(SEND_PATH, code(errcode))
    quota = Quota()
    assert not await messages(api, quota).push(MESSAGE, "好")
    assert quota.closed_for == ["openid-1"]


async def test_a_refused_message_gives_the_quota_back(api: Any, peer: ApiPeer) -> None:
    peer.will(SEND_PATH, code(40008))
    quota = Quota()
    assert not await messages(api, quota).push(MESSAGE, "好")
    assert quota.left == 5


async def test_no_answer_counts_as_sent(make_api: Any, peer: ApiPeer) -> None:
    peer.will(SEND_PATH, 3.0)
    quota = Quota()
    assert await messages(make_api(total_s=0.3), quota).push(MESSAGE, "好")
    assert peer.count(SEND_PATH) == 1
    assert quota.left == 4


async def test_who_may_not_send_opens_no_window_and_asks_nothing(
    make_api: Any, peer: ApiPeer
) -> None:
    quota = Quota()
    for client in (make_api(Standing()), None):
        port = messages(client, quota)
        await port.opened("beijing", "openid-1", Trigger.MESSAGE)
        assert not port.offered("beijing")
        assert not await port.push(MESSAGE, "好")
    assert quota.windows == []
    assert peer.asked == []


async def test_a_message_opens_the_window(api: Any) -> None:
    quota = Quota()
    await messages(api, quota).opened("beijing", "openid-1", Trigger.MESSAGE)
    assert quota.windows == [Trigger.MESSAGE]


async def test_with_redis_away_it_stays_unread(api: Any, peer: ApiPeer) -> None:
    class Away(Quota):
        async def take(self, _account: str, _user: str) -> bool:
            raise StateUnavailableError("Redis 没有响应")

    assert not await messages(api, Away()).push(MESSAGE, "好")
    assert peer.count(SEND_PATH) == 0


async def test_media_comes_or_is_missing(api: Any, peer: ApiPeer) -> None:
    exchange: Any = SimpleNamespace()
    quota: Any = Quota()
    files = MediaFiles(Apis({"beijing": api}, quota, exchange))
    assert files.may_download("beijing")
    assert not files.may_download("liuzhou")
    peer.will(MEDIA_PATH, Response(b"\xff\xd8picture", media_type="image/jpeg"))
    assert await files.download("beijing", "m1", 1000) == b"\xff\xd8picture"
    peer.will(MEDIA_PATH, code(40007))
    assert await files.download("beijing", "m1", 1000) is None
    assert await files.download("liuzhou", "m1", 1000) is None
