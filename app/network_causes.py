"""Why a connection failed, in words for whoever runs the deployment.

Libraries wrap the operating system's error in errors of their own, several deep; what helps a
person is at the bottom. Neither an address nor a text of the error is repeated: both may hold a
password.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

_DEPTH = 12
"""Chains of wrapped errors are three or four deep; one that is circular ends here."""
_BY_TYPE: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "域名解析不出地址"),
    (ssl.SSLCertVerificationError, "对方的证书不被信任，或者和域名对不上"),
    (ssl.SSLError, "TLS 握手失败，那个端口上可能不是 https"),
    (ConnectionRefusedError, "对方拒绝连接，那个端口上没有程序在运行"),
    (ConnectionResetError, "连接被对方或中间的防火墙断开"),
    (BrokenPipeError, "连接被对方或中间的防火墙断开"),
    (ConnectionAbortedError, "连接被对方或中间的防火墙断开"),
    (TimeoutError, "等了太久没有应答，可能被防火墙挡住"),
)
_BY_NUMBER = {
    errno.EHOSTUNREACH: "网络不通，找不到去那台机器的路",
    errno.ENETUNREACH: "网络不通，找不到去那台机器的路",
    errno.ECONNREFUSED: "对方拒绝连接，那个端口上没有程序在运行",
    errno.ETIMEDOUT: "等了太久没有应答，可能被防火墙挡住",
    errno.EMFILE: "本机打开的文件和连接太多",
}
_BY_NAME = (
    ("ProxyError", "代理连不上或拒绝了请求"),
    ("Timeout", "等了太久没有应答，可能被防火墙挡住"),
    ("ProtocolError", "对方的回答不是 HTTP，或中途断开"),
    ("UnsupportedProtocol", "地址的开头不是 http:// 或 https://"),
    ("InvalidURL", "地址写得不对"),
)
"""Part of a class's name → cause: this package knows no client library."""


def cause_of(error: BaseException) -> str:
    """Return why a connection failed, in Chinese; never empty."""
    chain = list(_below(error))
    for one in reversed(chain):
        for kind, cause in _BY_TYPE:
            if isinstance(one, kind):
                return cause
        if isinstance(one, OSError) and one.errno in _BY_NUMBER:
            return _BY_NUMBER[one.errno]
    for one in chain:
        for name, cause in _BY_NAME:
            if name in type(one).__name__:
                return cause
    return "连接出错"


def names_of(error: BaseException) -> str:
    """Return the classes of an error and of what is below it, for whoever looks closer."""
    return " ← ".join(dict.fromkeys(type(one).__name__ for one in _below(error)))


def _below(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised from, outermost first."""
    waiting, seen = [error], 0
    while waiting and seen < _DEPTH:
        one = waiting.pop(0)
        seen += 1
        yield one
        below = one.__cause__ or one.__context__
        waiting += [below] if below is not None else []
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else []
