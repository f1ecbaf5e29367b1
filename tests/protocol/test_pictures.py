"""A parent sends a screenshot: fetched from loopback, read, answered in time or with the retry."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.assistants import ROOT
from tests.protocol.callback_peer import message_xml, read_answer
from tests.protocol.live_bot import WeChat, bot, new_var_dir, unix_now
from tests.protocol.staffed_content import staffed_content

pytestmark = pytest.mark.anyio
SCREENS = ROOT / "tests/data/screenshots"
NOW = "2025-12-10T10:00"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staffed_content(tmp_path_factory.mktemp("screens") / "content")


class PictureHost(http.server.SimpleHTTPRequestHandler):
    """Serves the test pictures; names that begin with `slow_` after two seconds."""

    def do_GET(self) -> None:
        if self.path.startswith("/slow_"):
            time.sleep(2)
            self.path = self.path.replace("/slow_", "/")
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def picture_host() -> Iterator[str]:
    handler = partial(PictureHost, directory=str(SCREENS))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with picture_host() as origin:
        yield origin


async def send(wechat: WeChat, url: str, msg_id: str) -> str:
    """Push an image message; return the reply, empty for `success`."""
    peer = wechat.peer()
    xml = message_xml("image", f"<PicUrl><![CDATA[{url}]]></PicUrl>", msg_id, user="oPicture")
    response = await peer.post(xml, peer.query(unix_now()))
    assert response.status_code == 200
    return "" if response.content == b"success" else read_answer(response.content).fields["Content"]


async def replied(wechat: WeChat, url: str, msg_id: str) -> str:
    """Push as WeChat does: up to three times, until there is a reply."""
    for _ in range(3):
        if reply := await send(wechat, url, msg_id):
            return reply
    pytest.fail("no reply")


async def test_a_screen_is_answered(tmp_path: Path, content: Path, host: str) -> None:
    async with bot(
        new_var_dir(tmp_path), content_dir=content, now=NOW, picture_test_origin=host
    ) as wechat:
        text = await replied(wechat, f"{host}/payment_info_invalid.png", "1")
        assert text.startswith("看到图里写着“缴费信息无效”。")
        assert "依据：北京市城乡医保学生问答" in text
        text = await replied(wechat, f"{host}/system_busy.png", "2")
        assert "我从图里看到“系统繁忙，请稍后再试”" in text
        text = await replied(wechat, f"{host}/with_id_number.png", "3")
        assert "11010519491231002X" not in text
        for number, name in enumerate(("no_text.png", "nowhere.png")):
            text = await replied(wechat, f"{host}/{name}", f"4{number}")
            assert "没看清" in text
        assert "没看清" in await send(wechat, "http://127.0.0.1:1/evil.png", "5")


async def test_a_late_picture_reaches_the_retry(tmp_path: Path, content: Path, host: str) -> None:
    async with bot(
        new_var_dir(tmp_path),
        content_dir=content,
        now=NOW,
        picture_test_origin=host,
        turn_budget_s=1.2,
        ocr_timeout_s=4.5,
    ) as wechat:
        await replied(wechat, f"{host}/system_busy.png", "warm")
        # Nobody hangs up here, so the first request may bring it as well, after its budget.
        first = await send(wechat, f"{host}/slow_payment_info_invalid.png", "late")
        answers = await asyncio.gather(
            *(replied(wechat, f"{host}/slow_payment_info_invalid.png", "late") for _ in range(2))
        )
        assert answers[0].startswith("看到图里写着“缴费信息无效”。")
        assert len({*answers, first} - {""}) == 1


async def test_switched_off_it_asks_for_the_words(tmp_path: Path, content: Path, host: str) -> None:
    async with bot(
        new_var_dir(tmp_path), content_dir=content, now=NOW, picture_test_origin=host, ocr=False
    ) as wechat:
        text = await send(wechat, f"{host}/payment_info_invalid.png", "1")
        assert "图片我暂时看不了" in text
        assert "payment_window" in text
