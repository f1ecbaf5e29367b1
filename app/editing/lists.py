"""A list of texts changed item by item; items that stay are not touched, nor are comments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from ruamel.yaml.nodes import Node, ScalarNode, SequenceNode

from app.editing.document import Document, Splice
from app.editing.replacing import replace_scalar
from app.editing.scalars import written
from app.errors import EditError


def items_of(document: Document, node: Node, name: str) -> tuple[str, ...]:
    """Return the texts of a list.

    Raises:
        EditError: It is no list, or an item is more than a text.
    """
    if not isinstance(node, SequenceNode):
        raise EditError(f"{name} 应是列表", "每项一行，以“- ”开头", document.line(node))
    for item in node.value:
        if not isinstance(item, ScalarNode):
            message = f"{name} 的这一项不是一句话"
            raise EditError(message, "句子里有“: ”时给整句加双引号", document.line(item))
    return tuple(str(item.value) for item in node.value)


def change_list(document: Document, node: SequenceNode, new: Sequence[str]) -> list[Splice]:
    """Return the changes that make a list of scalars, not empty afterwards, say `new`."""
    if node.flow_style or not node.value:
        return [_change_flow(document, node, new)]
    return _change_block(document, node, new)


def list_style(items: Sequence[ScalarNode]) -> str:
    """Return the quotes that all items have; an empty text where one goes without."""
    styles = {item.style if item.style in {"'", '"'} else "" for item in items}
    if not items or "" in styles:
        return ""
    return Counter(str(item.style) for item in items).most_common(1)[0][0]


def _change_block(document: Document, node: SequenceNode, new: Sequence[str]) -> list[Splice]:
    items: list[ScalarNode] = node.value
    old = [str(item.value) for item in items]
    dashes = [document.dash(item) for item in items]
    style = list_style(items)
    first = document.text[document.line_start(dashes[0]) : dashes[0]]
    lead = " " * len(first) if first.strip() else first
    gap = document.text[dashes[0] + 1 : items[0].start_mark.index]
    gap = gap if gap and not gap.strip(" ") else " "

    def line(value: str) -> str:
        return f"{lead}-{gap}{written(value, style)}{document.newline}"

    def behind(i: int) -> int:
        return document.behind(items[i], document.column(dashes[i]))

    splices = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, list(new), autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(i2 - i1, j2 - j1)
        for i, j in zip(range(i1, i1 + paired), range(j1, j1 + paired), strict=True):
            column = document.column(dashes[i])
            splices.append(
                replace_scalar(document, items[i], column, new[j], is_flow=False, is_item=True)
            )
        splices += [
            Splice(document.line_start(dashes[i]), behind(i), "") for i in range(i1 + paired, i2)
        ]
        added = "".join(map(line, new[j1 + paired : j2]))
        if added:
            at = behind(i1 + paired - 1) if i1 + paired else document.line_start(dashes[0])
            splices.append(Splice(at, at, added))
    return splices


def _change_flow(document: Document, node: SequenceNode, new: Sequence[str]) -> Splice:
    """Write a list in brackets anew; items that stay, and what stood between them, as it was."""
    items: list[ScalarNode] = node.value
    text = document.text
    start, end = node.start_mark.index, node.end_mark.index
    if not items:
        return Splice(start, end, "[" + ", ".join(written(v, "", is_flow=True) for v in new) + "]")
    starts = [item.start_mark.index for item in items]
    ends = [item.end_mark.index for item in items]
    between = [text[a:b] for a, b in zip(ends, starts[1:], strict=False)]
    usual = next((gap for gap in between if "#" not in gap), ", ")
    style = list_style(items)
    raw = [document.raw(item) for item in items]
    pieces: list[tuple[int, str]] = []
    old = [str(item.value) for item in items]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, list(new), autojunk=False).get_opcodes():
        if tag == "equal":
            pieces += [(i, raw[i]) for i in range(i1, i2)]
        else:
            pieces += [(-1, written(value, style, is_flow=True)) for value in new[j1:j2]]
    inner = pieces[0][1]
    for (before, _), (index, piece) in pairwise(pieces):
        was_next = before >= 0 and index == before + 1
        inner += (between[before] if was_next else usual) + piece
    return Splice(start, end, text[start : starts[0]] + inner + text[ends[-1] : end])
