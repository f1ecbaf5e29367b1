"""One scalar giving way to another text where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from ruamel.yaml.nodes import ScalarNode

from app.editing.document import BlockText, Document, Splice, block_text
from app.editing.scalars import block_header, block_lines, folded_lines, may_be_block, written

STEP = 2
"""Columns that a level is indented by, where nothing shows another habit."""


def replace_scalar(
    document: Document, node: ScalarNode, parent: int, value: str, *, is_flow: bool, is_item: bool
) -> Splice:
    """Return the change of one scalar.

    Args:
        document: The text it stands in.
        node: The scalar.
        parent: Column of its key or dash.
        value: Its new text.
        is_flow: It stands within brackets or braces.
        is_item: It is an item of a list, which stays on one line.
    """
    if node.style in {"|", ">"}:
        return _replace_block(document, node, parent, value)
    start, end = node.start_mark.index, node.end_mark.index
    rest = document.text[end : document.line_end(end)].strip()
    if "\n" in value and not (is_flow or is_item or rest) and may_be_block(value):
        lines = block_of(value, parent, document.newline).removesuffix(document.newline)
        if "+" not in lines.split("\n", 1)[0]:
            return Splice(start, end, _spaced(document, start) + lines)
    return Splice(start, end, _spaced(document, start) + written(value, node.style or "", is_flow))


def block_of(value: str, parent: int, newline: str) -> str:
    """Return `|-` and the lines of a text that `may_be_block`, with a newline at the end."""
    lines = [f"{' ' * (parent + STEP)}{line}" if line else "" for line in block_lines(value)]
    return newline.join([block_header(value, "|", STEP), *lines, ""])


def _spaced(document: Document, start: int) -> str:
    """Return the space that is missing where nothing was written behind a colon or dash."""
    return " " if document.text[max(start - 1, 0) : start] in {":", "-"} else ""


def _replace_block(document: Document, node: ScalarNode, parent: int, value: str) -> Splice:
    block = block_text(document, node, parent)
    text = document.text
    start = text.index(node.style, node.start_mark.index)
    header_rest = text[block.header_end : block.body]
    indent = block.indent or parent + STEP
    lines = _new_lines(node, block, value)
    blanks_follow = not text[block.end : document.line_end(block.end)].strip("\r\n")
    header = block_header(value, str(node.style), indent - parent) if lines is not None else ""
    if lines is None or indent - parent > 9 or ("+" in header and blanks_follow):
        return Splice(start, block.end, written(value, '"') + header_rest)
    old_mark = text[start : block.header_end]
    if old_mark[-1:] == header[-1:] and not value.startswith(" "):
        header = old_mark  # an indentation that was stated although it need not be
    kept = _keep(block, lines, " " * indent, str(node.style))
    body = "".join(f"{line}{document.newline}" for line in kept)
    return Splice(start, block.end, header + header_rest + body)


def _new_lines(node: ScalarNode, block: BlockText, value: str) -> list[str] | None:
    if not may_be_block(value):
        return None
    return folded_lines(value) if node.style == ">" else block_lines(value)


def _keep(block: BlockText, lines: Sequence[str], indent: str, style: str) -> list[str]:
    """Return the lines to write; lines that stay are written as they stood."""
    new = [indent + line if line else "" for line in lines]
    if style == ">":
        return new
    old = [line if line.strip(" ") else "" for line in block.lines]
    kept = list(new)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            kept[j1:j2] = block.lines[i1:i2]
    return kept
