"""What `intents/flows/<id>.yml` may contain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from app.content.field_types import (
    ID_SCHEMA,
    AlsoWritten,
    AnchorRefs,
    FileModel,
    Id,
    Text,
    as_list,
)


class ChoicePart(FileModel):
    """One choice of a slot."""

    label: Text = Field(title="显示", description="按钮上的字。", examples=["北京户口"])
    synonyms: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=list,
        title="还会怎么说",
        description="家长还会怎么回答。",
        examples=[["京籍", "是"]],
    )


Accepted = Annotated[
    list[Id], Field(min_length=1), BeforeValidator(as_list), AlsoWritten(ID_SCHEMA)
]


class SlotPart(FileModel):
    """One question of a flow."""

    title: Text = Field(title="名称", description="问的是什么。", examples=["户籍"])
    ask: Text = Field(title="问句", description="怎么问家长。", examples=["孩子是北京户口吗？"])
    confused: Text = Field(
        title="没听懂时",
        description="换一种更简单的问法。",
        examples=["户口本上写的是北京吗？"],
    )
    why: Text = Field(
        title="为什么问",
        description="家长问“为什么问这个”时的回答。",
        examples=["户籍不同，能不能参保的规定不同。"],
    )
    choices: Annotated[dict[Id, ChoicePart], Field(min_length=2)] = Field(
        title="选项",
        description="名称: {label, synonyms}，至少两个。",
    )


class RowPart(FileModel):
    """One row of a decision table."""

    when: dict[Id, Accepted] = Field(
        title="条件", description="槽位: 选项，或几个选项；不写的槽位不限。"
    )
    verdict: Literal["covered", "not_covered", "depends", "not_stated"] | None = Field(
        default=None,
        title="结论",
        description="covered 可以；not_covered 不可以；depends 看情况；not_stated 文件没有写。",
    )
    say: Text | None = Field(default=None, title="回答", description="这种情况的答案。")
    source: AnchorRefs | None = Field(default=None, title="依据", description="文件#标题。")
    answer: Id | None = Field(
        default=None,
        title="用哪个意图的答案",
        description="写了它就不写 verdict、say、source。",
    )


class FlowRegionPart(FileModel):
    """A flow as one region runs it."""

    slots: Annotated[dict[Id, SlotPart], Field(min_length=1)] = Field(
        title="问题", description="按顺序问。"
    )
    decide: Annotated[list[RowPart], Field(min_length=1)] = Field(
        title="结论表", description="每种情况正好一行。"
    )
    compare: Text | None = Field(
        default=None, title="比较", description="家长问“哪个好”“有什么区别”时的回答。"
    )
    compare_source: AnchorRefs | None = Field(
        default=None, title="比较的依据", description="写了 compare 就要写；文件#标题。"
    )
    family: list[Id] = Field(
        default_factory=list,
        title="兄弟姐妹相同的问题",
        description="槽位名称；家长接着问“那老二呢”时不再问，照前一个孩子的算并说明。",
        examples=[["hukou"]],
    )


class FlowFile(FileModel):
    """`intents/flows/<id>.yml`."""

    flow: Id = Field(title="流程 id", description="与文件名相同。", examples=["check_coverage"])
    topic: Id = Field(
        title="所属意图",
        description="哪个意图启动它。",
        examples=["enrolment_eligibility"],
    )
    title: Text = Field(title="标题", description="这个流程做什么。", examples=["能不能参保"])
    regions: Annotated[dict[Id, FlowRegionPart], Field(min_length=1)] = Field(
        title="地区", description="每个地区一份。"
    )
