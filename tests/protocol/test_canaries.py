"""Personal data sent by every path into a live process: nothing that it leaves behind holds any.

Redis writes an append-only file, so what is searched is everything that was ever written to it,
and not only what is there in the end.
"""

from __future__ import annotations

import base64
import gzip
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from app.settings import SHANGHAI
from app.state.embedded import open_store
from app.state.handoffs import Handoffs
from app.state.keys import Keyspace
from tests.protocol.callback_peer import text_xml
from tests.protocol.live_bot import BotProcess, RedisServer, WeChat, new_var_dir, unix_now
from tests.protocol.staffed_content import SCREEN, staffed_content

pytestmark = pytest.mark.anyio
NOW = "2025-12-10T10:00"
USER = "oCanary1cD2eF3gH4iJ5kL6mN7o8"
CANARIES = (
    "450201201501011234",
    "13800138000",
    "6222020200112233446",
    "canary.parent@example.com",
    USER,
)
NAME = "金丝雀"
SAID = f"我叫{NAME}，身份证{CANARIES[0]}，电话{CANARIES[1]}，卡{CANARIES[2]}，{CANARIES[3]}"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def pushed(kind: str, rest: str, number: int) -> str:
    return (
        f"<xml><ToUserName>gh_x</ToUserName><FromUserName>{USER}</FromUserName>"
        f"<CreateTime>{unix_now()}</CreateTime><MsgType>{kind}</MsgType>{rest}"
        f"<MsgId>{unix_now()}{number:04}</MsgId></xml>"
    )


def bodies() -> list[str]:
    said = escape(SAID)
    kinds = [
        ("voice", f"<MediaId>m</MediaId><Format>amr</Format><Recognition>{said}</Recognition>"),
        ("image", f"<PicUrl>http://127.0.0.1:9/{said}</PicUrl><MediaId>{said}</MediaId>"),
        ("location", f"<Location_X>1</Location_X><Location_Y>2</Location_Y><Label>{said}</Label>"),
        ("link", f"<Title>{said}</Title><Description>{said}</Description><Url>x</Url>"),
        ("unheard", f"<Content>{said}</Content>"),
        ("event", f"<Event>CLICK</Event><EventKey>{said}</EventKey>"),
        ("event", f"<Event>SCAN</Event><EventKey>{said}</EventKey><Ticket>{said}</Ticket>"),
        ("event", f"<Event>subscribe</Event><EventKey>qrscene_{said}</EventKey>"),
        ("event", f"<Event>VIEW</Event><EventKey>http://x/{said}</EventKey>"),
        ("event", f"<Event>{said}</Event><EventKey>{said}</EventKey>"),
        ("text", f"<Content>{said}</Content><bizmsgmenuid>{said}</bizmsgmenuid>"),
    ]
    return [pushed(kind, rest, number) for number, (kind, rest) in enumerate(kinds)]


async def send_everything(wechat: WeChat) -> None:
    texts = [SAID, f"一年多少钱，{SAID}", f"怎么参保，{SAID}", SAID, "1", SAID, f"量子力学{SAID}？"]
    texts += ["提醒我缴费", SAID, "一年多少钱", f"没解决，{SAID}", "没解决", "查看回复", SCREEN]
    texts += ["转人工", SAID, f"孩子叫{NAME}，{SAID}", "机器人", "再说一遍", "更多"]
    for account in ("beijing", "liuzhou"):
        for text in texts:
            await wechat.push(text, account, user=USER)
        peer = wechat.peer(account)
        for xml in bodies():
            response = await peer.post(xml, peer.query(unix_now(), openid=USER))
            assert response.status_code == 200
        for number in range(3):
            sealed = text_xml(f"一年多少钱{SAID}", f"{unix_now()}{number}7", USER)
            await peer.post_sealed(sealed, timestamp=unix_now(), compatible=bool(number))
        whole = text_xml(SAID, "1", USER)
        broken = [whole[:-9], f"<!DOCTYPE {escape(SAID)}>{whole}", SAID, f"<xml>{SAID}</xml>"]
        for xml in (*broken, text_xml(SAID * 900, "2", USER)):
            await peer.post(xml, peer.query(unix_now(), openid=USER))
        query = {**peer.query(unix_now(), openid=USER), "signature": SAID, "echostr": SAID}
        await peer.post(whole, query)
        await wechat.client.get(f"/{SAID}", params={"openid": USER, "q": SAID})


def holds(data: bytes) -> set[str]:
    """Return the canaries in it: plain, escaped, as JSON, percent-encoded, base64, compressed."""
    found = set()
    layers = [data]
    for blob in re.findall(rb"[A-Za-z0-9+/=]{40,}", data):
        if len(blob) % 4 == 0:
            layers.append(base64.b64decode(blob))
    for start in (m.start() for m in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data)):
        try:
            layers.append(zlib.decompressobj().decompress(data[start:]))
        except zlib.error:
            continue
    for canary in (*CANARIES, NAME):
        raw = canary.encode()
        shapes = {
            raw,
            canary.encode("utf-16-le"),
            canary.encode("unicode_escape"),
            "".join(f"%{b:02X}" for b in raw).encode(),
            repr(raw)[2:-1].encode(),
            base64.b64encode(raw).rstrip(b"=")[:-1],
        }
        if any(shape in layer for shape in shapes for layer in layers):
            found.add(canary)
    return found


def test_the_search_finds_what_is_there() -> None:
    """A search that finds nothing anywhere would prove nothing."""
    everything = {*CANARIES, NAME}
    assert holds((SAID + USER).encode()) == everything
    assert holds(zlib.compress((SAID + USER).encode())) == everything
    assert holds(base64.b64encode((SAID + USER + "  ").encode())) >= {USER}
    assert holds(ascii(SAID + USER).encode()) == everything
    assert holds(repr((SAID + USER).encode()).encode()) == everything
    assert holds(b"nothing") == set()


def exports(bot: BotProcess) -> bytes:
    """Return what operators can print and what it writes to files."""
    yibao = str(Path(sys.executable).with_name("yibao"))
    output = b""
    page = bot.log.with_name("report.html")
    period = ["--from", "2025-12-01", "--to", "2025-12-31"]
    report = ["report", *period, "--out", str(page), "--format", "html"]
    for command in (["inbox"], report, ["learned", "--account", "beijing"]):
        done = subprocess.run(
            [yibao, *command],
            env={**os.environ, **bot.environment},
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        output += done.stdout + done.stderr
    return output + page.read_bytes()


def backed_up(bot: BotProcess) -> bytes:
    """Return what `yibao backup` writes, unpacked."""
    yibao = str(Path(sys.executable).with_name("yibao"))
    file = bot.log.with_name("backup.jsonl.gz")
    done = subprocess.run(
        [yibao, "backup", str(file)],
        env={**os.environ, **bot.environment},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return gzip.decompress(file.read_bytes())


def logged(folder: Path) -> bytes:
    """Return every command that changed anything in Redis."""
    return b"".join(path.read_bytes() for path in folder.rglob("*.aof"))


async def test_no_personal_data_stays_anywhere(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    redis.start()
    content = staffed_content(tmp_path / "content")
    bot = BotProcess(
        new_var_dir(tmp_path),
        tmp_path / "bot.log",
        YIBAO_REDIS_URL=redis.url,
        YIBAO_NOW=NOW,
        YIBAO_CONTENT_DIR=str(content),
        YIBAO_RATE_PER_PARENT_MIN="0",
    )
    try:
        with bot.running():
            async with bot.wechat() as wechat:
                await send_everything(wechat)
                metrics = (await wechat.client.get("/metrics")).content
            printed = exports(bot)
            backup = backed_up(bot)
            store = await open_store(redis.url, tmp_path)
            cases = await Handoffs(store, Keyspace("yibao"), SHANGHAI).cases("beijing")
            written = logged(tmp_path)
            await store.close()
        assert cases, "the handoff was not reached"
        for reached in (b":session", b":journal", b":handoff-lines", b":delivery:"):
            assert reached in written
        for reached in (b":session", b":journal", b":handoff-lines", b":stats:"):
            assert reached in backup
        left = {
            "log": holds(bot.log.read_bytes()),
            "redis": holds(written),
            "metrics": holds(metrics),
            "exports": holds(printed),
            "backup": holds(backup),
        }
        assert left == {name: set() for name in left}
    finally:
        redis.kill()
