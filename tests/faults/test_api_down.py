"""WeChat's API is down for an hour: late replies wait in the store and reach their parents."""

from __future__ import annotations

import asyncio

import pytest

from app.state import keys
from app.state.deliveries import DeliveryLedger
from app.state.embedded import EmbeddedRedis, open_store
from app.state.unread import ANY, UnreadReplies
from tests.protocol.callback_peer import CallbackPeer, Stage, read_answer, text_xml

pytestmark = pytest.mark.anyio
HOUR_S = 3600


async def ask(stage: Stage, peer: CallbackPeer, msg_id: str) -> str:
    response = await peer.post(text_xml("问", msg_id), peer.query(int(stage.now)))
    assert response.status_code == 200
    return "" if response.content == b"success" else read_answer(response.content).text


async def test_every_late_reply_arrives_once_with_later_messages(stage: Stage) -> None:
    stage.late.may, stage.late.error = True, ConnectionError("api.weixin.qq.com")
    async with stage.peer() as peer:
        stage.assistant.pause_s = 0.5
        for number in range(3):
            stage.assistant.reply = f"迟到的回复{number}"
            requests = [ask(stage, peer, f"late{number}") for _ in range(3)]
            assert set(await asyncio.gather(*requests)) == {""}, "success, a message would follow"
            await asyncio.sleep(0.4)
        assert not stage.late.pushed
        stage.now += HOUR_S
        stage.assistant.pause_s, stage.assistant.reply = 0.0, "准时的回复"
        texts = [await ask(stage, peer, f"later{number}") for number in range(4)]
    assert [text.count("准时的回复") for text in texts] == [1] * 4
    for number in range(3):
        assert sum(text.count(f"迟到的回复{number}") for text in texts) == 1


async def test_the_store_keeps_them_longer_than_that(tmp_path) -> None:
    server = EmbeddedRedis(tmp_path)
    server.start()
    store = await open_store(None, tmp_path)
    try:
        keyspace = keys.Keyspace("salt")
        ledger, unread = DeliveryLedger(store, keyspace), UnreadReplies(store, keyspace)
        await ledger.claim("beijing", "o", "k", awaited_s=0)
        await asyncio.sleep(0.01)
        assert (await ledger.finish("beijing", "o", "k", "好")).kept
        left_s = await store.client.ttl(keyspace.conversation("beijing", "o").unread)
        assert left_s > 2 * HOUR_S
        assert await unread.take("beijing", "o", by="tap", which=ANY) == "好"
    finally:
        await store.close()
        server.stop()
