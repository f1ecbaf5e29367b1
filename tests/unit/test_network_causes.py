"""Why a connection failed, in words."""

from __future__ import annotations

import errno
import socket
import ssl

import httpx
import pytest

from app.network_causes import cause_of, names_of


def wrapped(below: BaseException) -> httpx.ConnectError:
    error = httpx.ConnectError("secret.example.org")
    error.__cause__ = below
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), "域名解析"),
        (ConnectionRefusedError(), "拒绝连接"),
        (TimeoutError(), "没有应答"),
        (ssl.SSLCertVerificationError(), "证书不被信任"),
        (ssl.SSLError(), "TLS"),
        (OSError(errno.ENETUNREACH, "x"), "网络不通"),
        (httpx.ReadTimeout("x"), "没有应答"),
        (ExceptionGroup("all", [ConnectionRefusedError()]), "拒绝连接"),
        (ValueError("secret"), "连接出错"),
    ],
)
def test_the_cause_is_what_is_below(error: BaseException, said: str) -> None:
    told = cause_of(wrapped(error))
    assert said in told
    assert "secret" not in told
    assert names_of(wrapped(error)).startswith("ConnectError")
