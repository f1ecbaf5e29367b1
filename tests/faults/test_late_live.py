"""A turn that takes 7 s, in two real processes: WeChat hangs up, asks again, and gets the reply."""

from __future__ import annotations

from random import Random

import pytest
from redis.asyncio import Redis

from app.settings import SANDBOX_AES_KEY, SANDBOX_APP_IDS, SANDBOX_TOKEN, Settings
from app.simulation.delivery import Line
from app.simulation.envelope import Account
from app.simulation.pushes import Writer
from app.state.keys import Keyspace
from tests.faults.conftest import Deployment
from tests.protocol.live_bot import unix_now

pytestmark = pytest.mark.anyio
USER = "oLate"


@pytest.mark.parametrize("mode", ["plain", "safe"])
async def test_the_retry_fetches_it(deployment: Deployment, mode: str) -> None:
    keys = Keyspace(Settings().salt.get_secret_value()).conversation("beijing", USER)
    app_id = SANDBOX_APP_IDS["beijing"]
    account = Account("beijing", app_id, SANDBOX_TOKEN, SANDBOX_AES_KEY)
    urls = [
        f"http://127.0.0.1:{bot.port}/wechat/beijing" for bot in (deployment.one, deployment.two)
    ]
    line = Line(account, urls, Random(3), unix_now, mode=mode)
    writer = Writer(account.original_id, Random(unix_now()))
    client = Redis.from_url(deployment.redis.url)
    await client.set(keys.lock, "an earlier message that takes long", px=6500)
    delivered = await line.deliver(writer.text(USER, "多少钱", unix_now()))
    assert delivered.attempts == 2
    assert line.alarms == {"超时": 1}
    assert "学生每人435元/年。" in (delivered.shown or "")
    assert not await client.exists(keys.unread), "nothing is left to be shown twice"
    await client.aclose()
