"""Two Node packages push to the endpoint and open its replies: plain, compatible and safe mode.

`@wecom/crypto` is Tencent's own, `wechat-crypto` that of node-webot. In CI (`CI=true`) they must be
there; elsewhere the tests are skipped where Node is not.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.npm_packages import installed_packages
from tests.protocol.callback_peer import (
    ACCOUNTS,
    KEY,
    NOW,
    Stage,
    message_xml,
    read_answer,
    text_xml,
)

pytestmark = pytest.mark.anyio
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def packages() -> Path:
    """Return a folder in which the locked packages are installed, outside the checkout's files."""
    return installed_packages(HERE, "peers")


def node(packages: Path, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Let the peers answer requests."""
    done = subprocess.run(
        ["node", "--no-deprecation", str(HERE / "peer.mjs")],
        cwd=packages,
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def asked(peer: str, account: str, **what: Any) -> dict[str, Any]:
    settings = ACCOUNTS[account]
    public = {"token": settings.token, "key": KEY, "app_id": settings.app_id}
    return {"peer": peer, "account": public, "timestamp": str(NOW), "nonce": "n1", **what}


@pytest.mark.parametrize("peer", ["wecom", "wechat"])
@pytest.mark.parametrize(("account", "mode"), [("liuzhou", "compatible"), ("beijing", "safe")])
@pytest.mark.parametrize("text", ["缴费时间", "😀 ]]> & <b>", "医" * 600])
async def test_push_and_reply(
    packages: Path, stage: Stage, peer: str, account: str, mode: str, text: str
) -> None:
    stage.assistant.reply = f"答：{text}"
    xml = text_xml(text)
    [pushed] = node(packages, asked(peer, account, seal=xml))
    element = f"<Encrypt><![CDATA[{pushed['sealed']}]]></Encrypt>"
    body = xml.replace("</xml>", element + "</xml>") if mode == "compatible" else ""
    async with stage.peer(account) as wechat:
        query = wechat.query(encrypt_type="aes", msg_signature=pushed["signature"])
        response = await wechat.post(body or f"<xml>{element}</xml>", query)
    assert response.status_code == 200
    assert stage.assistant.seen[0].text == text
    envelope = read_answer(response.content).fields
    request = asked(peer, account, open=envelope["Encrypt"])
    request |= {"timestamp": envelope["TimeStamp"], "nonce": envelope["Nonce"]}
    [opened] = node(packages, request)
    assert opened["signature"] == envelope["MsgSignature"]
    assert opened["id"] == ACCOUNTS[account].app_id
    assert read_answer(opened["message"]).text == stage.assistant.reply


@pytest.mark.parametrize("peer", ["wecom", "wechat"])
async def test_plain_mode(packages: Path, stage: Stage, peer: str) -> None:
    [signed] = node(packages, asked(peer, "liuzhou"))
    query = {"signature": signed["signature"], "timestamp": str(NOW), "nonce": "n1"}
    async with stage.peer() as wechat:
        response = await wechat.post(text_xml("怎么交钱"), query)
        assert read_answer(response.content).text == "您好"
        echo = await wechat.client.get(wechat.path, params=query | {"echostr": "4711"})
        assert echo.text == "4711"


@pytest.mark.parametrize("peer", ["wecom", "wechat"])
async def test_success_stays_bare_in_safe_mode(packages: Path, stage: Stage, peer: str) -> None:
    stage.assistant.reply = ""
    [pushed] = node(packages, asked(peer, "beijing", seal=message_xml("image")))
    async with stage.peer("beijing") as wechat:
        query = wechat.query(encrypt_type="aes", msg_signature=pushed["signature"])
        element = f"<Encrypt>{pushed['sealed']}</Encrypt>"
        response = await wechat.post(f"<xml>{element}</xml>", query)
    assert (response.status_code, response.content) == (200, b"success")
