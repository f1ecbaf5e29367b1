"""Chinese names of what the program calls by English ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.domain.content import IntentKind
from app.domain.turn import Decision, MessageKind

DECISIONS: Mapping[Decision, str] = {
    Decision.ANSWER: "回答",
    Decision.CLARIFY: "反问",
    Decision.FLOW: "流程",
    Decision.SMALLTALK: "寒暄",
    Decision.COMMAND: "命令",
    Decision.HANDOFF: "转人工",
    Decision.SAFETY: "安全提醒",
    Decision.FALLBACK: "兜底",
}

INTENT_KINDS: Mapping[IntentKind, str] = {
    IntentKind.FAQ: "",
    IntentKind.SMALLTALK: "寒暄",
    IntentKind.HANDOFF: "转人工",
    IntentKind.SAFETY: "安全",
    IntentKind.GAP: "文件没写",
    IntentKind.BACKGROUND: "无关",
}

EVIDENCE: Mapping[str, tuple[str, str]] = {
    "exact": ("全同", "和一条说法一字不差"),
    "score": ("得分", "分类器给这个意图的分，约 0 到 1"),
    "margin": ("领先", "比别的意图里最高的那个多多少，负数是落后"),
    "fuzzy": ("字面", "和最像的一条说法有多少字相同"),
    "nearest": ("相近", "用词和最像的一条说法有多接近"),
    "opposed": ("相反", "最像的几条说法里，有多少和这句话意思相反"),
    "meaning": ("意思", "句向量给这个意图的分，约 0 到 1"),
    "known": ("认得", "这句话里有多少是说法里出现过的"),
}
"""Kind of evidence → column heading and what it means."""

MESSAGES: Mapping[MessageKind, tuple[str, str]] = {
    MessageKind.IMAGE: ("图片", "image"),
    MessageKind.VOICE: ("语音", "mic"),
    MessageKind.VIDEO: ("视频", "videocam"),
    MessageKind.LOCATION: ("位置", "place"),
    MessageKind.LINK: ("链接", "link"),
    MessageKind.UNSUPPORTED: ("表情", "mood"),
    MessageKind.SUBSCRIBE: ("关注", "person_add"),
}
"""Messages other than text that the playground can send → name and icon."""

_WEEKDAYS = "一二三四五六日"


def kind_name(kind: str) -> str:
    """Return what a kind of intent is called, from its name in content files; empty for 问答."""
    return INTENT_KINDS[IntentKind(kind)] if kind in set(IntentKind) else ""


def bot_name(place: str) -> str:
    """Return what an account is called on the phone."""
    return f"医保小助手（{place}）"


def moment(at: datetime) -> str:
    """Return a moment as a reader wants it, with the day of the week."""
    weekday = _WEEKDAYS[at.weekday()]
    return f"{at.year}年{at.month}月{at.day}日 星期{weekday} {at:%H:%M}"
