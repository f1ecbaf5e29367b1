"""WeChat reply text taken apart as a phone shows it: words, tappable choices, web links.

The result is plain values, never HTML. Whatever is not one of the two kinds of link that WeChat
understands stays text, character by character, so that a page can only show it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

_ANCHOR = re.compile(r'<a href="([^"<>]{1,2048})">([^<>]*)</a>', re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[!#-;=?-~]+", re.IGNORECASE)
_NOT_ADDRESS_END = ".,;:!?)]'"
_TAP = "weixin://bizmsgmenu?"
_WEB_SCHEMES = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class Words:
    """Text without any meaning beyond its characters; line breaks count."""

    text: str


@dataclass(frozen=True, slots=True)
class Tap:
    """A choice: tapping it sends `say` as if typed."""

    label: str
    say: str
    menu_id: str
    """Comes back with the message (`bizmsgmenuid`)."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address on the web; `url` begins with http:// or https://."""

    label: str
    url: str


Segment = Words | Tap | Link


def parse_reply(text: str) -> tuple[Segment, ...]:
    """Take a reply apart, in order, nothing lost; O(n).

    Links other than `weixin://bizmsgmenu` with both parameters, http and https are shown as they
    are written: an operator must see that they will not work.
    """
    segments: list[Segment] = []
    for segment in _segments(text):
        last = segments[-1] if segments else None
        if isinstance(segment, Words) and isinstance(last, Words):
            segments[-1] = Words(last.text + segment.text)
        else:
            segments.append(segment)
    return tuple(segments)


def _segments(text: str) -> Iterator[Segment]:
    position = 0
    for match in _ANCHOR.finditer(text):
        yield from _addresses(text[position : match.start()])
        # Only this entity: others may be part of a query, such as &para=1.
        href = match.group(1).replace("&amp;", "&")
        label = html.unescape(match.group(2))
        yield _tap(href, label) or _link(href, label) or Words(match.group())
        position = match.end()
    yield from _addresses(text[position:])


def _addresses(text: str) -> Iterator[Segment]:
    """Cut out bare addresses, which WeChat makes tappable by itself."""
    position = 0
    for match in _ADDRESS.finditer(text):
        url = match.group().rstrip(_NOT_ADDRESS_END)
        link = _link(url, url)
        if link is None:
            continue
        if match.start() > position:
            yield Words(text[position : match.start()])
        yield link
        position = match.start() + len(url)
    if position < len(text):
        yield Words(text[position:])


def _tap(href: str, label: str) -> Tap | None:
    if not href.lower().startswith(_TAP) or not label.strip():
        return None
    try:
        query = parse_qs(href[len(_TAP) :], errors="strict")
    except ValueError:  # not UTF-8: the phone would send something else than was meant
        return None
    say, menu_id = query.get("msgmenucontent", [""])[0], query.get("msgmenuid", [""])[0]
    return Tap(label, say, menu_id) if say.strip() and menu_id.strip() else None


def _link(href: str, label: str) -> Link | None:
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    sound = href.isprintable() and not any(c.isspace() or c in "<>\"'`" for c in href)
    if not sound or not label.strip() or parts.scheme not in _WEB_SCHEMES or not parts.hostname:
        return None
    return Link(label, href)
