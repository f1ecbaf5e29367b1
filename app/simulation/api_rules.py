"""The rules of WeChat's API that matter to a bot: tokens, windows, quotas, grants, lengths.

Source: 获取稳定版接口调用凭据, 客服消息, 自定义菜单, 生成带参数的二维码; error codes of WxJava.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.simulation.envelope import Account

Json = dict[str, Any]

_TOKEN_S = 7200
_OVERLAP_S = 300
_FORCE_PAUSE_S = 30
_FORCE_A_DAY = 20
_TEXT_LIMIT_BYTES = 2048
_QUOTA = {"message": (5, 48 * 3600), "menu": (3, 60), "follow": (3, 60), "scan": (3, 60)}
"""Trigger → customer-service messages and seconds."""
_TYPING_WINDOW_S, _TYPING_LASTS_S = 30, 15
_CUSTOM_TYPES = {"text", "image", "voice", "video", "music", "news", "mpnews", "mpnewsarticle"}
_CUSTOM_TYPES |= {"msgmenu", "wxcard", "miniprogrampage"}
_MENU_TOP, _MENU_SUB = 3, 5


class ApiError(Exception):
    """An error code; WeChat answers it with status 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class Window:
    """A right to send messages to a user."""

    opened: float
    sent: int = 0


@dataclass
class CustomMessage:
    """A customer-service message that WeChat delivered."""

    user: str
    kind: str
    text: str
    body: Json = field(repr=False)


class ApiRules:
    """The state of one account behind the API.

    Args:
        account: The account.
        now: Unix seconds.
    """

    def __init__(self, account: Account, now: Callable[[], float]) -> None:
        self.account = account
        self._now = now
        self._token = ""
        self._issued = 0.0
        self._previous: tuple[str, float] = ("", 0.0)
        self._forced: list[float] = []
        self._windows: dict[str, dict[str, Window]] = {}
        self._typing: dict[str, float] = {}
        self._talked: dict[str, float] = {}
        self._gone: set[str] = set()
        self.delivered: list[CustomMessage] = []
        self.notices: list[Json] = []
        self.menu: Json | None = None
        self.media: dict[str, tuple[str, bytes]] = {}

    def note(self, user: str, trigger: str) -> None:
        """Note that a user did something that opens a window."""
        now = self._now()
        self._gone.discard(user)
        self._talked[user] = now
        if trigger in _QUOTA:
            self._windows.setdefault(user, {})[trigger] = Window(now)

    def note_gone(self, user: str) -> None:
        """Note that a user unfollowed."""
        self._gone.add(user)

    def issue_token(self, body: Json) -> Json:
        """Serve stable_token.

        Raises:
            ApiError: Wrong account or secret, or forced too often.
        """
        if body.get("grant_type") != "client_credential":
            raise ApiError(40002, "invalid grant_type")
        if body.get("appid") != self.account.app_id:
            raise ApiError(40013, "invalid appid")
        if body.get("secret") != self.account.secret:
            raise ApiError(40125, "invalid appsecret")
        now = self._now()
        if body.get("force_refresh"):
            self._force(now)
            self._renew(now, overlap=False)
        elif not self._token or now > self._issued + _TOKEN_S - _OVERLAP_S:
            self._renew(now, overlap=True)
        return {"access_token": self._token, "expires_in": int(self._issued + _TOKEN_S - now)}

    def check_token(self, token: str) -> None:
        """Return if a token is good.

        Raises:
            ApiError: It is missing, old or another's.
        """
        now = self._now()
        if not token:
            raise ApiError(41001, "access_token missing")
        if token == self._token and now < self._issued + _TOKEN_S:
            return
        if token == self._previous[0] and now < self._previous[1]:
            return
        code = 42001 if token in {self._token, self._previous[0]} else 40001
        raise ApiError(code, "access_token expired or not the latest")

    def send_custom(self, body: Json, raw: bytes) -> Json:
        """Serve message/custom/send.

        Raises:
            ApiError: See the error codes of 客服消息.
        """
        self._need_verified()
        if b"\\u" in raw:
            raise ApiError(40033, "invalid charset: \\uxxxx is not supported")
        user, kind = str(body.get("touser", "")), str(body.get("msgtype", ""))
        if kind not in _CUSTOM_TYPES or not isinstance(body.get(kind), dict):
            raise ApiError(40008, "invalid message type")
        text = _custom_text(body, kind)
        if kind == "text" and not text:
            raise ApiError(44004, "empty content")
        if len(text.encode()) > _TEXT_LIMIT_BYTES:
            raise ApiError(45002, "content size out of limit")
        if kind == "news" and len(body[kind].get("articles", [])) > 1:
            raise ApiError(45008, "article size out of limit")
        self._use_window(user)
        self._typing.pop(user, None)
        self.delivered.append(CustomMessage(user, kind, text, body))
        return _OK

    def type_(self, body: Json) -> Json:
        """Serve message/custom/typing.

        Raises:
            ApiError: No exchange within 30 s, typing already, or an unknown command.
        """
        self._need_verified()
        user, command = str(body.get("touser", "")), body.get("command")
        now = self._now()
        if command == "CancelTyping":
            self._typing.pop(user, None)
            return _OK
        if command != "Typing":
            raise ApiError(45072, "command should be Typing or CancelTyping")
        if now - self._talked.get(user, 0.0) > _TYPING_WINDOW_S:
            raise ApiError(45080, "no message in the last 30 s")
        if now - self._typing.get(user, 0.0) < _TYPING_LASTS_S:
            raise ApiError(45081, "already typing")
        self._typing[user] = now
        return _OK

    def create_menu(self, body: Json) -> Json:
        """Serve menu/create.

        Raises:
            ApiError: Too many buttons, or one without what its type needs.
        """
        self._need_verified()
        buttons = body.get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MENU_TOP:
            raise ApiError(40016, "invalid button size")
        for button in buttons:
            inner = button.get("sub_button") or []
            if len(inner) > _MENU_SUB:
                raise ApiError(40023, "invalid sub button size")
            for leaf in inner or [button]:
                _check_button(leaf)
        self.menu = body
        return _OK

    def read_menu(self) -> Json:
        """Serve menu/get.

        Raises:
            ApiError: There is none.
        """
        self._need_verified()
        if self.menu is None:
            raise ApiError(46003, "menu no exist")
        return {"menu": self.menu}

    def delete_menu(self) -> Json:
        """Serve menu/delete."""
        self._need_verified()
        self.menu = None
        return _OK

    def store_media(self, kind: str, content: bytes) -> Json:
        """Serve media/upload."""
        self._need_verified()
        media_id = secrets.token_urlsafe(16)
        self.media[media_id] = (kind, content)
        return {"type": kind, "media_id": media_id, "created_at": int(self._now())}

    def create_qr(self, body: Json) -> Json:
        """Serve qrcode/create.

        Raises:
            ApiError: The scene is none.
        """
        self._need_verified()
        scene = (body.get("action_info") or {}).get("scene") or {}
        text = str(scene.get("scene_str", scene.get("scene_id", "")))
        if not str(body.get("action_name", "")).startswith("QR_") or not 1 <= len(text) <= 64:
            raise ApiError(40053, "invalid action info")
        answer: Json = {"ticket": f"gQ-{text}", "url": f"http://weixin.qq.com/q/{text}"}
        if "LIMIT" not in body["action_name"]:
            answer["expire_seconds"] = min(int(body.get("expire_seconds", 60)), 2592000)
        return answer

    def notify(self, body: Json) -> Json:
        """Serve message/subscribe/bizsend.

        Raises:
            ApiError: The template is missing, or the user never agreed or unfollowed.
        """
        self._need_verified()
        if not body.get("template_id"):
            raise ApiError(40037, "invalid template_id")
        if str(body.get("touser")) not in self._talked:
            raise ApiError(43101, "user refuse to accept the msg")
        self.notices.append(body)
        return _OK

    def _need_verified(self) -> None:
        if not self.account.verified:
            raise ApiError(48001, "api unauthorized")

    def _renew(self, now: float, *, overlap: bool) -> None:
        self._previous = (self._token, now + _OVERLAP_S) if overlap else ("", 0.0)
        self._token, self._issued = secrets.token_hex(64), now

    def _force(self, now: float) -> None:
        self._forced = [at for at in self._forced if now - at < 24 * 3600]
        recent = self._forced and now - self._forced[-1] < _FORCE_PAUSE_S
        if recent or len(self._forced) >= _FORCE_A_DAY:
            raise ApiError(45009, "reach max api daily quota limit")
        self._forced.append(now)

    def _use_window(self, user: str) -> None:
        if user in self._gone or user not in self._windows:
            raise ApiError(45015, "response out of time limit or subscription is canceled")
        now = self._now()
        open_ = [
            (trigger, window)
            for trigger, window in self._windows[user].items()
            if now - window.opened <= _QUOTA[trigger][1]
        ]
        if not open_:
            raise ApiError(45015, "response out of time limit or subscription is canceled")
        for trigger, window in open_:
            if window.sent < _QUOTA[trigger][0]:
                window.sent += 1
                return
        raise ApiError(45047, "out of response count limit")


_OK: Json = {"errcode": 0, "errmsg": "ok"}


def _custom_text(body: Json, kind: str) -> str:
    part = body[kind]
    if kind == "msgmenu":
        items = [str(item.get("content", "")) for item in part.get("list", [])]
        return "\n".join([str(part.get("head_content", "")), *items])
    return str(part.get("content", ""))


def _check_button(button: Json) -> None:
    kind = button.get("type")
    if not button.get("name"):
        raise ApiError(40018, "invalid button name size")
    if kind == "click" and not 1 <= len(str(button.get("key", "")).encode()) <= 128:
        raise ApiError(40019, "invalid button key size")
    if kind == "view" and not str(button.get("url", "")).startswith("http"):
        raise ApiError(40055, "invalid button url domain")
    if not kind:
        raise ApiError(40017, "invalid button type")
