"""Checks of the callback's address from outside, as WeChat meets it.

The probes are signed with the account's own Token and key; the pushed event takes no reply and
names no real user. Source of the rules: 消息与事件推送介绍 (port, path, handshake).
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

import httpx

from app.cli.doctor.findings import Finding, bad, good, note, skipped
from app.cli.doctor.local_checks import PUSH
from app.errors import SettingsError
from app.network_causes import cause_of, names_of
from app.wechat.account import AccountSettings
from app.wechat.crypto import EnvelopeCipher, decode_aes_key, sign
from app.wechat.outbound import SUCCESS

_WAIT_S = 5.0
"""WeChat itself waits no longer."""
_CERTIFICATE_DAYS = 14
_SLOW_S = 2.0
_UNTRUSTED = {
    10: "已经过期",
    18: "是自己签的，微信不认",
    19: "证书链里有自己签的，微信不认",
    20: "证书链不完整，缺中间证书",
    21: "证书链不完整，缺中间证书",
    62: "和域名对不上",
}
"""Codes of X509_verify_cert → what is wrong. Source: OpenSSL, x509_vfy.h."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS = {None, 80, 443}
_PROXY = "检查反向代理：要原样转发路径、查询串和正文，不跳转、不加验证码或登录"
_SAME = f"让 {PUSH} 里的设置、运行中的服务和这台机器上的 YIBAO_ACCOUNTS__* 三处一致"


@dataclass(frozen=True, slots=True)
class Probe:
    """What the checks of one address work with."""

    account: AccountSettings
    url: str
    """Complete, e.g. `https://example.org/wechat/beijing`."""
    now: float
    """Unix seconds of this machine."""
    window_s: float
    """Largest skew that the service accepts."""


async def endpoint_findings(probe: Probe) -> list[Finding]:
    """Check the address, then what answers there; stops where nothing answers."""
    parts = urlsplit(probe.url)
    found = list(address_findings(parts, probe.account.id))
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        return found
    if parts.scheme == "https":
        found += await _certificate_findings(parts.hostname, parts.port or 443, probe.now)
    local = parts.hostname in _LOOPBACK
    async with httpx.AsyncClient(timeout=_WAIT_S, trust_env=not local) as client:
        try:
            found += await _handshake_findings(client, probe)
            found += await _push_findings(client, probe)
        except (httpx.HTTPError, OSError) as error:
            remedy = "检查域名解析、防火墙和安全组是否放行、服务是否在运行（yibao serve）"
            found.append(bad("连接", f"连不上：{cause_of(error)}", remedy, names_of(error)))
    return found


def address_findings(parts: SplitResult, account: str) -> Iterator[Finding]:
    """Check scheme, port and path against what WeChat takes."""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        yield bad("网址", "不是 http:// 或 https:// 开头的完整地址", f"照 {PUSH} 里填的写")
        return
    if parts.hostname in _LOOPBACK:
        yield skipped("网址", "本机地址，微信连不到，只检查服务自己")
    elif parts.port not in _PORTS:
        remedy = "微信只连 80 和 443 端口：用反向代理转到服务的端口，地址里不写端口"
        yield bad("端口", f"{parts.port}", remedy)
    elif parts.scheme == "http":
        yield note("网址", "http:// 没有加密", f"申请证书，在 {PUSH} 改成 https://")
    else:
        yield good("网址", f"https，端口 {parts.port or 443}")
    wanted = f"/wechat/{account}"
    if parts.path.endswith("/"):
        remedy = f"去掉最后的“/”：微信不跟随跳转，地址应以 {wanted} 结尾"
        yield bad("路径", parts.path, remedy)
    elif not parts.path.endswith(wanted):
        yield bad("路径", parts.path or "（空）", f"在 {PUSH} 里把地址改成以 {wanted} 结尾")
    else:
        yield good("路径", parts.path)


async def _certificate_findings(host: str, port: int, now: float) -> list[Finding]:
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(_WAIT_S):
            _, writer = await asyncio.open_connection(
                host, port, ssl=ssl.create_default_context(), server_hostname=host
            )
        certificate = writer.get_extra_info("peercert") or {}
        until = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    except ssl.SSLCertVerificationError as error:
        remedy = "重新申请证书，装上完整的证书链（fullchain），域名要对得上"
        seen = _UNTRUSTED.get(error.verify_code, "不被信任")
        return [bad("证书", seen, remedy, error.verify_message)]
    except (OSError, KeyError, TimeoutError) as error:
        remedy = f"检查 {port} 端口有没有放行、反向代理有没有装好证书"
        return [bad("证书", f"看不到证书：{cause_of(error)}", remedy, names_of(error))]
    finally:
        if writer is not None:
            writer.close()
    days = int((until - now) / 86400)
    if days < _CERTIFICATE_DAYS:
        return [note("证书", f"还有 {days} 天过期", "现在就续期，并检查自动续期")]
    return [good("证书", f"有效，还有 {days} 天")]


async def _handshake_findings(client: httpx.AsyncClient, probe: Probe) -> list[Finding]:
    """Do what WeChat does when the address is saved, rightly and with a wrong signature."""
    echo = secrets.token_hex(8)
    query = _signed(probe, echostr=echo)
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await client.get(probe.url, params=query)
    spent_s = loop.time() - began
    found = [_handshake_finding(answer, echo)]
    if spent_s > _SLOW_S:
        found.append(note("速度", f"握手用了 {spent_s:.1f} 秒，微信只等 5 秒", "换更近的机房"))
    found += _clock_findings(answer, probe)
    wrong = await client.get(probe.url, params={**query, "signature": "0" * 40})
    if wrong.status_code == httpx.codes.OK and echo in wrong.text:
        remedy = "这个地址上不是本服务，或中间有别的程序代答；谁都能冒充微信，先停用"
        found.append(bad("验签", "错误的签名也被接受", remedy))
    elif answer.status_code == httpx.codes.OK:
        found.append(good("验签", f"错误的签名被拒绝（{wrong.status_code}）"))
    return found


def _handshake_finding(answer: httpx.Response, echo: str) -> Finding:
    status = answer.status_code
    if status == httpx.codes.OK and answer.content == echo.encode():
        return good("握手", "Token 一致，回声正确")
    if status == httpx.codes.OK:
        return bad("握手", "返回的不是 echostr 原文", _PROXY)
    if answer.is_redirect:
        return bad("握手", f"跳转（{status}），微信不跟随", _PROXY)
    if status == httpx.codes.FORBIDDEN:
        return bad("握手", "签名不对（403）：Token 不一致，或两边时钟差太多", _SAME)
    if status == httpx.codes.NOT_FOUND:
        return bad("握手", "没有这个地址（404）", f"核对路径里的账号名称；{_PROXY}")
    return bad("握手", f"返回 {status}", f"看服务的日志；{_PROXY}")


def _clock_findings(answer: httpx.Response, probe: Probe) -> Iterator[Finding]:
    skew_s = skew_of(answer.headers.get("date", ""), probe.now)
    if skew_s is not None and abs(skew_s) > probe.window_s / 2:
        remedy = "在两台机器上打开时间同步（chrony 或 systemd-timesyncd）"
        yield bad("服务器时钟", f"与本机差 {skew_s:.0f} 秒", remedy)


def skew_of(date: str, now: float) -> float | None:
    """Return how many seconds a peer's `Date` is ahead of `now`; None where there is none."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.fromtimestamp(now, UTC)).total_seconds()


async def _push_findings(client: httpx.AsyncClient, probe: Probe) -> list[Finding]:
    """Push an event that takes no reply, encrypted where there is a key, else in plain text."""
    if not probe.account.aes_keys:
        answer = await client.post(probe.url, params=_signed(probe), content=_event(probe))
        return [_push_finding(answer, "明文推送")]
    try:
        key = decode_aes_key(probe.account.aes_keys[0])
        cipher = EnvelopeCipher(probe.account)
    except SettingsError as error:
        return [skipped("加密推送", str(error))]
    stamp, nonce = round(probe.now), secrets.token_hex(5)
    sealed = cipher.seal(_event(probe), key=key, timestamp=stamp, nonce=nonce)
    body = f"<xml><ToUserName>gh_doctor</ToUserName><Encrypt>{sealed.encrypt}</Encrypt></xml>"
    query = {
        **_signed(probe, stamp=str(stamp), nonce=nonce),
        "encrypt_type": "aes",
        "msg_signature": sealed.msg_signature,
    }
    found = [_push_finding(await client.post(probe.url, params=query, content=body), "加密推送")]
    if probe.account.require_aes:
        plain = await client.post(probe.url, params=_signed(probe), content=_event(probe))
        if plain.status_code == httpx.codes.OK:
            found.append(bad("明文推送", "没有被拒绝", "用 YIBAO_ENV=production 启动服务"))
        else:
            found.append(good("明文推送", f"被拒绝（{plain.status_code}）"))
    return found


def _push_finding(answer: httpx.Response, what: str) -> Finding:
    if answer.status_code == httpx.codes.OK and answer.content == SUCCESS:
        return good(what, "收到并解开，返回 success")
    if answer.status_code == httpx.codes.FORBIDDEN:
        return bad(what, "被拒绝（403）：EncodingAESKey、AppID 或 Token 不一致", _SAME)
    return bad(what, f"返回 {answer.status_code}，应是 success", f"看服务的日志；{_PROXY}")


def _signed(probe: Probe, *, stamp: str = "", nonce: str = "", echostr: str = "") -> dict[str, str]:
    """Return the query that WeChat would send."""
    stamp, nonce = stamp or str(round(probe.now)), nonce or secrets.token_hex(5)
    query = {
        "signature": sign(probe.account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
    }
    return {**query, "echostr": echostr} if echostr else query


def _event(probe: Probe) -> bytes:
    """Return a VIEW event of nobody: it takes no reply and changes nothing."""
    return (
        "<xml><ToUserName><![CDATA[gh_doctor]]></ToUserName>"
        f"<FromUserName><![CDATA[doctor-{secrets.token_hex(6)}]]></FromUserName>"
        f"<CreateTime>{round(probe.now)}</CreateTime>"
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[VIEW]]></Event>"
        "<EventKey><![CDATA[https://example.org/]]></EventKey></xml>"
    ).encode()
