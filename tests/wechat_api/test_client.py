"""Paths and bodies, as the platform's pages give them."""

from __future__ import annotations

import json

import pytest
from starlette.responses import JSONResponse, Response

from app.domain.channels import AccountKind, Capability
from app.errors import NotGrantedError, UserUnreachableError, WeChatApiError
from app.wechat.api import messages
from app.wechat.capabilities import GRANTS, Standing
from tests.wechat_api.api_peer import SEND_PATH, code

pytestmark = pytest.mark.anyio

USER = "oParent"


async def sent(api, peer, body: messages.Body, **options: object) -> dict[str, object]:
    """Send a message and return what arrived."""
    await api.send(USER, body, **options)
    found: dict[str, object] = peer.asked[-1].body
    return found


class TestMessages:
    async def test_text_is_utf8_without_escapes(self, api, peer) -> None:
        await api.send_text(USER, "缴费👨‍👩‍👧 “引号” \\ 换行\n")
        raw = peer.asked[-1].raw
        assert "缴费👨‍👩‍👧".encode() in raw
        assert rb"\u" not in raw
        assert peer.asked[-1].body == {
            "touser": USER,
            "msgtype": "text",
            "text": {"content": "缴费👨‍👩‍👧 “引号” \\ 换行\n"},
        }

    async def test_half_a_surrogate_pair_does_not_stop_a_message(self, api, peer) -> None:
        await api.send_text(USER, "坏\ud83d字")
        assert json.loads(peer.asked[-1].raw)["text"]["content"] == "坏?字"

    @pytest.mark.parametrize("text", ["", " \n", "字" * 683])
    async def test_a_text_that_cannot_be_sent_is_a_mistake_of_ours(self, api, peer, text) -> None:
        with pytest.raises(ValueError, match="text"):
            await api.send_text(USER, text)
        assert peer.asked == []

    async def test_the_longest_text_is_sent(self, api, peer) -> None:
        await api.send_text(USER, "字" * 682)
        assert peer.count(SEND_PATH) == 1

    async def test_image_news_and_mini_program(self, api, peer) -> None:
        assert (await sent(api, peer, messages.image("m1")))["image"] == {"media_id": "m1"}
        article = messages.Article("标题", "说明", "https://example.org/", "https://example.org/p")
        body = await sent(api, peer, messages.news(article))
        assert body["news"] == {
            "articles": [
                {
                    "title": "标题",
                    "description": "说明",
                    "url": "https://example.org/",
                    "picurl": "https://example.org/p",
                }
            ]
        }
        card = messages.MiniProgram("标题", "wx1", "pages/index/index", "t1")
        body = await sent(api, peer, messages.mini_program(card))
        assert body["miniprogrampage"] == {
            "title": "标题",
            "appid": "wx1",
            "pagepath": "pages/index/index",
            "thumb_media_id": "t1",
        }

    async def test_msgmenu(self, api, peer) -> None:
        items = [messages.MenuItem("101", "解决了"), messages.MenuItem("102", "没解决")]
        body = await sent(api, peer, messages.menu("解决了吗？", items, "谢谢"))
        assert body == {
            "touser": USER,
            "msgtype": "msgmenu",
            "msgmenu": {
                "head_content": "解决了吗？",
                "list": [
                    {"id": "101", "content": "解决了"},
                    {"id": "102", "content": "没解决"},
                ],
                "tail_content": "谢谢",
            },
        }

    @pytest.mark.parametrize(
        "items", [[], [messages.MenuItem("", "x")], [messages.MenuItem("1", " ")]]
    )
    async def test_a_msgmenu_that_could_not_be_tapped(self, items) -> None:
        with pytest.raises(ValueError, match="msgmenu"):
            messages.menu("头", items)

    async def test_label_of_artificial_intelligence_and_agent(self, api, peer) -> None:
        body = await sent(api, peer, messages.text("您好"), is_ai=True, agent="test1@test")
        assert body["aimsgcontext"] == {"is_ai_msg": 1}
        assert body["customservice"] == {"kf_account": "test1@test"}


class TestTyping:
    async def test_on_and_off(self, api, peer) -> None:
        assert await api.typing(USER)
        assert await api.typing(USER, on=False)
        assert [asked.body["command"] for asked in peer.asked[1:]] == ["Typing", "CancelTyping"]
        assert peer.asked[1].path == "/cgi-bin/message/custom/typing"

    @pytest.mark.parametrize("number", [45080, 45081])
    async def test_what_cannot_be_shown_is_no_harm(self, api, peer, meter, number) -> None:
        peer.will("/cgi-bin/message/custom/typing", code(number))
        assert not await api.typing(USER)
        assert meter.alarms == []

    async def test_other_errors_are_told(self, api, peer) -> None:
        peer.will("/cgi-bin/message/custom/typing", code(45072))
        with pytest.raises(WeChatApiError):
            await api.typing(USER)


async def test_notice(api, peer) -> None:
    await api.send_notice(
        USER, "T1", {"thing1": "缴费"}, page="https://example.org/", mini_program=("wx1", "p")
    )
    asked = peer.asked[-1]
    assert asked.path == "/cgi-bin/message/subscribe/bizsend"
    assert asked.body == {
        "touser": USER,
        "template_id": "T1",
        "page": "https://example.org/",
        "miniprogram": {"appid": "wx1", "pagepath": "p"},
        "data": {"thing1": {"value": "缴费"}},
    }


async def test_notice_without_consent(api, peer) -> None:
    peer.will("/cgi-bin/message/subscribe/bizsend", code(43101))
    with pytest.raises(UserUnreachableError):
        await api.send_notice(USER, "T1", {})


class TestMedia:
    PATH = "/cgi-bin/media/get"

    async def test_bytes_as_they_are(self, api, peer) -> None:
        picture = bytes(range(256)) * 40
        peer.will(self.PATH, Response(picture, media_type="image/jpeg"))
        media = await api.media("M1")
        assert (media.content, media.content_type) == (picture, "image/jpeg")
        assert peer.asked[-1].query["media_id"] == "M1"

    async def test_too_large_is_given_up(self, api, peer) -> None:
        peer.will(self.PATH, Response(b"x" * 5000, media_type="image/png"))
        with pytest.raises(WeChatApiError, match="4000"):
            await api.media("M1", max_bytes=4000)

    async def test_too_slow_is_given_up(self, api, peer) -> None:
        peer.will(self.PATH, 2.0)
        with pytest.raises(WeChatApiError):
            await api.media("M1", timeout_s=0.2)

    @pytest.mark.parametrize("kind", ["application/json", "text/plain"])
    async def test_expired(self, api, peer, kind) -> None:
        answer = Response(b'{"errcode": 40007, "errmsg": "invalid media_id"}', media_type=kind)
        peer.will(self.PATH, answer)
        with pytest.raises(WeChatApiError) as caught:
            await api.media("M1")
        assert caught.value.errcode == 40007

    async def test_a_video_has_only_an_address(self, api, peer) -> None:
        peer.will(self.PATH, JSONResponse({"video_url": "http://example.org/v"}))
        with pytest.raises(WeChatApiError):
            await api.media("M1")


class TestSceneQr:
    PATH = "/cgi-bin/qrcode/create"

    async def test_for_ever(self, api, peer) -> None:
        peer.will(self.PATH, JSONResponse({"ticket": "gQ/+=", "url": "http://weixin.qq.com/q/x"}))
        made = await api.scene_qr("school_a")
        assert peer.asked[-1].body == {
            "action_name": "QR_LIMIT_STR_SCENE",
            "action_info": {"scene": {"scene_str": "school_a"}},
        }
        assert made.image_url == "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQ%2F%2B%3D"
        assert (made.url, made.expires_in_s) == ("http://weixin.qq.com/q/x", 0)

    async def test_for_a_while(self, api, peer) -> None:
        peer.will(self.PATH, JSONResponse({"ticket": "t", "url": "u", "expire_seconds": 60}))
        assert (await api.scene_qr("s", expires_in_s=60)).expires_in_s == 60
        assert peer.asked[-1].body["action_name"] == "QR_STR_SCENE"
        assert peer.asked[-1].body["expire_seconds"] == 60

    @pytest.mark.parametrize(
        ("scene", "life"), [("", 60), ("s" * 65, 60), ("s", 0), ("s", 1 << 30)]
    )
    async def test_out_of_range(self, api, scene, life) -> None:
        with pytest.raises(ValueError, match="scene"):
            await api.scene_qr(scene, expires_in_s=life)


class TestMenu:
    async def test_there_is_none(self, api, peer) -> None:
        peer.will("/cgi-bin/menu/get", code(46003))
        assert await api.menu() is None

    async def test_create_and_delete(self, api, peer) -> None:
        await api.create_menu({"button": [{"name": "帮助", "type": "click", "key": "k"}]})
        assert (peer.asked[-1].method, peer.asked[-1].path) == ("POST", "/cgi-bin/menu/create")
        assert "帮助".encode() in peer.asked[-1].raw
        await api.delete_menu()
        assert (peer.asked[-1].method, peer.asked[-1].path) == ("GET", "/cgi-bin/menu/delete")

    async def test_what_users_see(self, api, peer) -> None:
        peer.will("/cgi-bin/get_current_selfmenu_info", JSONResponse({"is_menu_open": 0}))
        assert await api.shown_menu() == {"is_menu_open": 0}


async def test_callback_addresses(api, peer) -> None:
    found = ["101.226.103.0/25", "101.89.47.18"]
    peer.will("/cgi-bin/getcallbackip", JSONResponse({"ip_list": found}))
    assert await api.callback_ips() == tuple(found)


TABLE = {
    (AccountKind.SUBSCRIPTION, False): {"被动回复", "调用凭据", "查询微信服务器地址"},
    (AccountKind.SERVICE, False): {"被动回复", "调用凭据", "查询微信服务器地址", "自定义菜单接口"},
    (AccountKind.SUBSCRIPTION, True): {
        *("被动回复", "调用凭据", "查询微信服务器地址", "自定义菜单接口"),
        *("客服消息", "素材接口", "用户管理", "一次性订阅消息"),
    },
    (AccountKind.SERVICE, True): {capability.value for capability in Capability},
}


@pytest.mark.parametrize(("kind", "verified"), TABLE)
def test_who_may_do_what(kind: AccountKind, verified: bool) -> None:
    standing = Standing(kind, verified)
    granted = {capability.value for capability in Capability if standing.may(capability)}
    assert granted == TABLE[kind, verified]
    assert standing.label == f"{'已认证' if verified else '未认证'}{kind.value}"


def test_every_capability_has_a_source() -> None:
    assert GRANTS.keys() == set(Capability)
    assert all(grant.source for grant in GRANTS.values())


@pytest.mark.parametrize(("kind", "verified"), TABLE)
async def test_calls_follow_the_table(make_api, peer, kind, verified) -> None:
    standing = Standing(kind, verified)
    api = make_api(standing)
    peer.will("/cgi-bin/media/get", Response(b"x", media_type="image/png"))
    calls = {
        Capability.CUSTOMER_SERVICE: lambda: api.send_text(USER, "x"),
        Capability.MENU_API: api.menu,
        Capability.MEDIA: lambda: api.media("M"),
        Capability.SCENE_QR: lambda: api.scene_qr("s"),
        Capability.SUBSCRIPTION_NOTICE: lambda: api.send_notice(USER, "T", {}),
        Capability.CALLBACK_IP: api.callback_ips,
    }
    for capability, call in calls.items():
        if standing.may(capability):
            await call()
        else:
            with pytest.raises(NotGrantedError):
                await call()
