"""The rows of one sheet as texts, each cell checked for being a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from app.workbook.cells import decoded
from app.workbook.layout import MAX_ROWS
from app.workbook.problems import CellProblem


class ReadCell(Protocol):
    """A cell of a sheet opened for reading."""

    @property
    def value(self) -> object:
        """What it holds; None where it is empty."""

    @property
    def data_type(self) -> str:
        """`s` text, `n` number, `b` truth value, `d` day, `e` error, `f` formula."""


class ReadSheet(Protocol):
    """A sheet opened for reading row by row."""

    title: str

    def reset_dimensions(self) -> None:
        """Forget what the file says about its size."""

    def iter_rows(self) -> Iterator[tuple[ReadCell, ...]]:
        """Yield the cells of every row from the first."""


_AS_TEXT = "把单元格格式改成“文本”，再重新输入"


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds anything."""

    sheet: str
    number: int
    """1-based."""
    texts: Mapping[str, str]
    """Column → text; an empty text where nothing is written."""
    columns: Mapping[str, int]

    def problem(self, column: str, message: str, remedy: str = "") -> CellProblem:
        """Return a problem of one cell of this row."""
        return CellProblem(self.sheet, self.number, self.columns.get(column, 0), message, remedy)


def rows_of(
    sheet: ReadSheet, wanted: Sequence[str], needed: Sequence[str], problems: list[CellProblem]
) -> Iterator[Row]:
    """Yield the rows below the header; what is wrong is added to `problems`.

    Args:
        sheet: A sheet opened for reading row by row.
        wanted: Columns to read; others are ignored.
        needed: Those of them that must be there.
        problems: Grows.
    """
    sheet.reset_dimensions()  # what the file says about its size may be a lie
    rows = sheet.iter_rows()
    header = [_plain(cell) for cell in next(rows, ())]
    columns = {name: number for number, name in reversed(list(enumerate(header, 1))) if name}
    for name in wanted:
        if name in needed and name not in columns:
            message = f"第一行没有“{name}”这一列"
            problems.append(CellProblem(sheet.title, 1, 0, message, "表头不要改；照导出的样子补上"))
        if header.count(name) > 1:
            message = f"第一行有两个“{name}”"
            problems.append(CellProblem(sheet.title, 1, columns[name], message, "只留一列"))
    if any(name not in columns for name in needed):
        return
    own = {name: columns[name] for name in wanted if name in columns}
    for number, cells in enumerate(rows, 2):
        if all(cell.value is None for cell in cells):
            continue
        if number > MAX_ROWS:
            message = f"这张表超过 {MAX_ROWS} 行，后面的没有读"
            problems.append(CellProblem(sheet.title, number, 0, message, "分成几次导入"))
            return
        texts = {
            name: _text(sheet.title, number, column, cells, problems)
            for name, column in own.items()
        }
        if any(texts.values()):
            yield Row(sheet.title, number, texts, own)


def _plain(cell: ReadCell) -> str:
    return cell.value.strip() if isinstance(cell.value, str) else ""


def _text(
    sheet: str, row: int, column: int, cells: Sequence[ReadCell], problems: list[CellProblem]
) -> str:
    """Return a cell's text; an empty one after telling why it is none."""
    cell = cells[column - 1] if column <= len(cells) else None
    if cell is None or cell.value is None:
        return ""
    if cell.data_type == "s":
        return decoded(str(cell.value)).replace("\r\n", "\n")
    message, remedy = _why_no_text(cell)
    problems.append(CellProblem(sheet, row, column, message, remedy))
    return ""


def _why_no_text(cell: ReadCell) -> tuple[str, str]:
    value = cell.value
    if cell.data_type == "f":
        return "这里是公式，不是文字", "复制，用“选择性粘贴→数值”贴回来，或在前面加一个单引号"
    if cell.data_type == "e":
        return f"这里是 Excel 的错误值 {value}", "重新输入文字"
    if isinstance(value, bool):
        return f"这里是真假值 {'TRUE' if value else 'FALSE'}，不是文字", _AS_TEXT
    if isinstance(value, datetime | date):
        return f"这里被 Excel 变成了日期 {value:%Y-%m-%d}", _AS_TEXT
    if isinstance(value, time):
        return f"这里被 Excel 变成了时间 {value:%H:%M}", _AS_TEXT
    return f"这里是数字 {value}，不是文字", _AS_TEXT
