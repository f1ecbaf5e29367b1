"""Every error code that we may meet, with what it means and what to do about it.

Source: 全局错误码 (developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html),
客服消息, 客服输入状态, 接口限制说明, 开发接口管理升级说明. `docs/wechat.md` holds the same table;
a test compares.
"""

from __future__ import annotations

import re
from typing import Any

from app.errors import (
    AccessTokenError,
    ApiRefusedError,
    NotGrantedError,
    RateLimitError,
    ReplyQuotaError,
    ReplyWindowError,
    UserUnreachableError,
    WeChatApiError,
)
from app.wechat.api.actions import Action, CodeRule

_PLATFORM = "微信开发者平台（developers.weixin.qq.com/platform）→ 我的业务 → 公众号或服务号"
_WHITE_LIST = f"{_PLATFORM} → 基础信息 → API IP 白名单，加入本服务器的出口 IP"
_BUG = "这是程序的问题，请把这一行日志交给开发者"
_MENU_FILE = "改 intents/menu.yml，运行 yibao lint 后再推送"


def _row(
    code: int | tuple[int, int],
    action: Action,
    meaning: str,
    remedy: str,
    *,
    official: bool = True,
) -> CodeRule:
    first, last = code if isinstance(code, tuple) else (code, code)
    return CodeRule(range(first, last + 1), action, meaning, remedy, official)


CODE_RULES: tuple[CodeRule, ...] = (
    _row(-1, Action.RETRY, "微信系统繁忙", "程序会自己重试；一直出现时看微信公告"),
    _row(
        40001,
        Action.REFRESH_TOKEN,
        "凭据无效或不是最新的，或 AppSecret 不对",
        "偶尔出现不用管；一直出现时核对 APP_SECRET，并确认没有别的系统在用 force_refresh",
    ),
    _row(40003, Action.UNREACHABLE, "OpenID 不对、属于别的公众号，或没有关注", "不用处理"),
    _row(40007, Action.GIVE_UP, "素材已过期（临时素材只留 3 天）或 id 不对", "不用处理"),
    _row(
        40013,
        Action.ALARM,
        "AppID 不对",
        f"核对 YIBAO_ACCOUNTS__<账号>__APP_ID 与{_PLATFORM} → 基础信息",
    ),
    _row(40014, Action.REFRESH_TOKEN, "凭据的样子不对", "偶尔出现不用管"),
    _row((40015, 40028), Action.GIVE_UP, "菜单的按钮个数、名称、KEY 或网址不合规定", _MENU_FILE),
    _row(40033, Action.GIVE_UP, "请求里有 \\uXXXX 转义", _BUG),
    _row(40037, Action.GIVE_UP, "模板 id 不对", "到公众号后台的订阅通知里核对模板 id"),
    _row((40054, 40055), Action.GIVE_UP, "菜单里网址的域名不合规定", _MENU_FILE),
    _row(
        40125,
        Action.ALARM,
        "AppSecret 不对",
        f"到{_PLATFORM} → 基础信息重置 AppSecret，改 YIBAO_ACCOUNTS__<账号>__APP_SECRET",
    ),
    _row(40164, Action.ALARM, "服务器的出口 IP 不在白名单里", _WHITE_LIST),
    _row(
        40243,
        Action.ALARM,
        "AppSecret 被冻结",
        f"{_PLATFORM} → 基础信息 → AppSecret → 解冻，约 10 分钟后生效",
    ),
    _row((41001, 41009), Action.GIVE_UP, "请求里缺少参数", _BUG),
    _row(42001, Action.REFRESH_TOKEN, "凭据过期", "偶尔出现不用管"),
    _row((43001, 43003), Action.GIVE_UP, "请求方法不对，或没有用 https", _BUG),
    _row(43004, Action.UNREACHABLE, "用户没有关注", "不用处理"),
    _row(43019, Action.UNREACHABLE, "用户在黑名单里", "需要时到后台用户管理里移出", official=False),
    _row(43101, Action.UNREACHABLE, "用户没有订阅这种通知，或次数已用完", "不用处理"),
    _row(45002, Action.GIVE_UP, "内容太长", _BUG),
    _row(45008, Action.GIVE_UP, "图文超过一条", _BUG),
    _row(
        45009,
        Action.BACK_OFF,
        "接口今天的调用次数用完了",
        f"次日恢复；已认证账号可在{_PLATFORM} → 接口权限与额度里清零，每月 10 次",
    ),
    _row(45011, Action.BACK_OFF, "一分钟内调用太多", "下一分钟恢复"),
    _row(45015, Action.WINDOW_CLOSED, "用户 48 小时内没有来过，或已取消关注", "不用处理"),
    _row(45047, Action.QUOTA_USED, "这位用户本时段的客服消息条数用完了", "不用处理"),
    _row(45072, Action.GIVE_UP, "输入状态的命令不对", _BUG),
    _row(45080, Action.HARMLESS, "30 秒内没有往来，不能显示正在输入", "不用处理"),
    _row(45081, Action.HARMLESS, "已经在显示正在输入", "不用处理"),
    _row(45162, Action.GIVE_UP, "消息类型不对", _BUG, official=False),
    _row(46003, Action.GIVE_UP, "公众号没有菜单", "用 yibao menu push 建立菜单"),
    _row(47001, Action.GIVE_UP, "请求的 JSON 微信看不懂", _BUG),
    _row(47003, Action.GIVE_UP, "通知的内容与模板不符", "核对模板各项的名称和长度"),
    _row(
        48001,
        Action.NOT_GRANTED,
        "这个公众号没有这项接口权限",
        "核对 intents/_accounts.yml 的 type 和 verified；"
        f"权限见{_PLATFORM} → 接口权限与额度；没有认证的先做认证",
    ),
    _row(48002, Action.UNREACHABLE, "用户关闭了“接收消息”", "不用处理"),
    _row(48004, Action.ALARM, "接口被封禁", "登录 mp.weixin.qq.com 看通知中心的说明"),
    _row(50002, Action.ALARM, "账号被限制或冻结", "登录 mp.weixin.qq.com 看通知中心的说明"),
    _row(50005, Action.UNREACHABLE, "用户没有关注", "不用处理"),
    _row(61004, Action.ALARM, "服务器的出口 IP 没有登记", _WHITE_LIST),
    _row(61450, Action.RETRY, "客服系统错误", "程序会自己重试"),
    _row((61451, 61458), Action.GIVE_UP, "客服账号或参数不对", "核对后台客服功能里的客服账号"),
    _row((65301, 65317), Action.GIVE_UP, "个性化菜单不合规定，或网址跳到太多域名", _MENU_FILE),
    _row(87014, Action.GIVE_UP, "内容被微信判为有风险", "检查这条内容的文字"),
    _row(
        (89501, 89502),
        Action.ALARM,
        "出口 IP 有风险，要管理员确认",
        "管理员在微信里确认“公众平台安全助手”的消息",
        official=False,
    ),
    _row(
        89503,
        Action.ALARM,
        "出口 IP 有风险，要管理员确认；拒绝后这个 IP 停用 1 小时",
        "管理员在微信里确认“公众平台安全助手”的消息",
    ),
    _row(
        (89504, 89507),
        Action.ALARM,
        "出口 IP 的确认被拒绝或还在等待",
        "管理员在微信里确认“公众平台安全助手”的消息；被拒绝的要等 1 小时或 24 小时",
        official=False,
    ),
)
"""In ascending order, no code twice."""

_BY_CODE = {code: rule for rule in CODE_RULES for code in rule.codes}
_RID = re.compile(r"\brid:\s*([0-9A-Za-z-]{1,64})")
_IP = re.compile(r"\bip:?\s+((?:[0-9]{1,3}\.){3}[0-9]{1,3})\b")
_ERRORS: dict[Action, type[WeChatApiError]] = {
    Action.REFRESH_TOKEN: AccessTokenError,
    Action.WINDOW_CLOSED: ReplyWindowError,
    Action.QUOTA_USED: ReplyQuotaError,
    Action.UNREACHABLE: UserUnreachableError,
    Action.BACK_OFF: RateLimitError,
    Action.ALARM: ApiRefusedError,
    Action.NOT_GRANTED: NotGrantedError,
}


def rule_of(errcode: int) -> CodeRule:
    """Return what to do about a code; an unknown one is given up and logged."""
    known = _BY_CODE.get(errcode)
    if known is not None:
        return known
    return _row(errcode, Action.GIVE_UP, "没有见过的错误码", "在微信文档的全局错误码里查这个码")


def error_of(errcode: int, endpoint: str, errmsg: str) -> WeChatApiError:
    """Return the error for a refused call.

    Of `errmsg` only the request id is kept, and our own address where that is what is refused: the
    operator must enter it in the white list. The rest may hold the AppID.
    """
    rule = rule_of(errcode)
    found = _RID.search(errmsg)
    kind = _ERRORS.get(rule.action, WeChatApiError)
    meaning = rule.meaning
    address = _IP.search(errmsg) if rule.action is Action.ALARM else None
    if address:
        meaning = f"{meaning}：{address[1]}"
    return kind(errcode, endpoint, meaning, rule.remedy, rid=found[1] if found else "")


def errcode_of(answer: dict[str, Any]) -> int:
    """Return `errcode` of an answer, 0 where there is none or it says ok."""
    code = answer.get("errcode", 0)
    return code if isinstance(code, int) and not isinstance(code, bool) else 0
