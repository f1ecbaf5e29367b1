"""A person takes over, as WeChat and two replicas see it: silence, transfer, answers, pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from app.main import create_app
from app.settings import SHANGHAI, Settings
from app.state.handoffs import Handoffs
from app.state.keys import Keyspace
from tests.protocol.callback_peer import event_xml, read_answer, text_xml
from tests.protocol.live_bot import RedisServer, WeChat, lifespan, new_var_dir, unix_now
from tests.protocol.staffed_content import staffed_content
from tests.unit.dialogue.parent import NOW as MOMENT

pytestmark = pytest.mark.anyio
NOW = "2025-12-10T10:00"
NIGHT = "2025-12-10T20:00"


class Deployment(NamedTuple):
    """Two replicas on one Redis, and the console's view of it."""

    one: WeChat
    other: WeChat
    inbox: Handoffs
    redis: RedisServer


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small content, with people at both accounts."""
    return staffed_content(tmp_path_factory.mktemp("staffed") / "content")


async def deploy(
    stack: AsyncExitStack, tmp_path: Path, content: Path, now: str = NOW
) -> Deployment:
    redis = RedisServer(tmp_path)
    redis.start()
    stack.callback(redis.kill)
    settings = Settings.model_validate(
        {
            "content_dir": content,
            "var_dir": new_var_dir(tmp_path),
            "redis_url": redis.url,
            "now": now,
        }
    )
    apps = [create_app(settings) for _ in range(2)]
    one, other = [WeChat(await stack.enter_async_context(lifespan(app))) for app in apps]
    other._messages = 500  # no id twice: it would be taken for a retry
    inbox = Handoffs(apps[0].state.runtime.store, Keyspace("yibao"), SHANGHAI)
    return Deployment(one, other, inbox, redis)


@pytest.fixture
async def at_work(tmp_path: Path, content: Path) -> AsyncIterator[Deployment]:
    async with AsyncExitStack() as stack:
        yield await deploy(stack, tmp_path, content)


async def test_the_bot_is_silent_at_every_replica_until_released(at_work: Deployment) -> None:
    one, other, inbox, _ = at_work
    assert "已经转给工作人员" in await one.say("转人工")
    for replica in (other, one, other):
        response = await replica.push("多少钱")
        assert (response.status_code, response.content) == (200, b"success")
    (case,) = await inbox.cases("beijing")
    assert [line.text for line in case.lines] == ["转人工", "多少钱", "多少钱", "多少钱"]
    await inbox.answer("beijing", case.id, "435元", MOMENT, sent=False, silent=True)
    assert await other.say("在吗") == "工作人员回复：435元"
    assert (await one.push("好")).content == b"success"
    await inbox.release("beijing", case.id, MOMENT)
    assert "学生每人435元/年" in await one.say("多少钱")


async def test_a_retry_of_a_message_is_kept_once(at_work: Deployment) -> None:
    one, other, inbox, _ = at_work
    await one.say("转人工")
    for replica in (one, other, one):
        assert (await replica.push("在吗", msg_id="77")).content == b"success"
    (case,) = await inbox.cases("beijing")
    assert [line.text for line in case.lines] == ["转人工", "在吗"]


async def test_the_parent_may_go_back_to_the_bot(at_work: Deployment) -> None:
    await at_work.one.say("转人工")
    assert "机器人" in await at_work.other.say("机器人")
    assert "435元" in await at_work.one.say("多少钱")


async def test_wechat_gets_the_message(at_work: Deployment) -> None:
    for replica, text in ((at_work.one, "转人工"), (at_work.other, "多少钱")):
        fields = read_answer((await replica.push(text, "liuzhou", user="oKf")).content).fields
        assert fields["MsgType"] == "transfer_customer_service"
        assert (fields["ToUserName"], fields["FromUserName"]) == ("oKf", "gh_liuzhou")
        body = (await replica.push(text, "liuzhou", user="oKf")).text
        assert "<TransInfo><KfAccount><![CDATA[kf1@gh_x]]></KfAccount></TransInfo>" in body
    assert "机器人" in await at_work.one.say("机器人", "liuzhou", user="oKf")
    assert await at_work.inbox.cases("liuzhou") == ()


async def test_the_bot_answers_when_wechats_people_have_finished(at_work: Deployment) -> None:
    await at_work.one.push("转人工", "liuzhou")
    assert "transfer" in (await at_work.other.push("支付宝能交不", "liuzhou")).text
    peer = at_work.one.peer("liuzhou")
    response = await peer.post(event_xml("kf_close_session"), peer.query(unix_now()))
    assert response.content == b"success"
    assert "支付宝" in await at_work.other.say("支付宝能交不", "liuzhou")


async def test_a_retry_is_transferred_too(at_work: Deployment) -> None:
    bodies = {
        (await replica.push("转人工", "liuzhou", msg_id="9", user="oKf")).text.partition("<Msg")[2]
        for replica in (at_work.one, at_work.other)
    }
    assert len(bodies) == 1
    assert "transfer_customer_service" in bodies.pop()


async def test_a_transfer_is_encrypted_like_any_reply(at_work: Deployment) -> None:
    peer = at_work.one.peer("liuzhou")
    response = await peer.post_sealed(text_xml("转人工", "4712"), timestamp=unix_now())
    assert peer.open(response).fields["MsgType"] == "transfer_customer_service"


async def test_after_hours_there_is_a_ticket(tmp_path: Path, content: Path) -> None:
    async with AsyncExitStack() as stack:
        bot = await deploy(stack, tmp_path, content, NIGHT)
        assert "明天（12月11日周四）09:00开始处理" in await bot.one.say("转人工")
        assert "435元" in await bot.other.say("多少钱")
        (case,) = await bot.inbox.cases("beijing")
        assert case.state.value == "ticket"


async def test_without_redis_nobody_is_promised(at_work: Deployment) -> None:
    at_work.redis.kill()
    assert "暂时转不了人工" in await at_work.one.say("转人工")
    at_work.redis.start()


async def test_who_leaves_is_forgotten(at_work: Deployment) -> None:
    await at_work.one.say("转人工")
    peer = at_work.one.peer()
    await peer.post(event_xml("unsubscribe"), peer.query(unix_now()))
    assert await at_work.inbox.cases("beijing") == ()
