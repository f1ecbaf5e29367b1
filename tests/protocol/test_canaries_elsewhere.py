"""Personal data by the longer ways: a picture, a late reply, a reminder, what operators export.

The account here may write first, so its Redis holds OpenIDs: that is what they are for
(docs/security.md). Numbers, names and addresses are nowhere.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.console.review_desk import ReviewDesk
from app.dialogue.reminding import Pushed
from app.domain.names import IntentId
from app.domain.turn import Reminder
from app.main import create_app
from app.pictures.reading import LocalEngine
from app.runtime import Runtime, _Parts
from app.settings import SANDBOX_AES_KEY, SANDBOX_APP_IDS, SANDBOX_TOKEN, SHANGHAI, Settings
from app.simulation.api import Api
from app.simulation.envelope import Account
from app.state.handoffs import Handoffs
from app.state.journal import Journal
from app.state.keys import Keyspace
from app.state.reminders import ReminderIndex
from app.state.sessions import Conversations
from tests.loopback import serving_at
from tests.protocol.callback_peer import message_xml, read_answer, text_xml
from tests.protocol.live_bot import RedisServer, WeChat, lifespan, new_var_dir, unix_now
from tests.protocol.staffed_content import staffed_content
from tests.protocol.test_canaries import CANARIES, NAME, SAID, USER, holds, logged

pytestmark = pytest.mark.anyio
NOW, LATER = "2025-12-10T10:00", "2025-12-20T12:00"
SECRET = "app-secret-canary-77"
DRAWN = (CANARIES[0], CANARIES[1], CANARIES[2], "canary.parent@example.com")
_NOTICE = """
    type: 服务号
    verified: true
    notice:
      template: template-1
      fields: {thing1: "{title}", date2: "{day}"}
"""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def picture() -> bytes:
    """Draw a screenshot with every canary and a line that the bot knows."""
    image = Image.new("RGB", (900, 60 * (len(DRAWN) + 2)), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(34)
    for row, text in enumerate(("How much", *DRAWN)):
        pen.text((20, 20 + 60 * row), text, "black", font)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def host() -> Iterator[str]:
    drawn = picture()

    async def show(_: Request) -> Response:
        return Response(drawn, media_type="image/png")

    with serving_at(Starlette(routes=[Route("/{name}", show)]), lifespan="off") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def api() -> Iterator[tuple[Api, str]]:
    app_id = SANDBOX_APP_IDS["beijing"]
    account = Account("beijing", app_id, SANDBOX_TOKEN, SANDBOX_AES_KEY, secret=SECRET)
    made = Api([account], unix_now)
    with serving_at(made.app(), lifespan="off") as port:
        yield made, f"http://127.0.0.1:{port}"


@asynccontextmanager
async def deployed(settings: Settings) -> AsyncIterator[tuple[Runtime, WeChat]]:
    app = create_app(settings)
    async with lifespan(app) as client:
        yield app.state.runtime, WeChat(client)


async def send_picture(wechat: WeChat, url: str) -> str:
    """Push it as WeChat does: up to three times, until there is a reply."""
    peer = wechat.peer()
    for _ in range(3):
        xml = message_xml("image", f"<PicUrl><![CDATA[{url}]]></PicUrl>", "9", user=USER)
        response = await peer.post(xml, peer.query(unix_now(), openid=USER))
        if response.content != b"success":
            return read_answer(response.content).fields["Content"]
    pytest.fail("no reply")


async def agreed(runtime: Runtime) -> None:
    """Keep a reminder as if the parent had agreed to it; this content has no calendar to ask."""
    due = datetime.fromisoformat(LATER).replace(tzinfo=SHANGHAI) - timedelta(hours=1)
    keyspace = Keyspace(Settings().salt.get_secret_value())
    topic = IntentId("payment_window")
    async with Conversations(runtime.store, keyspace).open("beijing", USER) as conversation:
        reminders = (Reminder(topic, due, due.date()),)
        await conversation.save(replace(conversation.session, reminders=reminders))
    await ReminderIndex(runtime.store).note("beijing", USER, due)


async def send_late(wechat: WeChat, redis: RedisServer) -> None:
    """Push a question three times while an earlier message takes long."""
    keys = Keyspace(Settings().salt.get_secret_value()).conversation("beijing", USER)
    client = Redis.from_url(redis.url)
    await client.set(keys.lock, "an earlier message that takes long", px=2500)
    peer = wechat.peer()
    xml = text_xml(f"一年多少钱，{SAID}", "late-1", USER)
    await asyncio.gather(*(peer.post(xml, peer.query(unix_now(), openid=USER)) for _ in range(3)))
    await client.aclose()


async def exported(runtime: Runtime) -> bytes:
    """Return what operators see of it in the console: questions to review, and the inbox."""
    desk = ReviewDesk(lambda: runtime.assistant, Journal(runtime.store), None, None)  # type: ignore[arg-type]
    keyspace = Keyspace(Settings().salt.get_secret_value())
    inbox = Handoffs(runtime.store, keyspace, SHANGHAI)
    seen = [repr(await Journal(runtime.store).recent(account, 1000)) for account in ("beijing",)]
    seen.append(repr(await desk.page("beijing")))
    seen.append(repr(await inbox.cases("beijing")))
    return "".join(seen).encode()


def test_the_picture_is_read_with_everything_in_it() -> None:
    read = " ".join(LocalEngine()(picture()))
    assert all(text in read for text in DRAWN), read


async def test_nothing_stays_by_the_longer_ways(
    tmp_path: Path, host: str, api: tuple[Api, str], capfd: pytest.CaptureFixture[str]
) -> None:
    wechat_api, address = api
    content = staffed_content(tmp_path / "content")
    accounts = content / "intents" / "_accounts.yml"
    accounts.write_text(accounts.read_text("utf-8").rstrip() + _NOTICE, "utf-8")
    redis = RedisServer(tmp_path)
    redis.start()
    given = {
        "content_dir": content,
        "var_dir": new_var_dir(tmp_path),
        "redis_url": redis.url,
        "now": NOW,
        "wechat_api_url": address,
        "picture_test_origin": host,
        "turn_budget_s": 1.2,
        "ocr_timeout_s": 4.5,
        "accounts": {"beijing": {"app_secret": SECRET, "verified": True, "type": "服务号"}},
    }
    try:
        async with deployed(Settings.model_validate(given)) as (runtime, wechat):
            wechat_api.rules[SANDBOX_APP_IDS["beijing"]].note(USER, "message")
            read = await send_picture(wechat, f"{host}/screen.png")
            assert "How much" in read or "看到" in read, "the picture was not read"
            await wechat.say(f"每月几号能缴费，{SAID}", user=USER)
            await agreed(runtime)
            await send_late(wechat, redis)
            await asyncio.sleep(2)
            for text in ("转人工", SAID, f"孩子叫{NAME}，{SAID}"):
                await wechat.push(text, user=USER)
            later = Settings.model_validate({**given, "now": LATER})
            parts = _Parts(
                later, lambda: runtime.assistant, runtime.store, runtime.apis, runtime.metrics, None
            )
            pushed = await parts.reminding().round()
            metrics = (await wechat.client.get("/metrics")).content
            metrics += (await wechat.client.get("/readyz")).content
            seen = await exported(runtime)
            written = logged(tmp_path)
        sent = [message for rules in wechat_api.rules.values() for message in rules.delivered]
        notices = [path for path in wechat_api.calls if path.endswith("bizsend")]
        output = "".join(capfd.readouterr()).encode()
        assert pushed[Pushed.SENT] == 1, (pushed, notices)
        assert any("435元" in message.text for message in sent), "the late reply was not delivered"
        for reached in (b":session", b":journal", b":handoff-lines"):
            assert reached in written
        assert "每月几号能缴费".encode() in seen
        left = {
            "log": holds(output),
            "redis": holds(written) - {USER},
            "metrics": holds(metrics),
            "exports": holds(seen) - {USER},
            "messages": holds("".join(message.text for message in sent).encode()),
        }
        assert left == {name: set() for name in left}
        for place in (output, written, metrics, seen):
            assert SECRET.encode() not in place
    finally:
        redis.kill()
