"""A line before a reply."""

from __future__ import annotations

import html
import re

_EXPIRED = "⚠️"
_LINK = re.compile(r"<a [^<>]*>([^<>]*)</a>")


def led(text: str, lead: str) -> str:
    """Put a line before a text, but after the notice of expiry that must open it."""
    head, newline, rest = text.partition("\n")
    if head.startswith(_EXPIRED) and newline:
        return f"{head}\n{lead}\n{rest}"
    return f"{lead}\n{text}"


def gist(text: str) -> str:
    """Return the conclusion of a reply: its first line, with the notice of expiry before it."""
    lines = [line for line in text.splitlines() if line.strip()]
    notice = lines[0] + "\n" if lines and lines[0].startswith(_EXPIRED) else ""
    rest = lines[1:] if notice else lines
    return notice + (rest[0] if rest else "")


def readable(text: str) -> str:
    """Return a text with its tappable links as plain labels."""
    return html.unescape(_LINK.sub(r"\1", text))
