"""What `tests/conversations/*.yml` may contain."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from app.content.field_types import FileModel, Id, Text, TextOrTexts
from app.content.yaml_source import PlainValue

AT_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$"


def _as_text(value: Any) -> Any:
    """Let an unquoted moment through as the text that it is."""
    return value.text if isinstance(value, PlainValue) else value


At = Annotated[
    str,
    StringConstraints(pattern=AT_PATTERN),
    BeforeValidator(_as_text),
]


class ExpectPart(FileModel):
    """What a turn must come to."""

    decision: (
        Literal[
            "answer",
            "clarify",
            "flow",
            "smalltalk",
            "command",
            "handoff",
            "safety",
            "fallback",
        ]
        | None
    ) = Field(default=None, title="决定", description="机器人对这句话做了什么。")
    topics: Annotated[list[Id], Field(min_length=1)] = Field(
        default_factory=list,
        title="意图",
        description="回答（或反问）的意图，都要在；顺序不限。",
        examples=[["fee_standard"]],
    )
    flow: Id | None = Field(
        default=None, title="开着的流程", description="这一轮以后还在哪个流程里；没有写 none。"
    )
    asks: Id | None = Field(
        default=None, title="在问", description="流程接下来问哪个槽位。", examples=["hukou"]
    )
    ends: Id | None = Field(
        default=None,
        title="流程结果",
        description="流程在这一轮得出的 verdict，或回答的意图。",
        examples=["not_stated"],
    )


class TurnPart(FileModel):
    """One message of the parent and what the reply must be like."""

    user: TextOrTexts = Field(
        title="家长说", description="一句；写几句就是几种说法，每一种单独跑一遍。"
    )
    at: At | None = Field(
        default=None,
        title="时刻",
        description="从这一句起是什么时候，写成 2026-02-15T10:00。",
        examples=["2026-02-15T10:00"],
    )
    wait: Annotated[str, StringConstraints(pattern=r"^\d+[mhd]$")] | None = Field(
        default=None, title="隔了多久", description="30m 是 30 分钟，2h 是 2 小时，1d 是 1 天。"
    )
    expect: ExpectPart | None = Field(default=None, title="应当", description="决定、意图、流程。")
    reply_has: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=list,
        title="回复里有",
        description="每一条都要有；一条里用 | 分开的，有一个就行。",
        examples=[["435元", "京通|电子税务局"]],
    )
    reply_lacks: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=list, title="回复里没有", description="一条也不能有。"
    )


class ConversationPart(FileModel):
    """One conversation of a new parent."""

    conversation: Text = Field(
        title="说的是什么",
        description="没通过时用来指明是哪一段。",
        examples=["中途改问别的再回来"],
    )
    account: Id = Field(title="公众号", description="liuzhou 或 beijing。", examples=["beijing"])
    at: At | None = Field(
        default=None,
        title="时刻",
        description="第一句是什么时候，写成 2026-02-15T10:00；不写就是 2025-12-10T10:00。",
    )
    turns: Annotated[list[TurnPart], Field(min_length=1)] = Field(
        title="对话", description="按顺序，一句一项。"
    )
    known_failure: Text | None = Field(
        default=None,
        title="已知没通过",
        description="写明原因。通过了反而报错，提醒删掉这一行。",
    )


class ConversationsFile(FileModel):
    """`tests/conversations/<名称>.yml`."""

    conversations: Annotated[list[ConversationPart], Field(min_length=1)] = Field(
        title="对话", description="一个文件里可以写几段。"
    )
