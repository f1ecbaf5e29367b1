"""The part `answers` of an intent file: region → field → text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.editing.document import Document, Splice, entry, is_nothing
from app.editing.keys import (
    add_key,
    key_column,
    list_column,
    list_value,
    remove_key,
    text_value,
)
from app.editing.lists import change_list
from app.editing.replacing import STEP, replace_scalar
from app.errors import EditError

_ALWAYS_LISTS = frozenset({"windows", "windows_if_asked"})
_MAYBE_LISTS = frozenset({"source"})
"""A single text stands for a list of one."""


def change_answers(
    document: Document,
    wanted: Mapping[tuple[str, str], str],
    fields: Sequence[str],
    keys: Sequence[str],
) -> list[Splice]:
    """Return the changes of fields; an empty text takes its field out.

    Args:
        document: The file.
        wanted: (Region, field) → text that is not what the file says.
        fields: All fields of an answer in their usual order.
        keys: All keys of the file in their usual order.

    Raises:
        EditError: A part is written in braces and would have to grow or shrink.
    """
    if not wanted:
        return []
    pair = entry(document.root, "answers")
    regions = _by_region(wanted, fields)
    mapping = pair[1] if pair is not None else None
    if not isinstance(mapping, MappingNode) or not mapping.value:
        return [_add_answers(document, mapping, regions, fields, keys)]
    gone = {region for region in regions if _is_emptied(mapping, region, regions[region])}
    if gone and gone == {key.value for key, _ in mapping.value} and gone == set(regions):
        return [remove_key(document, document.root, "answers")]
    splices: list[Splice] = []
    added: list[Splice] = []
    for region, parts in regions.items():
        own = entry(mapping, region)
        if region in gone:
            splices.append(remove_key(document, mapping, region))
        elif own is not None and isinstance(own[1], MappingNode) and own[1].value:
            splices += _change_region(document, own[1], parts, fields)
        elif own is not None and is_nothing(own[1]):
            at = document.line_end(own[0].start_mark.index)
            column = key_column(document, mapping)
            splices.append(Splice(at, at, _region_lines(document, parts, column)))
        else:
            column = key_column(document, mapping)
            lines = document.newline + _region_lines(document, parts, column)
            added.append(add_key(document, mapping, region, lines, ()))
    return splices + added


def _by_region(
    wanted: Mapping[tuple[str, str], str], fields: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Return region → field → text, fields in their usual order."""
    regions: dict[str, dict[str, str]] = {}
    ranks = {name: rank for rank, name in enumerate(fields)}
    for (region, name), value in sorted(
        wanted.items(), key=lambda item: ranks.get(item[0][1], len(ranks))
    ):
        regions.setdefault(region, {})[name] = value
    return regions


def _is_emptied(mapping: MappingNode, region: str, parts: Mapping[str, str]) -> bool:
    """Tell whether nothing of a region is left."""
    own = entry(mapping, region)
    if own is None or not isinstance(own[1], MappingNode):
        return False
    left = {key.value for key, _ in own[1].value} - {n for n, value in parts.items() if not value}
    return not left and not any(parts.values())


def _add_answers(
    document: Document,
    node: Node | None,
    regions: Mapping[str, Mapping[str, str]],
    fields: Sequence[str],
    keys: Sequence[str],
) -> Splice:
    newline = document.newline
    lines = "".join(
        f"{' ' * STEP}{region}:{newline}{_region_lines(document, parts, STEP)}"
        for region, parts in regions.items()
    )
    if node is None:
        return add_key(document, document.root, "answers", newline + lines, keys)
    if not is_nothing(node):
        raise EditError("answers 应是一组“名称: 内容”", "先改成每个地区一段", document.line(node))
    at = document.line_end(node.start_mark.index)
    return Splice(at, at, lines)


def _region_lines(document: Document, parts: Mapping[str, str], column: int) -> str:
    """Return the fields of a new region whose key stands at `column`."""
    inner = column + STEP
    return "".join(
        f"{' ' * inner}{name}:{_field_value(document, name, value, inner)}"
        for name, value in parts.items()
        if value
    )


def _field_value(document: Document, name: str, value: str, column: int) -> str:
    newline = document.newline
    if name in _ALWAYS_LISTS or (name in _MAYBE_LISTS and "\n" in value):
        return list_value(value.split("\n"), list_column(document, column), newline)
    return text_value(value, column, newline)


def _change_region(
    document: Document, mapping: MappingNode, parts: Mapping[str, str], fields: Sequence[str]
) -> list[Splice]:
    column = key_column(document, mapping)
    splices: list[Splice] = []
    for name, value in parts.items():
        own = entry(mapping, name)
        if own is None:
            if value:
                lines = _field_value(document, name, value, column)
                splices.append(add_key(document, mapping, name, lines, fields))
        elif not value:
            splices.append(remove_key(document, mapping, name))
        else:
            is_flow = bool(mapping.flow_style)
            splices += _change_field(document, name, own, value, is_flow=is_flow)
    return splices


def _change_field(
    document: Document, name: str, own: tuple[ScalarNode, Node], value: str, *, is_flow: bool
) -> list[Splice]:
    key, node = own
    column = document.column(key.start_mark.index)
    if isinstance(node, SequenceNode):
        return change_list(document, node, value.split("\n"))
    if not isinstance(node, ScalarNode):
        raise EditError(f"{name} 应是一段文字", "请在文件里直接改", document.line(node))
    if name in _MAYBE_LISTS | _ALWAYS_LISTS and "\n" in value and not is_flow:
        lines = list_value(value.split("\n"), list_column(document, column), document.newline)
        start = key.end_mark.index
        colon = document.text.index(":", start) + 1
        return [Splice(colon, document.behind(node, column), lines)]
    return [replace_scalar(document, node, column, value, is_flow=is_flow, is_item=False)]
