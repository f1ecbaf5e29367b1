"""What `intents/<id>.yml` may contain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.content.field_types import AnswerPart, FileModel, Id, Text, Texts
from app.domain.content import IntentKind

MIN_UTTERANCES = 15
"""Fewest utterances of a FAQ intent: with less the classifier only guesses."""
MIN_TESTS = 3
"""Fewest test sentences of a FAQ intent."""
MAX_TITLE_CHARS = 14
"""What fits on one line of a phone as a tappable choice."""


ScreenText = Annotated[str, StringConstraints(pattern=r"^\S.{2,}\S$")]


class IntentFile(FileModel):
    """`intents/<id>.yml`; which keys a kind may have is in `KEYS_BY_KIND`."""

    intent: Id = Field(
        title="意图 id",
        description="与文件名相同的英文名称。",
        examples=["fee_standard"],
    )
    title: Text = Field(
        title="标题",
        description=f"家长点的按钮上的字，最多 {MAX_TITLE_CHARS} 个字，全部文件里不重复。",
        examples=["一年交多少钱"],
    )
    kind: Literal["faq", "smalltalk", "handoff", "safety", "gap", "background"] = Field(
        default="faq",
        title="种类",
        description="faq 问答；smalltalk 寒暄；handoff 转人工；safety 安全提醒；"
        "gap 文件没有写的医保问题；background 与医保无关。",
    )
    about: Text = Field(
        default="",
        title="没写的是什么",
        description="只用于 gap，接在“文件里没有写”后面。",
        examples=["报销比例"],
    )
    regions: Annotated[list[Id], Field(min_length=1)] = Field(
        default_factory=list,
        title="哪些地区没有写",
        description="只用于 gap。",
        examples=[["liuzhou"]],
    )
    utterances: Texts = Field(
        title="说法",
        description=f"家长会怎么问，一行一句，问答至少 {MIN_UTTERANCES} 句。"
        "错字、繁体、拼音不用写。",
        examples=[["一年要交多少钱"]],
    )
    not_utterances: Texts = Field(
        default_factory=list,
        title="反例",
        description="看着像、其实不是这个意思的话，永远不会匹配到这里。",
        examples=[["能报销多少钱"]],
    )
    answers: Annotated[dict[Id, AnswerPart], Field(min_length=1)] = Field(
        default_factory=dict, title="答案", description="每个地区一份。"
    )
    flow: Id | None = Field(
        default=None,
        title="流程",
        description="要先反问几句才能回答时，写 intents/flows 里的流程名称。",
        examples=["check_coverage"],
    )
    replies: Texts = Field(
        default_factory=list,
        title="回复",
        description="寒暄、转人工、安全提醒的回复，几种说法轮着用。",
        examples=[["不客气。"]],
    )
    reply: Text = Field(
        default="",
        title="回复",
        description="只用于 background，一句话说明只回答学生医保。",
        examples=["这个不在我的范围内，我只回答学生医保的问题。"],
    )
    related: Annotated[list[Id], Field(min_length=1)] = Field(
        default_factory=list,
        title="接着可能问",
        description="两三个意图 id，答完后给家长点。",
        examples=[["payment_channels"]],
    )
    elsewhere: Annotated[dict[Id, Id], Field(min_length=1)] = Field(
        default_factory=dict,
        title="别的地区看哪个",
        description="这里没有答案的地区：由那个地区的哪个意图来回答；文件没有写的，写那里的 gap。",
        examples=[{"liuzhou": "payment_channels"}],
    )
    handoff: Literal["offer", "now"] | None = Field(
        default=None,
        title="转人工",
        description="offer 答完给一个“转人工”按钮；now 直接转。公众号没有开人工时不起作用。",
    )
    screens: Annotated[list[ScreenText], Field(min_length=1)] = Field(
        default_factory=list,
        title="截图里的提示",
        description="手机上跳出的提示文字，照依据里的原文，至少 4 个字；家长发来截图时靠它认出来。",
        examples=[["缴费信息无效"]],
    )
    tests: Texts = Field(
        default_factory=list,
        title="测试句",
        description=f"不在说法里的问法，至少 {MIN_TESTS} 句，用来检查认不认得出。",
        examples=[["学费那个医保是几块"]],
    )


_COMMON_KEYS = frozenset({"intent", "title", "kind", "utterances", "not_utterances", "tests"})
KEYS_BY_KIND: dict[str, frozenset[str]] = {
    IntentKind.FAQ: _COMMON_KEYS
    | {"answers", "flow", "related", "elsewhere", "handoff", "screens"},
    IntentKind.SMALLTALK: _COMMON_KEYS | {"replies", "related", "handoff"},
    IntentKind.HANDOFF: _COMMON_KEYS | {"replies", "related"},
    IntentKind.SAFETY: _COMMON_KEYS | {"replies", "related"},
    IntentKind.GAP: _COMMON_KEYS | {"about", "regions", "related", "elsewhere", "handoff"},
    IntentKind.BACKGROUND: _COMMON_KEYS | {"reply"},
}
"""Keys that an intent of each kind may have."""
REQUIRED_BY_KIND: dict[str, tuple[str, ...]] = {
    IntentKind.FAQ: ("tests",),
    IntentKind.SMALLTALK: ("replies",),
    IntentKind.HANDOFF: ("replies",),
    IntentKind.SAFETY: ("replies",),
    IntentKind.GAP: ("about", "regions"),
    IntentKind.BACKGROUND: (),
}
"""Keys that an intent of each kind must have beside those of all; a FAQ also needs `answers` or
`flow`."""
