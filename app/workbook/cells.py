"""Texts as cells that spreadsheet programs neither compute nor alter, and back.

A cell may not hold control characters; the file format writes them as `_x0007_`, and a text that
happens to look so with its underscore written as `_x005F_` (ECMA-376 part 1, 22.9.2.19 ST_Xstring).
"""

from __future__ import annotations

import re

from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LOOKS_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "'", "＝", "＋", "－", "＠")
"""What a spreadsheet program may take for a formula or command when the cell is edited."""


def encoded(text: str) -> str:
    """Return the text as the file format holds it."""
    text = _LOOKS_CODED.sub("_x005F_", text)
    text = _UNWRITABLE.sub(lambda found: f"_x{ord(found.group()):04X}_", text)
    if text and not text.strip():
        text = f"_x{ord(text[0]):04X}_{text[1:]}"
    return text


def decoded(text: str) -> str:
    """Return the text that `encoded` was given."""
    return _CODED.sub(lambda found: chr(int(found.group(1), 16)), text)


def write_text(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write a text that stays a text whatever it looks like.

    Args:
        sheet: Where to.
        row: 1-based.
        column: 1-based.
        text: Any text; longer than a cell holds it is cut, so check before.
    """
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise TypeError("a merged cell holds no text")
    cell.value = encoded(text)
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(_STARTS_FORMULA):
        cell.quotePrefix = True  # else Excel computes it as soon as somebody edits the cell
    return cell
