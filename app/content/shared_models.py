"""What facts, documents and the shared files `intents/_*.yml` may contain."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from app.content.field_types import (
    AnchorRef,
    Day,
    FileModel,
    Id,
    Text,
    TextOrTexts,
    Texts,
)


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


class AccountPart(FileModel):
    """One official account."""

    region: Id = Field(title="地区", description="这个号回答哪个地区的问题。")
    name: Text = Field(title="地名", description="机器人怎么称呼这个地方。", examples=["柳州"])
    welcome: Annotated[list[Id], Field(min_length=1)] = Field(
        title="欢迎语里的问题", description="意图 id，按顺序。"
    )
    confirm: Text = Field(title="拿不准时问谁", description="电话或公众号。", examples=["12333"])
    places: Texts = Field(
        default_factory=list,
        title="地名的叫法",
        description="家长说到这些地名就是指这里。",
    )


class AccountsFile(FileModel):
    """`intents/_accounts.yml`."""

    accounts: Annotated[dict[Id, AccountPart], Field(min_length=1)] = Field(
        title="公众号", description="名称: 地区、称呼、欢迎语。"
    )
