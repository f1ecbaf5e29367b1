"""YAML text to plain data, keeping the position of every node for messages.

The text is composed, not constructed: nodes carry their marks, and no scalar is turned into a
number, date or truth value behind an operator's back (`08` stays visible as what was typed).
Needs no C extension; about 3 ms for a file of 60 lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from app.content.problems import Place, ProblemList
from app.content.yaml_hints import (
    WIDE_DASH,
    explain,
    find_lookalikes,
    is_too_deep,
    misaligned_line,
    offset_place,
)

MAX_BYTES = 1_000_000
"""Of one content file; the largest that ships has some 60 KB."""
_FEW_NULS = 8
"""More NUL bytes at the beginning are UTF-16 without a mark, not a stray character."""

NodePath = tuple[str | int, ...]
"""Keys and list indexes from the root of a file to a node."""

_MERGE_TAG = "tag:yaml.org,2002:merge"
_STRING_TAG = "tag:yaml.org,2002:str"
_OTHER_TAGS = {
    "tag:yaml.org,2002:int": "数字",
    "tag:yaml.org,2002:float": "数字",
    "tag:yaml.org,2002:bool": "真假值",
    "tag:yaml.org,2002:null": "空值",
    "tag:yaml.org,2002:timestamp": "日期",
    "tag:yaml.org,2002:merge": "合并符号",
    "tag:yaml.org,2002:value": "默认值符号",
}
# What YAML 1.1 programs (most other YAML tools) read as a base-60 number: 12:30 becomes 750.
_CLOCK = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
# What YAML 1.1 programs read as true or false.
_TRUTH_WORD = re.compile(r"(?i:yes|no|on|off|y|n)")
_WIDE_QUOTES = re.compile(r"[＂＇].*", re.DOTALL)
_LONE_QUOTES = re.compile(r"“[^“”]*”|‘[^‘’]*’")
# Marks of direction and zero width, and what YAML takes for ends of lines. U+200D joins emoji.
INVISIBLE = re.compile("[\u0085\u00ad\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_DIRECTIVE = re.compile(r"(?m)^%[A-Z]")
_FULL_WIDTH_KEY = re.compile(r"(?m)^[ ]*(?:-[ ]+)?[a-z_]+(：)")


@dataclass(frozen=True, slots=True)
class PlainValue:
    """An unquoted scalar that YAML does not read as text."""

    text: str
    """As typed."""
    kind: str
    """What YAML takes it for, in Chinese; `空值` where nothing was typed."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a node stands: position of its first character, extent in the file's text."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class YamlSource:
    """A file's data with the position of every node."""

    file: str
    text: str
    data: Any
    """Nested dict, list, str and `PlainValue`."""
    values: dict[NodePath, Span] = field(repr=False)
    keys: dict[NodePath, Span] = field(repr=False)

    def place(self, path: NodePath = ()) -> Place:
        """Return where the value at `path` stands; of its nearest parent where it is absent."""
        span = self._span(path)
        return Place(self.file, span.line, span.column)

    def key_place(self, path: NodePath) -> Place:
        """Return where the key at `path` stands; the value's place for items of a list."""
        span = self.keys.get(path)
        return Place(self.file, span.line, span.column) if span else self.place(path)

    def find_key(self, path: NodePath, snippet: str) -> Place:
        """Return where `snippet` stands inside the key at `path`; the key where not found."""
        span = self.keys.get(path)
        at = self.text.find(snippet, span.start, span.end) if span else -1
        return offset_place(self.file, self.text, at) if at >= 0 else self.key_place(path)

    def find(self, path: NodePath, snippet: str | re.Pattern[str]) -> Place:
        """Return where `snippet` stands inside the value at `path`; the value where not found."""
        span = self._span(path)
        pattern = re.compile(re.escape(snippet)) if isinstance(snippet, str) else snippet
        match = pattern.search(self.text, span.start, span.end)
        if match is None or not match.group():
            return self.place(path)
        return offset_place(self.file, self.text, match.start())

    def _span(self, path: NodePath) -> Span:
        while path not in self.values:
            path = path[:-1]
        return self.values[path]


def decode(raw: bytes, file: str, problems: ProblemList) -> str | None:
    """Return the text of a content file, or None after reporting why it is not UTF-8 text."""
    if len(raw) > MAX_BYTES:
        problems.add("Y018", Place(file), f"文件有 {len(raw) / 1_000_000:.1f} MB，太大了")
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[:64].count(b"\0") > _FEW_NULS:
        problems.add("Y002", Place(file, 1, 1), "文件的编码是 UTF-16，不是 UTF-8")
        return None
    if raw.startswith(b"\xef\xbb\xbf"):
        problems.add("Y003", Place(file, 1, 1), "文件开头有看不见的 BOM 标记")
        raw = raw[3:]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        guess = "看起来是 GBK（记事本的“ANSI”）" if _is_gbk(raw) else "有损坏的字节"
        place = offset_place(file, before, len(before))
        problems.add("Y002", place, f"文件不是 UTF-8 编码，{guess}")
        return None
    if not text.strip():
        problems.add("Y004", Place(file, 0, 0), "文件是空的")
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_yaml(file: str, text: str, problems: ProblemList) -> YamlSource | None:
    """Return the data of a YAML text, or None after reporting why it cannot be read."""
    tabs = list(re.finditer(r"(?m)^[ \-]*(\t)", text))
    for match in tabs:
        problems.add("Y001", offset_place(file, text, match.start(1)), "缩进里有制表符（Tab）")
    invisible = list(INVISIBLE.finditer(text))
    for match in invisible:
        message = f"有看不见的控制字符 U+{ord(match.group()):04X}"
        place = offset_place(file, text, match.start())
        problems.add("Y011", place, message, "删掉这个字符，重新打一遍")
    for match in _DIRECTIVE.finditer(text):
        problems.add("Y010", offset_place(file, text, match.start()), "以 % 开头的行是 YAML 的指令")
        return None
    if tabs or invisible:
        return None
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        _report_marked(error, file, text, problems)
        return None
    except ReaderError as error:
        place = offset_place(file, text, error.position)
        code = error.character if isinstance(error.character, int) else ord(error.character)
        problems.add("Y011", place, f"有看不见的控制字符 U+{code:04X}", "删掉这个字符，重新打一遍")
        return None
    except (YAMLError, RecursionError):
        problems.add("Y011", Place(file, 0, 0), "这个文件的写法程序读不懂")
        return None
    if root is None:
        problems.add("Y004", Place(file, 0, 0), "文件里只有注释，没有内容")
        return None
    return _Converter(file, text, problems).convert(root)


def _is_gbk(raw: bytes) -> bool:
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _report_marked(error: MarkedYAMLError, file: str, text: str, problems: ProblemList) -> None:
    """Report the likely cause where one is seen, else what the parser stumbled over."""
    found = find_lookalikes(file, text)
    for rule, place, message in found:
        problems.add(rule, place, message)
    if not found:
        message, remedy, use_context = explain(str(error.context or ""), str(error.problem or ""))
        opened, stuck = error.context_mark, error.problem_mark
        if opened and stuck and "flow" in str(error.context) and opened.line < stuck.line:
            use_context = True  # the bracket that is not closed, not the line after it
        mark = (opened if use_context else None) or stuck
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        if mark and stuck and mark is stuck:
            at = misaligned_line(text, mark.line) if "对不齐" in message else mark.line
            if at != mark.line:
                message, remedy = "这一行和下面对不齐", "同一级的内容缩进要相同，每级两个空格"
            elif "mapping values" in str(error.problem) and is_too_deep(text, at):
                message, remedy = "这一行缩进得太深，上一行已经有内容了", "和上一行的名称对齐"
            else:
                at = -1
            place = _first_of(file, text, at) if at >= 0 else place
        rule = "Y010" if "undefined alias" in str(error.problem) else "Y011"
        problems.add(rule, place, message, remedy)


def _first_of(file: str, text: str, line: int) -> Place:
    """Return where a line, counted from 0, has its first character."""
    typed = text.split("\n")[line]
    return Place(file, line + 1, len(typed) - len(typed.lstrip(" ")) + 1)


class _Converter:
    """Turns nodes into data and remembers where each stood."""

    def __init__(self, file: str, text: str, problems: ProblemList) -> None:
        self._file = file
        self._text = text
        self._problems = problems
        self._values: dict[NodePath, Span] = {}
        self._keys: dict[NodePath, Span] = {}
        self._seen: set[int] = set()
        self._unusable = False

    def convert(self, root: Node) -> YamlSource | None:
        """Return the source; None where a part repeats or merges another, which is reported."""
        data = self._value(root, ())
        if self._unusable:
            return None
        return YamlSource(self._file, self._text, data, self._values, self._keys)

    def _value(self, node: Node, path: NodePath) -> Any:
        span = _span(node)
        self._values[path] = span
        place = Place(self._file, span.line, span.column)
        if id(node) in self._seen:
            self._unusable = True
            return ""
        self._seen.add(id(node))
        if node.anchor:
            self._problems.add("Y010", place, f"用了 & 和 * 来重复内容“{node.anchor}”")
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path, place)
        return [self._value(child, (*path, i)) for i, child in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: NodePath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            span = _span(key_node)
            place = Place(self._file, span.line, span.column)
            if not isinstance(key_node, ScalarNode):
                self._problems.add("Y011", place, "冒号左边应是一个名称")
                continue
            key = str(key_node.value)
            if str(key_node.tag) == _MERGE_TAG:
                self._problems.add("Y010", place, "用了 << 来合并内容")
                self._unusable = True
                continue
            if key_node.anchor:
                self._problems.add("Y010", place, f"用了 & 和 * 来重复内容“{key_node.anchor}”")
            if key in data:
                first = self._keys[(*path, key)].line
                self._problems.add("Y005", place, f"“{key}”写了两次，第一次在第 {first} 行")
                continue
            if key_node.style is None and key_node.tag != _STRING_TAG:
                kind = _OTHER_TAGS.get(str(key_node.tag), "")
                self._problems.add("Y008", place, f"名称 {key} 没有加引号，会被当作{kind}")
            if key_node.style is None and _TRUTH_WORD.fullmatch(key):
                self._problems.add("Y009", place, f"名称 {key} 在别的软件里会变成真假值")
            self._keys[(*path, key)] = span
            data[key] = self._value(value_node, (*path, key))
        return data

    def _scalar(self, node: ScalarNode, path: NodePath, place: Place) -> str | PlainValue:
        text = str(node.value)
        tag = str(node.tag)
        if tag == _STRING_TAG:
            if node.style is None:
                self._check_plain(text, path, place)
            return text
        if tag not in _OTHER_TAGS or node.style is not None:
            self._problems.add("Y010", place, f"用了类型标记 {tag}")
            return text
        return PlainValue(text, _OTHER_TAGS[tag])

    def _check_plain(self, text: str, path: NodePath, place: Place) -> None:
        if _CLOCK.fullmatch(text):
            self._problems.add("Y009", place, f"没有加引号的 {text} 在别的软件里会变成一个数字")
        if _TRUTH_WORD.fullmatch(text):
            self._problems.add("Y009", place, f"没有加引号的 {text} 在别的软件里会变成真假值")
        if _WIDE_QUOTES.fullmatch(text):
            self._problems.add("Y017", place, "引号是全角的")
        if _LONE_QUOTES.fullmatch(text):
            self._problems.add("Y020", place, f"引号会原样显示：{text}")
        span = self._values[path]
        raw = self._text[span.start : span.end]
        for match in _FULL_WIDTH_KEY.finditer(raw):
            at = offset_place(self._file, self._text, span.start + match.start(1))
            self._problems.add("Y006", at, f"“{match.group().strip()}”用了全角冒号")
        dashes = list(WIDE_DASH.finditer(raw)) if "\n" in raw else []
        for match in dashes:
            self._unusable = True  # a list that is taken for one text would be told again
            at = offset_place(self._file, self._text, span.start + match.start(1))
            self._problems.add("Y007", at, "列表用了不是半角的横线")
        if dashes:
            return
        line_end = raw.find("\n")
        if line_end >= 0 and not _FULL_WIDTH_KEY.search(raw):
            following = span.start + line_end
            following += len(self._text[following:]) - len(self._text[following:].lstrip())
            is_item = self._text.startswith("-", following)
            message = "这一行的“-”没有和上面的对齐" if is_item else "这一行会接到上一行的后面"
            place = offset_place(self._file, self._text, following)
            self._problems.add("Y016", place, message)


def _span(node: Node) -> Span:
    start, end = node.start_mark, node.end_mark
    return Span(start.line + 1, start.column + 1, start.index, end.index)
