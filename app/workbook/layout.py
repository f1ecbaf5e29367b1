"""Which sheets and columns the workbook has, and what is explained where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FORMAT = "yibao-content"
VERSION = 1
"""Raised whenever an older program would read the sheets wrongly."""
MAX_ROWS = 50_000
"""Rows of one sheet; the content that ships has 11,000 utterances."""
MAX_CELL_CHARS = 32_767
"""Excel cuts longer texts off."""
ID_COLUMN = "编号"
TEXT_COLUMN = "内容"
TITLE_COLUMN = "标题（参考）"
HEAD_SHEET = "问答"
ANSWER_SHEET = "答案"
HELP_SHEET = "说明"
META_SHEET = "版本"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, its width in characters, what its note says."""

    name: str
    width: int
    note: str


_ID = Column(ID_COLUMN, 28, "问答的英文编号，就是文件名。不要改；新增一行时照着写。")
_TITLE = Column(TITLE_COLUMN, 18, "只是方便看，改了不起作用；要改标题请到“问答”表。")

HEAD_COLUMNS: Mapping[str, str] = MappingProxyType(
    {"kind": "种类", "title": "标题", "about": "没写的是什么", "reply": "一句回复"}
)
"""Key of an intent file → column of the first sheet."""
LIST_SHEETS: Mapping[str, str] = MappingProxyType(
    {
        "utterances": "说法",
        "not_utterances": "反例",
        "tests": "测试句",
        "related": "相关",
        "replies": "回复",
        "screens": "截图提示",
        "regions": "没写的地区",
    }
)
"""Key of an intent file → sheet with an item a row."""
FIELD_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "source": "依据",
        "text": "答案",
        "windows": "有关的日子",
        "windows_if_asked": "问到才说的日子",
    }
)
"""Field of an answer → what the sheet calls it; a field not listed is called as in the file."""
KINDS = ("faq", "smalltalk", "handoff", "safety", "gap", "background")

_LIST_NOTES = {
    "utterances": "家长会怎么问，一行一句。加一行就是加一句，删掉整行就是删一句。",
    "not_utterances": "看着像、其实不是这个意思的话，一行一句。",
    "tests": "不在说法里的问法，用来检查认不认得出，一行一句。",
    "related": "答完以后给家长点的问答，写它的编号，一行一个。",
    "replies": "寒暄、转人工、安全提醒的回复，一行一种。",
    "screens": "手机上跳出的提示文字，照依据里的原文，一行一个。",
    "regions": "只用于“文件没写”（gap）的问答：哪些地区没有写，一行一个。",
}

SHEETS: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        HEAD_SHEET: (
            _ID,
            Column("种类", 12, "faq 问答；gap 文件没写；其他种类见说明。已有的问答不能改种类。"),
            Column("标题", 24, "家长点的按钮上的字，最多 14 个字。"),
            Column("没写的是什么", 28, "只用于 gap，接在“文件里没有写”后面。"),
            Column("一句回复", 50, "只用于 background。"),
        ),
        ANSWER_SHEET: (
            _ID,
            _TITLE,
            Column("地区", 12, "地区的英文名，例如 beijing。"),
            Column(
                "栏目", 16, "依据：文件#标题，几个就一行一个。答案：第一行写结论，后面每行一步。"
            ),
            Column(TEXT_COLUMN, 90, "单元格里换行按 Alt+Enter。清空不算删除：要删就删掉整行。"),
        ),
        **{
            sheet: (_ID, _TITLE, Column(TEXT_COLUMN, 70, _LIST_NOTES[key]))
            for key, sheet in LIST_SHEETS.items()
        },
    }
)
"""Every sheet that is read, in order."""

HELP = (
    "医保小助手的问答内容",
    "",
    "这个文件由 yibao export 生成。改完存盘，运行 yibao import 文件名 --dry-run 看会改什么，",
    "没有问题再去掉 --dry-run。只有改过的行会写进文件，别的一个字都不动。",
    "",
    "问答：一行一个问答。　答案：一行一个地区的一栏。　说法、反例、测试句……：一行一句。",
    "加内容：插入一行，写上编号。　删内容：删掉整行（在行号上点右键，删除）。",
    "删掉整个问答：在每张表里都删掉它的行。　新的问答：先在“问答”表加一行。",
    "种类：faq 问答；smalltalk 寒暄；handoff 转人工；safety 安全提醒；"
    "gap 文件没写的问题；background 与医保无关的话。",
    "",
    "不要合并单元格，不要写公式，不要改表名和第一行。数字、日期也按文字写（格式选“文本”）。",
    "流程（intents/flows）、菜单和机器人自己说的话不在这里，请在文件里改。",
)
