"""Links inside a text message that WeChat's client understands."""

from __future__ import annotations

import html
from functools import lru_cache
from urllib.parse import quote

_TAP_SCHEME = "weixin://bizmsgmenu"


@lru_cache(maxsize=4096)
def tap_link(label: str, say: str, key: str) -> str:
    """Return a link that, when tapped, sends `say` to the account as if the user had typed it.

    It comes back as a text message with `Content` = `say` and `bizmsgmenuid` = `key`. Works in
    any text, passive replies too. Line breaks in the label become spaces.

    Source: not in the official documents; the client's handler (BizMsgMenuUriSpanHandler) wants
    both parameters non-empty and decodes them as UTF-8.

    Raises:
        ValueError: `label`, `say` or `key` is empty or blank: the link would do nothing.
    """
    shown = html.escape(" ".join(label.split()), quote=False)
    if not shown or not say.strip() or not key.strip():
        raise ValueError("a tap link needs a label, a text to send and an id")
    query = f"msgmenucontent={quote(say, safe='')}&msgmenuid={quote(key, safe='')}"
    return f'<a href="{_TAP_SCHEME}?{query}">{shown}</a>'
