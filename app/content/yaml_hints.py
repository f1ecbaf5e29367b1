"""Why a YAML text cannot be read, in words an operator understands."""

from __future__ import annotations

import re

from app.content.problems import Place

_KEY = r"[a-z_]+"
WIDE_DASH = re.compile(r"(?m)^[ ]*([－—–‐﹣−])[ ]?\S")
"""A list item whose dash is not the one of the keyboard."""
_LOOKALIKES = (
    ("Y006", re.compile(rf"(?m)^[ ]*(?:-[ ]+)?{_KEY}[ ]*(：)"), "用了全角冒号“：”"),
    ("Y007", WIDE_DASH, "列表用了不是半角的横线"),
    ("Y007", re.compile(r"(?m)^[ ]*([\u3000\u00a0])"), "缩进里有全角空格或不换行空格"),
    ("Y012", re.compile(rf"(?m)^[ ]*(?:-[ ]+)?{_KEY}(:)[^ \n:/]"), "冒号后面缺少半角空格"),
    ("Y017", re.compile(r"(?m)^[^#\n]*:[ ]+([｛［])"), "括号是全角的"),
    ("Y017", re.compile(r"(?m)[{\[][^\n#]*(，)[ ]*[a-z_]+[:\]}]"), "逗号是全角的"),
    ("Y011", re.compile(r"(?m)^(<{7}|={7}|>{7})(?:[ ]|$)"), "两个人的改动没有合并完"),
    ("Y012", re.compile(r"(?m)^[ ]*(-)[^\s\-0-9]"), "列表的“-”后面缺少空格"),
)
_NAME = re.compile(rf"[ ]*(?:-[ ]+)?({_KEY}):(?:[ ]|$)")
_STEP = 2
"""Spaces a level, as the shipped content has it."""
_BLOCK_HEADER = re.compile(r"^([ ]*)\S.*[|>][+-]?[0-9]?[ ]*(?:#.*)?$")

_EXPLANATIONS = (
    # problem text of the parser, Chinese message, remedy, whether the context mark is the culprit
    (
        "mapping values are not allowed",
        "这里多了一个“: ”",
        "句子里有“: ”时给整句加双引号；否则检查上一行的缩进和冒号",
        False,
    ),
    (
        "could not find expected ':'",
        "这一行缺少冒号，或者缺少“- ”",
        "写成“名称: 内容”；列表里的一句前面写“- ”",
        True,
    ),
    ("unexpected end of stream", "引号没有成对", "补上另一个引号", True),
    (
        "found unknown escape",
        "双引号里的反斜杠写法不对",
        "去掉反斜杠，或改用单引号",
        False,
    ),
    ("expected URI", "内容以 ! 开头，会被当作类型标记", "给整句加双引号", True),
    ("expected chomping", "“|”或“>”后面还有文字", "“|-”写在行尾，正文从下一行开始", False),
    ("sequence entries are not allowed", "“- ”写在了冒号后面", "列表从下一行开始，每项一行", False),
    ("undefined alias", "内容以 * 开头，会被当作引用", "给整句加双引号", False),
    (
        "but found another document",
        "文件里有第二个“---”",
        "一个文件只写一份内容，删掉“---”",
        False,
    ),
    (
        "expected ',' or",
        "方括号或花括号没有成对",
        "补上括号；句子里有括号时给整句加双引号",
        False,
    ),
    (
        "expected <block end>",
        "这一行和上面对不齐，或引号、括号后面还有文字",
        "对齐缩进；整句加双引号",
        False,
    ),
    (
        "did not find expected",
        "这一行和上面对不齐",
        "同一级的内容缩进要相同，每级两个空格",
        False,
    ),
    (
        "expected '<document start>'",
        "这一行和上面对不齐",
        "最外层的名称不要缩进",
        False,
    ),
    (
        "expected the node content",
        "这里的符号不能作为内容的开头",
        "给整句加双引号",
        False,
    ),
)
_BAD_START = re.compile(r"found character '(.+)' that cannot start any token")


def offset_place(file: str, text: str, index: int) -> Place:
    """Return the 1-based line and column of a character index."""
    line = text.count("\n", 0, index) + 1
    return Place(file, line, index - (text.rfind("\n", 0, index) + 1) + 1)


def find_lookalikes(file: str, text: str) -> list[tuple[str, Place, str]]:
    """Return (rule, place, message) for typing slips that make a text unreadable.

    Only lines outside block texts (`|-`) count: inside them any character is fine.
    """
    masked = _mask_blocks(text)
    return [
        (rule, offset_place(file, text, match.start(1)), message)
        for rule, pattern, message in _LOOKALIKES
        for match in pattern.finditer(masked)
    ]


def explain(context: str, problem: str) -> tuple[str, str, bool]:
    """Return (message, remedy, use the context's position) for what the parser said."""
    start = _BAD_START.search(problem)
    if start:
        return f"内容不能以 {start.group(1)} 开头", "给整句加双引号", False
    for needle, message, remedy, use_context in _EXPLANATIONS:
        if needle in problem:
            return message, remedy, use_context
    if "flow" in context:
        return "方括号或花括号没有成对", "补上括号；句子里有括号时给整句加双引号", False
    return "这里的写法程序读不懂", "", False


def misaligned_line(text: str, stuck: int) -> int:
    """Return the line that is out of line with its siblings, where the parser stopped at `stuck`.

    The parser takes the first sibling for right. Where that one stands alone and the others agree
    among themselves, it is the first that has to be changed. Lines are counted from 0.
    """
    lines = _mask_blocks(text).split("\n")
    depths = {
        n: len(line) - len(line.lstrip(" "))
        for n, line in enumerate(lines)
        if line.strip() and not line.lstrip().startswith(("#", "---"))
    }
    if stuck not in depths:
        return stuck
    above = max((n for n in depths if n < stuck and depths[n] < depths[stuck]), default=-1)
    siblings = []
    for n in (n for n in depths if n > above):
        if above >= 0 and depths[n] <= depths[above]:
            break
        siblings.append(n)
    first = siblings[0]
    like_first = sum(depths[n] == depths[first] for n in siblings)
    like_stuck = sum(depths[n] == depths[stuck] for n in siblings)
    step = depths.get(above, -_STEP) + _STEP
    is_usual = depths[stuck] == step != depths[first]
    alone = like_first == 1 and depths[first] > depths[stuck]
    return first if alone and (like_stuck > 1 or is_usual) else stuck


def is_too_deep(text: str, stuck: int) -> bool:
    """Say whether a line is a name that stands deeper than the one above, which has its value."""
    lines = text.split("\n")
    above = next((line for line in reversed(lines[:stuck]) if line.strip()), "")
    name, over = _NAME.match(lines[stuck]), _NAME.match(above)
    if name is None or over is None or not above[over.end() :].strip():
        return False
    return name.start(1) > over.start(1)


def _mask_blocks(text: str) -> str:
    """Replace the lines of block texts by spaces, so that positions stay the same."""
    lines = text.split("\n")
    inside: int | None = None
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        if inside is not None and (not line.strip() or indent > inside):
            lines[i] = " " * len(line)
            continue
        header = _BLOCK_HEADER.match(line)
        inside = len(header.group(1)) if header else None
    return "\n".join(lines)
