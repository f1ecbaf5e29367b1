"""The imitation keeps WeChat's rules: tokens, windows, quotas, grants."""

from __future__ import annotations

import httpx
import pytest

from app.simulation.api import Api, Fault
from app.simulation.envelope import Account

pytestmark = pytest.mark.anyio
ACCOUNT = Account("liuzhou", "wx1", "t", secret="s")
SEND = "/cgi-bin/message/custom/send"
USER = "oUser"


class Clock:
    def __init__(self) -> None:
        self.now = 1_765_850_400.0

    def __call__(self) -> float:
        return self.now


class Caller:
    """Calls the API as a bot does."""

    def __init__(self, account: Account = ACCOUNT) -> None:
        self.clock = Clock()
        self.heard: list[str] = []
        self.api = Api([account], self.clock, lambda message: self.heard.append(message.text))
        transport = httpx.ASGITransport(self.api.app())
        self.client = httpx.AsyncClient(transport=transport, base_url="http://api")
        self.rules = self.api.rules["wx1"]

    async def token(self, **more: object) -> dict[str, object]:
        body = {"grant_type": "client_credential", "appid": "wx1", "secret": "s", **more}
        response = await self.client.post("/cgi-bin/stable_token", json=body)
        answer: dict[str, object] = response.json()
        return answer

    async def call(self, path: str, body: object = None, **params: str) -> int:
        """Return the errcode, 0 where there is none."""
        token = params.pop("token", "") or str((await self.token())["access_token"])
        query = {"access_token": token, **params}
        response = await self.client.post(path, params=query, content=as_json(body))
        code: int = response.json().get("errcode", 0)
        return code

    async def say(self, text: str = "好") -> int:
        return await self.call(SEND, custom(text))


def as_json(body: object) -> bytes:
    return b"" if body is None else httpx.Request("POST", "http://x", json=body).content


def custom(text: str) -> dict[str, object]:
    return {"touser": USER, "msgtype": "text", "text": {"content": text}}


@pytest.fixture
def caller() -> Caller:
    return Caller()


class TestToken:
    async def test_is_the_same_until_its_last_five_minutes(self, caller: Caller) -> None:
        first = await caller.token()
        caller.clock.now += 6800
        again = await caller.token()
        assert again == {**first, "expires_in": 400}
        caller.clock.now += 150
        second = await caller.token()
        assert second["access_token"] != first["access_token"]
        caller.rules.note(USER, "message")
        assert await caller.call(SEND, custom("a"), token=str(first["access_token"])) == 0
        caller.clock.now += 301
        assert await caller.call(SEND, custom("a"), token=str(first["access_token"])) == 42001

    async def test_forced_renewal_kills_the_old_one_and_is_rationed(self, caller: Caller) -> None:
        old = str((await caller.token())["access_token"])
        await caller.token(force_refresh=True)
        assert await caller.call(SEND, custom("a"), token=old) in {40001, 42001}
        assert (await caller.token(force_refresh=True))["errcode"] == 45009
        for _ in range(19):
            caller.clock.now += 31
            assert "access_token" in await caller.token(force_refresh=True)
        caller.clock.now += 31
        assert (await caller.token(force_refresh=True))["errcode"] == 45009

    @pytest.mark.parametrize(
        ("wrong", "code"), [({"secret": "x"}, 40125), ({"appid": "wx2"}, 40013)]
    )
    async def test_strangers_get_none(self, caller: Caller, wrong, code) -> None:
        assert (await caller.token(**wrong))["errcode"] == code

    async def test_a_call_needs_one(self, caller: Caller) -> None:
        response = await caller.client.post(SEND, json=custom("a"))
        assert response.json()["errcode"] == 41001
        assert await caller.call(SEND, custom("a"), token="made up") == 40001


class TestWindows:
    async def test_nobody_is_written_to_unasked(self, caller: Caller) -> None:
        assert await caller.say() == 45015

    @pytest.mark.parametrize(
        ("trigger", "count", "seconds"),
        [("message", 5, 48 * 3600), ("menu", 3, 60), ("follow", 3, 60), ("scan", 3, 60)],
    )
    async def test_count_and_length(self, caller: Caller, trigger, count, seconds) -> None:
        caller.rules.note(USER, trigger)
        assert [await caller.say() for _ in range(count + 1)] == [0] * count + [45047]
        caller.rules.note(USER, trigger)
        caller.clock.now += seconds
        assert await caller.say() == 0
        caller.clock.now += 1
        assert await caller.say() == 45015
        assert caller.heard == ["好"] * (count + 1)

    async def test_who_left_is_not_reached(self, caller: Caller) -> None:
        caller.rules.note(USER, "message")
        caller.rules.note_gone(USER)
        assert await caller.say() == 45015

    async def test_limits_of_the_text(self, caller: Caller) -> None:
        caller.rules.note(USER, "message")
        assert await caller.say("医" * 683) == 45002
        assert await caller.say("医" * 682) == 0
        token = str((await caller.token())["access_token"])
        escaped = b'{"touser":"oUser","msgtype":"text","text":{"content":"\\u533b"}}'
        response = await caller.client.post(SEND, params={"access_token": token}, content=escaped)
        assert response.json()["errcode"] == 40033

    async def test_typing(self, caller: Caller) -> None:
        path = "/cgi-bin/message/custom/typing"
        body = {"touser": USER, "command": "Typing"}
        assert await caller.call(path, body) == 45080
        caller.rules.note(USER, "message")
        assert await caller.call(path, body) == 0
        assert await caller.call(path, body) == 45081
        assert await caller.call(path, {**body, "command": "Sing"}) == 45072


async def test_an_unverified_account_has_no_grants() -> None:
    caller = Caller(Account("liuzhou", "wx1", "t", secret="s", verified=False))
    caller.rules.note(USER, "message")
    assert await caller.say() == 48001
    assert await caller.call("/cgi-bin/menu/create", {"button": []}) == 48001
    assert await caller.call("/cgi-bin/getcallbackip") == 0


async def test_menu_media_scene_notice(caller: Caller) -> None:
    button = {"type": "click", "name": "缴费", "key": "payment"}
    assert await caller.call("/cgi-bin/menu/get") == 46003
    assert await caller.call("/cgi-bin/menu/create", {"button": [button] * 4}) == 40016
    assert await caller.call("/cgi-bin/menu/create", {"button": [button]}) == 0
    assert await caller.call("/cgi-bin/menu/get") == 0
    assert await caller.call("/cgi-bin/menu/delete") == 0
    assert await caller.call("/cgi-bin/media/get", media_id="none") == 40007
    scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "s1"}}}
    assert await caller.call("/cgi-bin/qrcode/create", scene) == 0
    notice = {"touser": USER, "template_id": "t", "data": {}}
    assert await caller.call("/cgi-bin/message/subscribe/bizsend", notice) == 43101
    caller.rules.note(USER, "message")
    assert await caller.call("/cgi-bin/message/subscribe/bizsend", notice) == 0
    assert await caller.call("/cgi-bin/nothing") == 40066


async def test_faults_can_be_switched_on(caller: Caller) -> None:
    caller.rules.note(USER, "message")
    caller.api.faults = [Fault("custom/send", "code", 2, -1)]
    assert [await caller.say() for _ in range(3)] == [-1, -1, 0]
    faults = [{"path": "custom/send", "kind": "code", "value": 40001}]
    assert (await caller.client.post("/_faults", json=faults)).status_code == 204
    assert [await caller.say() for _ in range(20)] == [40001] * 20, "for ever"
    token = str((await caller.token())["access_token"])
    caller.api.faults = [Fault("custom/send", "broken", 1), Fault("custom/send", "status", 1, 502)]
    broken = await caller.client.post(SEND, params={"access_token": token}, json=custom("a"))
    with pytest.raises(ValueError, match=r"."):
        broken.json()
    failed = await caller.client.post(SEND, params={"access_token": token}, json=custom("a"))
    assert failed.status_code == 502
    calls = (await caller.client.get("/_calls")).json()
    assert calls[SEND] == 25
