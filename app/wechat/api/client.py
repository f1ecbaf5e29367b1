"""`WeChatApi`: what we ask of the platform for one account, as methods with names.

Knows paths and bodies; tokens, retries and error codes are those of `calls` and `tokens`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from structlog.typing import FilteringBoundLogger

from app.domain.access_token import AccessToken
from app.domain.channels import Capability
from app.errors import WeChatApiError
from app.wechat.api import messages
from app.wechat.api.actions import Action
from app.wechat.api.calls import Call, Caller
from app.wechat.api.codes import rule_of
from app.wechat.api.exchange import Exchange
from app.wechat.api.ports import ApiAccount, ApiMeter, NoMeter, TokenStore
from app.wechat.api.tokens import AccessTokens, Clocks
from app.wechat.capabilities import Standing

MEDIA_BYTES = 10 * 1024 * 1024
"""Largest picture of a user. Source: 新增临时素材 (image 10 MB)."""
MEDIA_S = 10.0
QR_MAX_S = 2_592_000
"""Thirty days. Source: 生成带参数的二维码."""
_QR_IMAGE = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket="
_NO_MENU = 46003


@dataclass(frozen=True, slots=True)
class Media:
    """A file that a user sent."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class SceneQr:
    """A QR code with a scene (带参数的二维码)."""

    ticket: str
    url: str
    """What the code contains."""
    image_url: str
    """Where its picture is."""
    expires_in_s: int
    """0: never."""


class WeChatApi:
    """The API of one account. Belongs to one event loop.

    Every method may raise `WeChatApiError` (its subclasses tell what to do next) and makes at most
    three exchanges; what the account is not granted raises `NotGrantedError` without any.

    Args:
        account: AppID and AppSecret.
        standing: Kind of account, for its permissions.
        exchange: Connections, shared by all accounts; not closed here.
        store: Shares tokens between replicas.
        clocks: Time.
        meter: Counts.
        rng: Spreads retries.
        log: Told what an operator should know; a command that prints it passes a silent one.
    """

    def __init__(
        self,
        account: ApiAccount,
        standing: Standing,
        exchange: Exchange,
        store: TokenStore,
        clocks: Clocks,
        meter: ApiMeter | None = None,
        rng: random.Random | None = None,
        log: FilteringBoundLogger | None = None,
    ) -> None:
        counted = meter or NoMeter()
        told: FilteringBoundLogger = log or structlog.get_logger(__name__)
        self.account = account
        self.standing = standing
        self._tokens = AccessTokens(account, exchange, store, clocks, counted, told)
        chance = rng or random.SystemRandom()
        self._calls = Caller(
            account.id, standing, exchange, self._tokens, clocks, counted, chance, told
        )

    def may(self, capability: Capability) -> bool:
        """Return whether the account may do this now; False for an hour after a 48001."""
        return self._calls.may(capability)

    async def token(self) -> AccessToken:
        """Return the access token; for the doctor, everything else needs none."""
        return await self._tokens.current()

    async def send_text(self, user: str, text: str, *, is_ai: bool = False) -> None:
        """Push a text of at most 2,048 UTF-8 bytes.

        Raises:
            ValueError: Blank or too long.
        """
        await self.send(user, messages.text(text), is_ai=is_ai)

    async def send(
        self, user: str, body: messages.Body, *, is_ai: bool = False, agent: str = ""
    ) -> None:
        """Push a customer-service message made by `app.wechat.api.messages`.

        Not sent again where nobody knows whether it arrived: a parent never gets it twice.

        Raises:
            ReplyWindowError: The user has been away for too long.
            ReplyQuotaError: All messages of the window are used.
            UserUnreachableError: The user cannot be written to.
        """
        whole = messages.addressed(body, user, is_ai=is_ai, agent=agent)
        await self._post("message/custom/send", Capability.CUSTOMER_SERVICE, whole)

    async def typing(self, user: str, *, on: bool = True) -> bool:
        """Show “对方正在输入” for 15 s; False where it could not be shown, which is no harm.

        Needs an exchange of messages within 30 s (45080); repeating it gives 45081.
        Source: 客服输入状态.
        """
        command = "Typing" if on else "CancelTyping"
        body = {"touser": user, "command": command}
        try:
            await self._post("message/custom/typing", Capability.CUSTOMER_SERVICE, body)
        except WeChatApiError as exc:
            if rule_of(exc.errcode).action is not Action.HARMLESS:
                raise
            return False
        return True

    async def send_notice(
        self,
        user: str,
        template_id: str,
        values: Mapping[str, str],
        *,
        page: str = "",
        mini_program: tuple[str, str] | None = None,
    ) -> None:
        """Send a subscription notice (订阅通知) that the user consented to.

        Args:
            user: OpenID.
            template_id: From the account's templates.
            values: The template's fields, e.g. {"thing1": "缴费提醒"}.
            page: Address that opens on a tap.
            mini_program: AppID and path of a mini program that opens instead.

        Raises:
            UserUnreachableError: No consent is left (43101).
        """
        body: dict[str, Any] = {
            "touser": user,
            "template_id": template_id,
            "data": {name: {"value": value} for name, value in values.items()},
        }
        if page:
            body["page"] = page
        if mini_program is not None:
            body["miniprogram"] = {"appid": mini_program[0], "pagepath": mini_program[1]}
        await self._post("message/subscribe/bizsend", Capability.SUBSCRIPTION_NOTICE, body)

    async def media(
        self, media_id: str, *, max_bytes: int = MEDIA_BYTES, timeout_s: float = MEDIA_S
    ) -> Media:
        """Download what a user sent within the last three days.

        Raises:
            WeChatApiError: Expired (40007), too large, or too slow.
        """
        received = await self._calls.received(
            Call(
                "GET",
                "/cgi-bin/media/get",
                Capability.MEDIA,
                params={"media_id": media_id},
                repeatable=True,
                max_bytes=max_bytes,
                total_s=timeout_s,
                is_binary=True,
            )
        )
        if received.content_type in {"application/json", "text/plain"}:
            raise WeChatApiError(0, "/cgi-bin/media/get", "这不是图片或语音，没有可下载的内容")
        return Media(received.body, received.content_type)

    async def scene_qr(self, scene: str, *, expires_in_s: int | None = None) -> SceneQr:
        """Create a QR code; following or scanning it brings `scene` back.

        Args:
            scene: 1 to 64 characters.
            expires_in_s: Life in seconds, at most thirty days; None: for ever (100,000 an account).

        Raises:
            ValueError: Scene or life is out of range.
        """
        lives_s = QR_MAX_S if expires_in_s is None else expires_in_s
        if not 1 <= len(scene) <= 64 or not 1 <= lives_s <= QR_MAX_S:
            raise ValueError("a scene has 1 to 64 characters, a code lives at most thirty days")
        body: dict[str, Any] = {
            "action_name": "QR_LIMIT_STR_SCENE" if expires_in_s is None else "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        if expires_in_s is not None:
            body["expire_seconds"] = expires_in_s
        answer = await self._post("qrcode/create", Capability.SCENE_QR, body)
        ticket = str(answer.get("ticket", ""))
        return SceneQr(
            ticket,
            str(answer.get("url", "")),
            _QR_IMAGE + quote(ticket, safe=""),
            int(answer.get("expire_seconds", 0)) if expires_in_s is not None else 0,
        )

    async def menu(self) -> dict[str, Any] | None:
        """Return the menu that was created by API, as the platform words it; None: there is none.

        Keys: `menu` with `button`; perhaps `conditionalmenu`.
        """
        try:
            return await self._calls.answer(
                Call(
                    "GET",
                    "/cgi-bin/menu/get",
                    Capability.MENU_API,
                    repeatable=True,
                    expected=frozenset({_NO_MENU}),
                )
            )
        except WeChatApiError as exc:
            if exc.errcode != _NO_MENU:
                raise
            return None

    async def shown_menu(self) -> dict[str, Any]:
        """Return the menu that users see, whoever made it: `is_menu_open`, `selfmenu_info`."""
        return await self._get("get_current_selfmenu_info", Capability.MENU_API)

    async def create_menu(self, body: Mapping[str, Any]) -> None:
        """Replace the menu; `body` is made by `app.wechat.menu_wire`. ≤ 1,000 a day."""
        await self._post("menu/create", Capability.MENU_API, dict(body), repeatable=True)

    async def delete_menu(self) -> None:
        """Delete the menu, conditional ones too. ≤ 1,000 a day."""
        await self._get("menu/delete", Capability.MENU_API)

    async def callback_ips(self) -> tuple[str, ...]:
        """Return addresses and CIDR blocks from which the platform pushes; good for a day."""
        answer = await self._get("getcallbackip", Capability.CALLBACK_IP)
        found = answer.get("ip_list", ())
        return tuple(str(address) for address in found) if isinstance(found, list) else ()

    async def _get(self, path: str, needs: Capability) -> dict[str, Any]:
        return await self._calls.answer(Call("GET", f"/cgi-bin/{path}", needs, repeatable=True))

    async def _post(
        self,
        path: str,
        needs: Capability,
        body: dict[str, Any],
        *,
        repeatable: bool = False,
    ) -> dict[str, Any]:
        call = Call("POST", f"/cgi-bin/{path}", needs, body=body, repeatable=repeatable)
        return await self._calls.answer(call)
