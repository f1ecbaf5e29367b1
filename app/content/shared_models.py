"""What facts, documents and the shared files `intents/_*.yml` may contain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.content.field_types import (
    ID_PATTERN,
    AnchorRef,
    Day,
    FileModel,
    Id,
    Text,
    TextOrTexts,
    Texts,
    Truth,
)
from app.content.handoff_model import HandoffPart


class FactPart(FileModel):
    """One fact."""

    title: Text = Field(title="名称", description="这是什么。", examples=["学生每年缴费标准"])
    value: Text = Field(title="值", description="照文件原文；数字加引号。", examples=["435元"])
    source: AnchorRef = Field(
        title="依据",
        description="文件#标题。",
        examples=["beijing-2026#参保时间与缴费标准"],
    )


class FactsFile(FileModel):
    """`knowledge/facts/<region>.yml`."""

    region: Id = Field(title="地区", description="与文件名相同。", examples=["beijing"])
    facts: dict[Id, FactPart] = Field(
        title="事实",
        description="名称: {title, value, source}；答案里用 {fact.名称} 引用。",
    )


class DocumentFrontMatter(FileModel):
    """The block between the two `---` at the top of `knowledge/<id>.md`."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")] = Field(
        title="文件 id", description="与文件名相同。", examples=["beijing-2026"]
    )
    title: Text = Field(title="标题", description="依据一行里显示的名称。")
    publisher: Text = Field(title="发布单位", description="谁发布的。")
    published: Day = Field(title="发布日期", description="年-月-日。")
    region: Id = Field(title="地区", description="哪个地区的规定。")
    applies_to: Text = Field(
        title="适用年度", description="家长读的写法。", examples=["2025–2026 年度"]
    )
    valid_from: Day = Field(title="开始有效", description="第一天。")
    valid_until: Day = Field(title="有效到", description="最后一天（含）。")
    confirm: Text = Field(title="过期后问谁", description="电话或公众号。", examples=["12333"])


class TextsFile(FileModel):
    """`intents/_texts.yml`."""

    texts: dict[Id, TextOrTexts] = Field(
        title="机器人自己的话",
        description="名称: 一句或几句；几句轮着用。{…} 由程序填入。",
    )


class CommandsFile(FileModel):
    """`intents/_commands.yml`."""

    commands: dict[Id, Texts] = Field(
        title="命令",
        description="名称: 整句等于这些词时当作命令。",
        examples=[{"help": ["帮助"]}],
    )


class SynonymsFile(FileModel):
    """`intents/_synonyms.yml`."""

    synonyms: dict[Text, Texts] = Field(
        title="同义词",
        description="标准词: 家长换着说的词。",
        examples=[{"孩子": ["娃", "崽"]}],
    )


Phrases = Annotated[list[Text], Field(min_length=1)]


class OppositesPart(FileModel):
    """One pair of opposites."""

    one: Phrases = Field(
        title="一边", description="意思相同的说法。", examples=[["没交", "还没交"]]
    )
    other: Phrases = Field(
        title="另一边", description="意思相反的说法。", examples=[["交了", "已缴"]]
    )
    neither: Texts = Field(
        default_factory=list,
        title="两边都不是",
        description="含有上面的字、但没有说是哪一边的说法。",
        examples=[["交没交"]],
    )


class OppositesFile(FileModel):
    """`intents/_opposites.yml`."""

    opposites: list[OppositesPart] = Field(
        title="相反的说法",
        description="每组两边：字差不多、意思相反。一句话只说了一边，只说另一边的意图就不那么可信。",
    )


class SensitiveFile(FileModel):
    """`intents/_sensitive.yml`."""

    sensitive: dict[Text, Texts] = Field(
        title="不该出现的字样",
        description="为什么: 家长读到的文字里不该有的词。",
        examples=[{"诱导分享": ["转发有奖", "集赞"]}],
    )


class WordsFile(FileModel):
    """`intents/_words.yml`."""

    words: Texts = Field(
        title="整词", description="分词时要整个保留的词。", examples=[["居民医保"]]
    )


class PlacesFile(FileModel):
    """`intents/_places.yml`."""

    places: Texts = Field(
        title="地名", description="全国地名，用来认出别的城市。", examples=[["天津", "桂林"]]
    )


SceneId = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=64)]
"""Source: 生成带参数的二维码 (scene_str, 1 to 64 characters)."""


class ScenePart(FileModel):
    """What a QR code with a scene opens."""

    title: Text = Field(
        title="贴在哪里", description="给运营看的说明。", examples=["某某小学新生报到处海报"]
    )
    greeting: Text = Field(
        title="开头的话",
        description="扫码或扫码关注后先说的话；不写政策内容。",
        examples=["家长好，这里是某某小学推荐的医保问答。"],
    )
    opens: Id | None = Field(
        default=None,
        title="接着回答哪个问题",
        description="意图 id；有流程的意图会开始反问。不写就列出欢迎语里的问题。",
        examples=["enrolment_new_student"],
    )


class NoticePart(FileModel):
    """The template of a subscription notice for reminders."""

    template: Text = Field(
        title="模板编号", description="公众平台 → 订阅通知 → 我的模板里的模板 ID。"
    )
    fields: Annotated[dict[Id, Text], Field(min_length=1, max_length=8)] = Field(
        title="模板的字段",
        description="字段名照模板写；{title} 换成提醒的事，{day} 换成最后一天。",
        examples=[{"thing1": "{title}", "date2": "{day}"}],
    )


class AccountPart(FileModel):
    """One official account."""

    region: Id = Field(title="地区", description="这个号回答哪个地区的问题。")
    name: Text = Field(title="地名", description="机器人怎么称呼这个地方。", examples=["柳州"])
    welcome: Annotated[list[Id], Field(min_length=1)] = Field(
        title="欢迎语里的问题", description="意图 id，按顺序。"
    )
    confirm: Text = Field(title="拿不准时问谁", description="电话或公众号。", examples=["12333"])
    type: Literal["订阅号", "服务号"] = Field(
        default="订阅号",
        title="公众号类型",
        description="在公众平台首页能看到。决定能用哪些接口；不写按权限最少的订阅号。",
    )
    verified: Truth = Field(
        default=False,
        title="是否已认证",
        description="通过了微信认证写 true。没有认证的只能被动回复，不能发客服消息。",
        examples=[True],
    )
    scenes: dict[SceneId, ScenePart] = Field(
        default_factory=dict,
        title="带参数的二维码",
        description="名称: {title, greeting, opens}；用 yibao qrcode 生成，要已认证的服务号。",
    )
    notice: NoticePart | None = Field(
        default=None,
        title="提醒用的订阅通知",
        description="要已认证的服务号。不写：提醒在家长下次发消息时先说。",
    )
    places: Texts = Field(
        default_factory=list,
        title="地名的叫法",
        description="家长说到这些地名就是指这里。",
    )
    also: list[Id] = Field(
        default_factory=list,
        title="还回答哪些地区",
        description="这些地区各自要有一个公众号，地名、咨询方式和开头的问题取那里写的；"
        "家长没有说明地区时会先问一次。",
        examples=[["beijing"]],
    )
    handoff: HandoffPart | None = Field(
        default=None,
        title="转人工",
        description="谁来回复、几点到几点有人；不写表示没有人工，机器人只告诉家长去哪里问。",
    )


class AccountsFile(FileModel):
    """`intents/_accounts.yml`."""

    accounts: Annotated[dict[Id, AccountPart], Field(min_length=1)] = Field(
        title="公众号", description="名称: 地区、称呼、欢迎语。"
    )
