"""What `intents/flows/<id>.yml` may contain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from app.content.field_types import (
    ID_SCHEMA,
    AlsoWritten,
    AnchorRefs,
    Count,
    Day,
    FileModel,
    Id,
    Text,
    TextOrTexts,
    as_list,
)


class ChoicePart(FileModel):
    """One choice of a slot."""

    label: Text | None = Field(
        default=None,
        title="显示",
        description="按钮上的字。现成的选项（见 type）可以不写，用现成的字。",
        examples=["北京户口"],
    )
    synonyms: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=list,
        title="还会怎么说",
        description="家长还会怎么回答，在整句里找。~ 表示中间可以隔几个字，(甲|乙) 表示几种都行，"
        "= 开头的只有整句就是它才算。",
        examples=[["京籍", "是", "户口~(老家|外地)"]],
    )
    since: Day | None = Field(
        default=None, title="从哪天", description="只用于 type: date；含当天。"
    )
    until: Day | None = Field(
        default=None, title="到哪天", description="只用于 type: date；含当天。"
    )
    min: Count | None = Field(default=None, title="最小", description="只用于 type: number；含它。")
    max: Count | None = Field(default=None, title="最大", description="只用于 type: number；含它。")


Accepted = Annotated[
    list[Id], Field(min_length=1), BeforeValidator(as_list), AlsoWritten(ID_SCHEMA)
]


SlotType = Literal["choice", "yes_no", "region", "stage", "hukou", "date", "number", "text"]


class SlotPart(FileModel):
    """One question of a flow."""

    type: SlotType = Field(
        default="choice",
        title="类型",
        description="choice 选项；yes_no 是或不是；region 在不在本市；stage 上学阶段；hukou 户籍；"
        "date 日期；number 数字；text 随便写，按关键字归类。",
    )
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
    choices: Annotated[dict[Id, ChoicePart], Field(min_length=1)] = Field(
        default_factory=dict,
        title="选项",
        description="名称: {label, synonyms}，至少两个。yes_no、region、stage、hukou 有现成的选项，"
        "这里只写要改的字和要加的说法；"
        "date 写 since、until，number 写 min、max。",
    )
    unit: Text | None = Field(
        default=None, title="量词", description="只用于 type: number。", examples=["岁"]
    )
    otherwise: Id | None = Field(
        default=None,
        title="都不是时",
        description="只用于 type: text，必写：没有关键字的回答算哪个选项。",
    )
    ignore: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=list,
        title="不算数的说法",
        description="里面碰巧有选项的说法，但说的是别的事。",
        examples=[["不想去银行"]],
    )


class RowPart(FileModel):
    """One row of a decision table."""

    when: dict[Id, Accepted] = Field(
        title="条件",
        description="槽位: 选项，或几个选项；不写的槽位不限。"
        "选项写 unsaid：家长没说到时也算，不再追问。",
    )
    verdict: Literal["covered", "not_covered", "depends", "not_stated", "info"] | None = Field(
        default=None,
        title="结论",
        description="covered 可以；not_covered 不可以；depends 看情况；not_stated 文件没有写；"
        "info 只是说明，不是可不可以。",
    )
    say: Text | None = Field(default=None, title="回答", description="这种情况的答案。")
    source: AnchorRefs | None = Field(default=None, title="依据", description="文件#标题。")
    answer: Id | None = Field(
        default=None,
        title="用哪个意图的答案",
        description="写了它就不写 verdict、say、source。",
    )
    flow: Id | None = Field(
        default=None,
        title="接着走哪个流程",
        description="写了它就不写别的；同名的槽位不再问一遍。",
        examples=["check_coverage"],
    )


class FlowRegionPart(FileModel):
    """A flow as one region runs it."""

    topic: Id | None = Field(
        default=None, title="所属意图", description="这个地区和别处不同时才写。"
    )
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


class FlowTestPart(FileModel):
    """One conversation that a flow must bring to its end."""

    region: Id = Field(title="地区", description="在哪个地区跑。", examples=["beijing"])
    say: TextOrTexts = Field(
        title="家长说",
        description="一句，或按顺序几句；第一句说出流程一开始就知道的。",
        examples=[["外地户口，在北京上小学"]],
    )
    ends: Id = Field(
        title="结果",
        description="应当得出的 verdict，或应当回答的意图。",
        examples=["not_stated"],
    )


class FlowFile(FileModel):
    """`intents/flows/<id>.yml`."""

    flow: Id = Field(title="流程 id", description="与文件名相同。", examples=["check_coverage"])
    topic: Id = Field(
        title="所属意图",
        description="算作哪个意图。那个意图写了 flow 就由它启动，否则靠 starts 启动。",
        examples=["enrolment_eligibility"],
    )
    title: Text = Field(title="标题", description="这个流程做什么。", examples=["能不能参保"])
    starts: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=list,
        title="什么话启动它",
        description="整句就是它时启动，写笼统的说法；具体的问题应当由意图直接回答。"
        "~ 和 (甲|乙) 同 synonyms。",
        examples=[["(交|缴)不了费", "缴费出问题了"]],
    )
    regions: Annotated[dict[Id, FlowRegionPart], Field(min_length=1)] = Field(
        title="地区", description="每个地区一份。"
    )
    tests: list[FlowTestPart] = Field(
        default_factory=list,
        title="测试",
        description="yibao test 会跑。加上 tests/conversations 里的对话，"
        "每个选项、每一行都要走到。",
    )
