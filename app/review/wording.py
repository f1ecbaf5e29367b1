"""Chinese names of why a question is in the inbox, and of what to do with it."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.journal import Reason
from app.review.proposals import Kind

REASONS: Mapping[Reason, str] = {
    Reason.FALLBACK: "没听懂",
    Reason.CLARIFY: "反问了",
    Reason.LOW_MARGIN: "答了但拿不准",
    Reason.UNSOLVED: "家长说没解决",
    Reason.HANDOFF: "转了人工",
    Reason.ANSWERED: "文件没写",
}
"""`ANSWERED` only comes into a list of what was not answered where the bot rightly said so."""

KINDS: Mapping[Kind, str] = {
    Kind.ADD: "加到某个问答",
    Kind.NEW: "新问答",
    Kind.OUT_OF_SCOPE: "不归我们管",
}
