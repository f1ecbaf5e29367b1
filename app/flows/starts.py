"""Whole messages that start a flow without being a question of any intent: “缴费出问题了”."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.flows.spotting import plain, regex_of

# What parents put around a complaint without saying more.
_BEFORE = (
    r"(?:我的?|我们家?的?|我家|孩子的?|小孩的?|娃的?|学生的?|给孩子|给娃|帮孩子|现在|今天|刚才|"
    r"一直|就是|那个|老师|唉|哎)*"
)
_AFTER = (
    r"(?:怎么办|怎么弄|怎么搞|怎么解决|怎么处理|怎么回事|怎么了|咋办|咋整|咋弄|咋回事|咋搞|"
    r"啷个办|为什么|为啥|什么原因|"
    r"啥情况|什么情况|求助|帮忙看看|帮我看看|帮帮我|找谁|该怎么办|要怎么办|呢|呀|啊|了|吗|吧|嘛|咯|哦|嘞)*"
)


class Starts:
    """The messages that start one flow; immutable."""

    def __init__(self, forms: Iterable[str]) -> None:
        bodies = sorted({_pattern(form) for form in forms}, key=lambda b: (-len(b), b))
        self._pattern = re.compile(_BEFORE + f"(?:{'|'.join(bodies)})" + _AFTER) if bodies else None

    def matches(self, squeezed: str) -> bool:
        """Tell whether a message without punctuation is one of them, politeness aside."""
        return self._pattern is not None and self._pattern.fullmatch(squeezed) is not None


def _pattern(form: str) -> str:
    return regex_of(plain(form.lower()))
