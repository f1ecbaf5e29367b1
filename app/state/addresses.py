"""Read YIBAO_REDIS_URL: one server, Sentinel or a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio.connection import parse_url

from app.errors import SettingsError

_FORMS = (
    "redis://:密码@主机:6379/0、rediss://…、unix:///路径、"
    "redis+sentinel://:密码@主机:26379,主机2:26379/mymaster/0 或 "
    "redis+cluster://:密码@主机:7000,主机2:7001"
)
_SENTINEL_PORT, _PORT = 26379, 6379


class Kind(StrEnum):
    """How a Redis is made up."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Address:
    """Where Redis is. `repr` and `shown` hold no password."""

    kind: Kind
    url: str = field(repr=False)
    """As configured."""
    nodes: tuple[tuple[str, int], ...] = ()
    """Host and port of each sentinel or start node; empty for one server."""
    service: str = ""
    """Name under which the sentinels know the master."""
    is_tls: bool = False
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    """Of connections to servers: user, password, db, and what the query says."""
    sentinel_options: dict[str, Any] = field(default_factory=dict, repr=False)
    """Of connections to sentinels."""

    @property
    def shown(self) -> str:
        """The address for people, without user, password and query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def read_address(url: str) -> Address:
    """Read a URL.

    Raises:
        SettingsError: It has no form that is understood; the text does not quote it.
    """
    try:
        scheme = urlsplit(url).scheme
        _check_encoding(url)
        if scheme in {"redis", "rediss", "unix"}:
            parse_url(url)
            return Address(Kind.SINGLE, url)
        first, _, second = scheme.partition("+")
        if first in {"redis", "rediss"} and second in {Kind.SENTINEL, Kind.CLUSTER}:
            return _several(url, Kind(second), is_tls=first == "rediss")
    except ValueError:  # its text may quote a part of the password
        msg = f"YIBAO_REDIS_URL 无法读取，应形如 {_FORMS}；密码里的特殊字符要按 URL 编码。"
        raise SettingsError(msg) from None
    # What stands there instead is not repeated: it may be a password.
    msg = f"YIBAO_REDIS_URL 的开头不认识，应形如 {_FORMS}。"
    raise SettingsError(msg)


def _check_encoding(url: str) -> None:
    # A slash or hash in a password ends the host: the rest would be shown as a path.
    if "@" in url.partition("://")[2].partition("/")[2] or "#" in url:
        raise ValueError("a password that was not encoded")


def _several(url: str, kind: Kind, *, is_tls: bool) -> Address:
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    default = _SENTINEL_PORT if kind is Kind.SENTINEL else _PORT
    nodes = tuple(_node(host, default) for host in hosts.split(","))
    path = [unquote(step) for step in parts.path.split("/") if step]
    database, service = path, ""
    if kind is Kind.SENTINEL:
        if not path:
            raise ValueError("no service")
        service, *database = path
    if len(database) > 1 or (kind is Kind.CLUSTER and database not in ([], ["0"])):
        raise ValueError("path")
    number = int(database[0]) if database else 0
    options: dict[str, Any] = dict(parse_url(f"redis://{user}{at}host?{parts.query}"))
    options.pop("host", None)
    if kind is Kind.SENTINEL:
        options["db"] = number
    sentinel = {
        name: options.pop(f"sentinel_{name}")
        for name in ("username", "password")
        if f"sentinel_{name}" in options
    }
    tls = {name: value for name, value in options.items() if name.startswith("ssl_")}
    if is_tls:
        options["ssl"] = sentinel["ssl"] = True
        sentinel |= tls
    return Address(kind, url, nodes, service, is_tls, options, sentinel)


def _node(text: str, default: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("host")
    return parts.hostname, parts.port or default
