"""Tokens, retries, rests and secrecy of the client against a real server."""

from __future__ import annotations

import asyncio
import logging
import traceback

import pytest
from starlette.responses import Response

from app.domain.channels import AccountKind, Capability
from app.errors import (
    AccessTokenError,
    ApiRefusedError,
    ApiTransportError,
    NotGrantedError,
    RateLimitError,
    ReplyQuotaError,
    ReplyWindowError,
    SettingsError,
    UserUnreachableError,
    WeChatApiError,
)
from app.wechat.api.breaker import FAILURES, REST_S
from app.wechat.api.exchange import Exchange
from app.wechat.capabilities import Standing
from tests.wechat_api.api_peer import APP_ID, SECRET, SEND_PATH, TOKEN_PATH, code

pytestmark = pytest.mark.anyio

MENU_PATH = "/cgi-bin/menu/get"
# Constants, since a traceback quotes the line that calls.
USER = "oParentOpenId"
TEXT = "孩子的事"


class TestToken:
    async def test_is_fetched_by_stable_token_and_used(self, api, peer) -> None:
        await api.send_text("oParent", "您好")
        token, sent = peer.asked
        assert (token.method, token.path, token.query) == ("POST", TOKEN_PATH, {})
        assert token.body == {
            "grant_type": "client_credential",
            "appid": APP_ID,
            "secret": SECRET,
            "force_refresh": False,
        }
        assert sent.query == {"access_token": "SECRET-TOKEN-1"}

    async def test_a_hundred_callers_fetch_one(self, api, peer) -> None:
        peer.token_delay_s = 0.05
        await asyncio.gather(*(api.send_text(f"o{n}", "您好") for n in range(100)))
        assert peer.count(TOKEN_PATH) == 1
        assert peer.count(SEND_PATH) == 100

    async def test_is_renewed_ahead_and_not_before(self, api, peer, clock) -> None:
        await api.send_text("oParent", "一")
        clock.ahead_s += 7200 - 300
        await api.send_text("oParent", "二")
        assert peer.tokens == 1
        clock.ahead_s += 100
        await api.send_text("oParent", "三")
        assert peer.tokens == 2

    async def test_a_short_life_does_not_mean_a_fetch_for_each_call(self, api, peer) -> None:
        peer.token_lives_s = 90
        for _ in range(5):
            await api.send_text("oParent", "您好")
        assert peer.tokens == 1

    async def test_an_old_one_is_used_while_it_cannot_be_renewed(self, api, peer, clock) -> None:
        await api.send_text("oParent", "一")
        clock.ahead_s += 7200 - 200
        peer.will(TOKEN_PATH, code(-1))
        for _ in range(5):
            await api.send_text("oParent", "二")
        assert peer.count(SEND_PATH) == 6
        assert peer.count(TOKEN_PATH) == 3, "each call asks for a token"

    async def test_without_the_store_it_is_fetched_and_remembered(self, api, peer, tokens) -> None:
        tokens.away = True
        for _ in range(3):
            await api.send_text("oParent", "您好")
        assert peer.tokens == 1

    async def test_a_busy_platform_is_asked_twice(self, api, peer) -> None:
        peer.will(TOKEN_PATH, code(-1), 0.0)
        await api.send_text("oParent", "您好")
        assert peer.count(TOKEN_PATH) == 2

    @pytest.mark.parametrize("number", [40001, 40013, 40125, 40164, 40243, 61004, 89503])
    async def test_a_refusal_is_not_repeated_for_a_minute(
        self, api, peer, meter, clock, number
    ) -> None:
        peer.will(TOKEN_PATH, code(number))
        for _ in range(4):
            with pytest.raises((ApiRefusedError, AccessTokenError)) as caught:
                await api.send_text("oParent", "您好")
            assert caught.value.errcode == number
        assert peer.count(TOKEN_PATH) == 1
        assert ("beijing", number) in meter.alarms
        clock.ahead_s += 61
        with pytest.raises(WeChatApiError):
            await api.send_text("oParent", "您好")
        assert peer.count(TOKEN_PATH) == 2

    async def test_whoever_waits_for_one_that_never_comes_fails_with_the_first(
        self, make_api, peer
    ) -> None:
        peer.will(TOKEN_PATH, 5.0)
        api = make_api(total_s=0.4)
        loop = asyncio.get_running_loop()
        began = loop.time()
        done = await asyncio.gather(
            *(api.send_text(f"o{n}", "您好") for n in range(20)), return_exceptions=True
        )
        assert loop.time() - began < 2
        assert all(isinstance(error, ApiTransportError) for error in done)
        assert peer.count(TOKEN_PATH) == 1

    async def test_one_that_did_not_come_does_not_open_the_breaker(
        self, make_api, peer, clock
    ) -> None:
        peer.will(TOKEN_PATH, 5.0, 0.0)
        api = make_api(total_s=0.3)
        sends = (api.send_text(f"o{n}", "您好") for n in range(20))
        await asyncio.gather(*sends, return_exceptions=True)
        clock.ahead_s += 3
        await api.send_text("oParent", "您好")

    @pytest.mark.parametrize(
        "answer",
        [b'{"access_token": ""}', b'{"access_token": "x"}', b'{"expires_in": 7200}', b"[]", b"{"],
    )
    async def test_no_token_is_an_error(self, api, peer, answer) -> None:
        peer.will(TOKEN_PATH, Response(answer))
        with pytest.raises(WeChatApiError):
            await api.send_text("oParent", "您好")


class TestRejectedToken:
    @pytest.mark.parametrize("number", [40001, 40014, 42001])
    async def test_is_renewed_once_and_the_call_repeated(self, api, peer, tokens, number) -> None:
        tokens.seed("beijing", APP_ID)
        peer.will(SEND_PATH, code(number), 0.0)
        await api.send_text("oParent", "您好")
        assert [asked.path for asked in peer.asked] == [SEND_PATH, TOKEN_PATH, SEND_PATH]
        assert peer.asked[1].body["force_refresh"] is True
        assert peer.asked[2].query == {"access_token": "SECRET-TOKEN-1"}

    @pytest.mark.parametrize("has_token", [False, True])
    async def test_rejected_for_ever_makes_three_calls_at_most(
        self, api, peer, tokens, meter, has_token
    ) -> None:
        if has_token:
            tokens.seed("beijing", APP_ID)
        peer.will(SEND_PATH, code(40001))
        with pytest.raises(AccessTokenError):
            await api.send_text("oParent", "您好")
        assert len(peer.asked) <= 3
        assert meter.alarms == [("beijing", 40001)]

    async def test_everything_rejected_for_ever_makes_one_call(self, api, peer) -> None:
        peer.will(SEND_PATH, code(40001))
        peer.will(TOKEN_PATH, code(40001))
        with pytest.raises(AccessTokenError):
            await api.send_text("oParent", "您好")
        assert len(peer.asked) == 1

    async def test_many_callers_renew_it_once(self, api, peer, tokens) -> None:
        tokens.seed("beijing", APP_ID)
        peer.will(SEND_PATH, *[code(40001)] * 20, 0.0)
        peer.token_delay_s = 0.05
        await asyncio.gather(*(api.send_text(f"o{n}", "您好") for n in range(20)))
        assert peer.count(TOKEN_PATH) == 1

    async def test_a_store_that_goes_away_meanwhile_costs_no_further_call(
        self, api, peer, tokens
    ) -> None:
        tokens.seed("beijing", APP_ID)
        tokens.full = True
        peer.will(SEND_PATH, code(40001), 0.0)
        await api.send_text("oParent", "您好")
        assert [asked.path for asked in peer.asked] == [SEND_PATH, TOKEN_PATH, SEND_PATH]

    async def test_is_not_forced_beyond_the_limit(self, api, peer, tokens) -> None:
        tokens.seed("beijing", APP_ID)
        tokens.force_limit = 0
        peer.will(SEND_PATH, code(40001), 0.0)
        await api.send_text("oParent", "您好")
        assert peer.asked[1].body["force_refresh"] is False


class TestRetries:
    async def test_busy_is_tried_three_times_with_growing_waits(self, api, peer, clock) -> None:
        peer.will(SEND_PATH, code(-1))
        with pytest.raises(WeChatApiError) as caught:
            await api.send_text("oParent", "您好")
        assert caught.value.errcode == -1
        assert peer.count(SEND_PATH) == 3
        assert len(clock.slept) == 2
        assert 0.1 <= clock.slept[0] <= 0.2 < 0.3 <= clock.slept[1] <= 0.6

    async def test_busy_once_is_no_failure(self, api, peer) -> None:
        peer.will(SEND_PATH, code(-1), 0.0)
        await api.send_text("oParent", "您好")

    async def test_a_message_that_may_have_arrived_is_not_sent_twice(self, make_api, peer) -> None:
        peer.will(SEND_PATH, 1.0)
        with pytest.raises(ApiTransportError) as caught:
            await make_api(total_s=0.3).send_text("oParent", "您好")
        assert caught.value.was_sent
        assert peer.count(SEND_PATH) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            Response(b'{"errcode": 0', media_type="application/json"),
            Response(b"<html>502</html>", status_code=502),
            Response(b"", status_code=500),
            Response(b"[" * 100_000),
            Response(b" " * (2 << 20)),
        ],
        ids=["broken", "502", "500", "deep", "large"],
    )
    async def test_broken_answers_to_a_message_end_it(self, api, peer, answer) -> None:
        peer.will(SEND_PATH, answer)
        with pytest.raises(ApiTransportError):
            await api.send_text("oParent", "您好")
        assert peer.count(SEND_PATH) == 1

    async def test_what_changes_nothing_is_asked_again(self, api, peer) -> None:
        peer.will(MENU_PATH, Response(b"", status_code=502), Response(b'{"menu": {"button": []}}'))
        assert await api.menu() == {"menu": {"button": []}}

    async def test_nobody_there_is_told_and_soon_not_asked(self, make_api, clock) -> None:
        api = make_api(url="http://127.0.0.1:9")
        for _ in range(FAILURES):
            with pytest.raises(ApiTransportError) as caught:
                await api.send_text("oParent", "您好")
            assert not caught.value.was_sent
            clock.ahead_s += 3
        with pytest.raises(ApiTransportError, match="暂停"):
            await api.send_text("oParent", "您好")

    async def test_after_a_rest_one_call_tries_and_closes_the_breaker(
        self, api, peer, clock
    ) -> None:
        peer.will(SEND_PATH, Response(b"", status_code=500))
        for _ in range(FAILURES + 3):
            with pytest.raises(ApiTransportError):
                await api.send_text("oParent", "您好")
        assert peer.count(SEND_PATH) == FAILURES
        clock.ahead_s += REST_S + 1
        peer.will(SEND_PATH, 0.0)
        for _ in range(3):
            await api.send_text("oParent", "您好")


class TestCodes:
    @pytest.mark.parametrize(
        ("number", "error"),
        [
            (45015, ReplyWindowError),
            (45047, ReplyQuotaError),
            (43004, UserUnreachableError),
            (40003, UserUnreachableError),
            (45002, WeChatApiError),
            (48004, ApiRefusedError),
        ],
    )
    async def test_are_told_once_and_not_repeated(self, api, peer, number, error) -> None:
        peer.will(SEND_PATH, code(number))
        with pytest.raises(error):
            await api.send_text("oParent", "您好")
        assert peer.count(SEND_PATH) == 1

    @pytest.mark.parametrize(("number", "rest_s"), [(45009, 600), (45011, 60)])
    async def test_a_limit_gives_the_path_a_rest(self, api, peer, clock, number, rest_s) -> None:
        peer.will(SEND_PATH, code(number))
        for _ in range(3):
            with pytest.raises(RateLimitError):
                await api.send_text("oParent", "您好")
        assert peer.count(SEND_PATH) == 1
        await api.callback_ips()
        clock.ahead_s += rest_s + 1
        peer.will(SEND_PATH, 0.0)
        await api.send_text("oParent", "您好")

    async def test_48001_takes_the_capability_away_for_an_hour(
        self, api, peer, clock, meter
    ) -> None:
        peer.will(SEND_PATH, code(48001))
        assert api.may(Capability.CUSTOMER_SERVICE)
        for _ in range(3):
            with pytest.raises(NotGrantedError):
                await api.send_text("oParent", "您好")
        assert peer.count(SEND_PATH) == 1
        assert not api.may(Capability.CUSTOMER_SERVICE)
        assert meter.alarms == [("beijing", 48001)]
        clock.ahead_s += 3601
        assert api.may(Capability.CUSTOMER_SERVICE)

    async def test_what_the_account_has_not_is_not_asked_for(self, make_api, peer) -> None:
        api = make_api(Standing(AccountKind.SUBSCRIPTION, verified=False))
        with pytest.raises(NotGrantedError, match="未认证订阅号"):
            await api.send_text("oParent", "您好")
        assert peer.asked == []


class TestSecrecy:
    @pytest.mark.parametrize(
        "answer",
        [
            Response(b"", status_code=500),
            Response(b"{"),
            code(40001),
            code(45015),
            code(40164, f"invalid ip, {APP_ID} {SECRET}"),
            1.0,
        ],
        ids=["500", "broken", "token", "window", "ip", "slow"],
    )
    async def test_no_error_and_no_log_shows_token_secret_or_user(
        self, make_api, peer, answer, caplog, capsys
    ) -> None:
        caplog.set_level(logging.DEBUG)
        peer.will(SEND_PATH, answer)
        api = make_api(total_s=0.3)
        with pytest.raises(WeChatApiError) as caught:
            await api.send_text(USER, TEXT)
        shown = "".join(traceback.format_exception(caught.value))
        exchanged = [record.getMessage() for record in caplog.records]
        everything = shown + caplog.text + "".join(capsys.readouterr()) + repr(api.account)
        for hidden in ("SECRET-TOKEN", SECRET, USER, TEXT):
            assert hidden not in everything
        assert any("HTTP Request" in line for line in exchanged), "httpx logs nothing any more"

    async def test_the_exception_does_not_carry_the_request(self, make_api, peer) -> None:
        peer.will(SEND_PATH, 1.0)
        with pytest.raises(ApiTransportError) as caught:
            await make_api(total_s=0.2).send_text("oParent", "您好")
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


async def test_redirects_are_not_followed(api, peer) -> None:
    peer.will(SEND_PATH, Response(status_code=302, headers={"location": "/elsewhere"}))
    with pytest.raises(ApiTransportError):
        await api.send_text("oParent", "您好")
    assert peer.count("/elsewhere") == 0


async def test_calls_are_counted_by_outcome(api, peer, meter) -> None:
    peer.will(SEND_PATH, code(45015), Response(b"", status_code=500), 0.0)
    for _ in range(2):
        with pytest.raises(WeChatApiError):
            await api.send_text("oParent", "您好")
    await api.send_text("oParent", "您好")
    assert meter.calls == [
        ("beijing", TOKEN_PATH, "ok"),
        *(("beijing", SEND_PATH, outcome) for outcome in ("45015", "network", "ok")),
    ]
    fetched, expires = meter.token_times[-1]
    assert expires - fetched == 7200


@pytest.mark.parametrize(
    "url", ["", "api.weixin.qq.com", "http://api.weixin.qq.com", "https://u:p@x.org", "ftp://x"]
)
async def test_an_address_that_would_show_the_secret_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        Exchange(url)


async def test_a_proxy_is_not_asked_about_this_machine(monkeypatch, make_api, peer) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    await make_api().send_text("oParent", "您好")
    assert peer.count(SEND_PATH) == 1
