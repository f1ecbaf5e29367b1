"""Keys added to a mapping and taken out of it."""

from __future__ import annotations

from collections.abc import Sequence

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.editing.document import Document, Splice, entry
from app.editing.replacing import STEP, block_of
from app.editing.scalars import may_be_block, written
from app.errors import EditError


def add_key(
    document: Document, mapping: MappingNode, key: str, value: str, order: Sequence[str]
) -> Splice:
    """Return the change that adds a key.

    Args:
        document: The text.
        mapping: A mapping in block style with at least one key.
        key: The new key.
        value: As `text_value` or `list_value` write it, for the column of this mapping's keys.
        order: All keys in their usual order: the new one stands behind those before it.

    Raises:
        EditError: The mapping is written in braces.
    """
    _check_block(document, mapping)
    before = set(order[: order.index(key)]) if key in order else set()
    pairs = mapping.value
    last = max((i for i, (k, _) in enumerate(pairs) if k.value in before), default=len(pairs) - 1)
    key_node, value_node = pairs[last]
    column = document.column(key_node.start_mark.index)
    at = max(document.behind(value_node, column), document.line_end(key_node.start_mark.index))
    return Splice(at, at, f"{' ' * column}{key}:{value}")


def remove_key(document: Document, mapping: MappingNode, key: str) -> Splice:
    """Return the change that takes a key out with its lines.

    Raises:
        EditError: The mapping is written in braces.
    """
    _check_block(document, mapping)
    pair = entry(mapping, key)
    if pair is None:
        raise KeyError(key)
    key_node, value = pair
    start = key_node.start_mark.index
    end = max(document.behind(value, document.column(start)), document.line_end(start))
    return Splice(document.line_start(start), end, "")


def text_value(value: str, column: int, newline: str) -> str:
    """Return what stands behind a new key's colon; below it where the text has several lines."""
    if "\n" in value and may_be_block(value):
        return f" {block_of(value, column, newline)}"
    return f" {written(value, '')}{newline}"


def list_value(values: Sequence[str], column: int, newline: str) -> str:
    """Return what stands behind a new key's colon: a list, an item a line."""
    lines = [f"{' ' * column}- {written(value, '')}{newline}" for value in values]
    return newline + "".join(lines)


def list_column(document: Document, column: int) -> int:
    """Return the column of dashes for a key at `column`, as the file's lists have it."""
    for key_node, value in document.root.value:
        if isinstance(value, SequenceNode) and value.value and not value.flow_style:
            own = document.column(key_node.start_mark.index)
            return column + document.column(document.dash(value.value[0])) - own
    return column + STEP


def key_column(document: Document, mapping: MappingNode) -> int:
    """Return the column of a block mapping's keys."""
    return document.column(mapping.value[0][0].start_mark.index)


def scalar_of(document: Document, node: Node, name: str) -> ScalarNode:
    """Return the node as a scalar.

    Raises:
        EditError: It is a list or a mapping.
    """
    if not isinstance(node, ScalarNode):
        raise EditError(f"{name} 应是一段文字", "句子里有“: ”时给整句加双引号", document.line(node))
    return node


def _check_block(document: Document, mapping: MappingNode) -> None:
    if mapping.flow_style:
        message = "这一段写在花括号 {} 里，不能增减内容"
        raise EditError(message, "先改成一行一个“名称: 内容”", document.line(mapping))
