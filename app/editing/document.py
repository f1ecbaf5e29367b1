"""A YAML text with its nodes, and where in the text each begins and ends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from app.content.problems import ProblemList
from app.content.yaml_source import read_yaml
from app.errors import EditError

_FATAL = {"Y005", "Y010"}
"""Doubled keys and repeated parts: a change could hit the wrong one."""


@dataclass(frozen=True, slots=True)
class Splice:
    """Characters `start` to `end` give way to `text`."""

    start: int
    end: int
    text: str


class Document:
    """The text of one YAML file whose root is a mapping."""

    def __init__(self, text: str) -> None:
        """Read the text, which ends with a newline.

        Raises:
            EditError: It is not YAML, not a mapping, or says a thing twice.
        """
        problems = ProblemList()
        source = read_yaml("", text, problems)
        for problem in problems.ordered():
            if source is None or problem.rule in _FATAL:
                raise EditError(problem.message, problem.remedy, problem.line)
        root = YAML(typ="safe", pure=True).compose(text)
        if source is None or not isinstance(root, MappingNode):
            raise EditError("文件最外层应是一行行“名称: 内容”", "照别的文件的样子写", 1)
        self.text = text
        self.root = root
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def line_start(self, index: int) -> int:
        """Return the index of the first character of the line."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Return the index behind the end of the line, its newline included."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def column(self, index: int) -> int:
        """Return the 0-based column."""
        return index - self.line_start(index)

    def line(self, node: Node) -> int:
        """Return the 1-based line where a node begins."""
        return int(node.start_mark.line) + 1

    def raw(self, node: Node) -> str:
        """Return a node as it is written; not for block texts."""
        return self.text[node.start_mark.index : node.end_mark.index]

    def end(self, node: Node, parent: int) -> int:
        """Return the index behind a node's last character.

        Args:
            node: Any node; of a block text, the end of its last line with its newline.
            parent: Column of the key or dash that the node belongs to.
        """
        if isinstance(node, ScalarNode) and node.style in {"|", ">"}:
            return block_text(self, node, parent).end
        if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        if isinstance(node, SequenceNode):
            return self.end(last, self.column(self.dash(last)))
        key, value = last
        return max(self.end(value, self.column(key.start_mark.index)), int(key.end_mark.index))

    def behind(self, node: Node, parent: int) -> int:
        """Return the index of the line after the node's last line."""
        end = self.end(node, parent)
        at_line_start = end == self.line_start(end) and end > node.start_mark.index
        return end if at_line_start else self.line_end(end)

    def dash(self, item: Node) -> int:
        """Return the index of the dash before an item of a list.

        Raises:
            EditError: A comment or mark stands between them.
        """
        start = item.start_mark.index
        match = re.search(r"-\s*\Z", self.text[max(0, start - 200) : start])
        if match is None:
            raise EditError("这一项的“-”和内容没有写在一行", "写在一行", self.line(item))
        return int(start) - len(match.group())

    def spliced(self, splices: Iterable[Splice]) -> str:
        """Return the text with all splices made; at one place, in the order given."""
        parts = []
        done = 0
        for splice in sorted(splices, key=lambda s: (s.start, s.end)):
            parts += [self.text[done : splice.start], splice.text]
            done = splice.end
        return "".join([*parts, self.text[done:]])


@dataclass(frozen=True, slots=True)
class BlockText:
    """A text below `|` or `>`."""

    header_end: int
    """Behind `|-`."""
    body: int
    """Where the first line begins."""
    end: int
    """Behind the newline of the last line; blank lines only where they belong to the text."""
    indent: int
    """Columns before each line."""
    lines: tuple[str, ...]
    """As written, without newlines."""


def block_text(document: Document, node: ScalarNode, parent: int) -> BlockText:
    """Return where a block text stands; `parent` is the column of its key or dash."""
    text = document.text
    start = text.index(node.style, node.start_mark.index)
    header = re.compile(r"[|>][-+0-9]*").match(text, start)
    header_end = header.end() if header else start + 1
    mark = text[start:header_end]
    digits = "".join(filter(str.isdigit, mark))
    body = index = end = document.line_end(start)
    indent = parent + int(digits) if digits else 0
    while index < len(text):
        after = document.line_end(index)
        line = text[index:after].rstrip("\r\n")
        if line.strip(" "):
            width = len(line) - len(line.lstrip(" "))
            indent = indent or width
            if width < indent or width <= parent:
                break
            end = after
        elif "+" in mark:
            end = after
        index = after
    lines = text[body:end].replace("\r\n", "\n").split("\n")[:-1]
    return BlockText(header_end, body, end, indent if end > body else 0, tuple(lines))


def entry(mapping: MappingNode, key: str) -> tuple[ScalarNode, Node] | None:
    """Return key and value of a mapping, or None."""
    for key_node, value in mapping.value:
        if isinstance(key_node, ScalarNode) and key_node.value == key:
            return key_node, value
    return None


def is_nothing(node: Node) -> bool:
    """Tell whether nothing was written as the value."""
    return isinstance(node, ScalarNode) and node.style is None and node.value == ""
