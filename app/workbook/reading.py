"""A workbook that operators changed, as what it says about every intent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import cast

from app.content.field_types import ID_PATTERN
from app.content.problems import did_you_mean
from app.workbook.cells import decoded
from app.workbook.layout import (
    ANSWER_SHEET,
    FIELD_NAMES,
    FORMAT,
    HEAD_COLUMNS,
    HEAD_SHEET,
    ID_COLUMN,
    LIST_SHEETS,
    MAX_ROWS,
    META_SHEET,
    SHEETS,
    TEXT_COLUMN,
    VERSION,
)
from app.workbook.opening import check_sheets, open_workbook, require
from app.workbook.problems import CellProblem, refuse
from app.workbook.rows import ReadSheet, Row, rows_of

_FIELDS = {shown: name for name, shown in FIELD_NAMES.items()}
_MOST_HINTS = 100
_EXPORT_ANEW = "用 yibao export 重新导出一份，把改动写进去"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and where it stands."""

    text: str
    row: Row
    column: str

    def problem(self, message: str, remedy: str = "") -> CellProblem:
        """Return a problem of this cell."""
        return self.row.problem(self.column, message, remedy)


@dataclass(slots=True)
class BookIntent:
    """What the workbook says about one intent."""

    row: Row
    """Its row in the first sheet."""
    head: dict[str, Cell] = field(default_factory=dict)
    lists: dict[str, list[Cell]] = field(default_factory=dict)
    answers: dict[tuple[str, str], Cell] = field(default_factory=dict)

    def part(self, name: str) -> tuple[str | tuple[str, ...], Cell | None]:
        """Return value and first cell of a part (see `content.parts_of`)."""
        if name in HEAD_COLUMNS:
            cell = self.head.get(name)
            return (cell.text, cell) if cell else ("", None)
        if name in LIST_SHEETS:
            cells = self.lists.get(name, [])
            return tuple(c.text for c in cells), cells[0] if cells else None
        _, region, field_name = name.split("/", 2)
        cell = self.answers.get((region, field_name))
        return (cell.text, cell) if cell else ("", None)

    def part_names(self) -> list[str]:
        """Return the names of all parts that the workbook fills."""
        answers = [f"answers/{region}/{name}" for region, name in self.answers]
        return [*self.head, *(key for key, cells in self.lists.items() if cells), *answers]


@dataclass(slots=True)
class Book:
    """A workbook."""

    revision: str
    digests: Mapping[tuple[str, str], str]
    """(Id, part) → digest as exported; the part `""` is the whole file."""
    intents: dict[str, BookIntent]
    problems: list[CellProblem]


def read_book(path: Path, step: Callable[[str], None] = lambda name: None) -> Book:
    """Return what an exported workbook says now; problems of cells are in the result.

    Memory and time are bounded: sheets are read row by row, up to a cap of rows.

    Args:
        path: The file.
        step: Called with the name of every sheet before it is read.

    Raises:
        WorkbookError: It is no workbook, not an exported one, or of another version.
    """
    with open_workbook(path) as book:
        sheets = {sheet.title: cast("ReadSheet", sheet) for sheet in book.worksheets}
        if META_SHEET not in sheets:
            message = "这不是 yibao export 导出的工作簿（没有“版本”表）"
            raise refuse(message, "别的机器人的问答表，用 --from 说明是哪一种")
        revision, digests = _read_meta(sheets[META_SHEET])
        problems = check_sheets(path, book, tuple(SHEETS))
        require([p for p in problems if not p.sheet])
        result = Book(revision, digests, {}, problems)
        reader = _Reader(result)
        for name in SHEETS:
            step(name)
            reader.read(name, sheets[name])
    return result


def _read_meta(sheet: ReadSheet) -> tuple[str, dict[tuple[str, str], str]]:
    sheet.reset_dimensions()
    rows = ([_meta_text(cell.value) for cell in cells] for cells in sheet.iter_rows())
    first = [*next(rows, []), "", "", ""]
    if first[0] != FORMAT:
        raise refuse("“版本”表被改过，认不出是哪一版", _EXPORT_ANEW)
    if first[1] != str(VERSION):
        message = f"这个文件是第 {first[1]} 版的格式，程序要第 {VERSION} 版"
        raise refuse(message, _EXPORT_ANEW)
    digests = {}
    for texts in islice(rows, MAX_ROWS):
        if len(texts) >= 3 and re.fullmatch("[0-9a-f]{16}", texts[2]):
            digests[texts[0], texts[1]] = texts[2]
    return first[2], digests


def _meta_text(value: object) -> str:
    return decoded(value) if isinstance(value, str) else ""


class _Reader:
    """Reads sheets into a book, one after the other; the first names all intents."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._problems = book.problems

    def read(self, name: str, sheet: ReadSheet) -> None:
        wanted = [column.name for column in SHEETS[name] if "参考" not in column.name]
        for row in rows_of(sheet, wanted, wanted, self._problems):
            if name == HEAD_SHEET:
                self._read_head(row)
            elif name == ANSWER_SHEET:
                self._read_answer(row)
            else:
                self._read_item(row)

    def _read_head(self, row: Row) -> None:
        name = row.texts[ID_COLUMN]
        if not re.fullmatch(ID_PATTERN, name):
            self._report_id(row, name)
            return
        if name in self._book.intents:
            first = self._book.intents[name].row.number
            message = f"编号 {name} 重复了，第一次在第 {first} 行"
            self._problems.append(row.problem(ID_COLUMN, message, "删掉多的一行"))
            return
        intent = BookIntent(row)
        for key, column in HEAD_COLUMNS.items():
            if row.texts[column]:
                intent.head[key] = Cell(row.texts[column], row, column)
        self._book.intents[name] = intent

    def _read_item(self, row: Row) -> None:
        intent = self._intent(row)
        key = next(key for key, sheet in LIST_SHEETS.items() if sheet == row.sheet)
        if intent is not None and self._has_text(row):
            cell = Cell(row.texts[TEXT_COLUMN], row, TEXT_COLUMN)
            intent.lists.setdefault(key, []).append(cell)

    def _read_answer(self, row: Row) -> None:
        intent = self._intent(row)
        region, shown = row.texts["地区"], row.texts["栏目"]
        name = _FIELDS.get(shown, shown)
        if not re.fullmatch(ID_PATTERN, region):
            message = f"“{region}”不是地区的英文名" if region else "缺少地区"
            self._problems.append(row.problem("地区", message, "从下拉列表里选"))
            return
        if not re.fullmatch(ID_PATTERN, name):
            message = f"不认识的栏目“{shown}”{did_you_mean(shown, _FIELDS)}"
            self._problems.append(row.problem("栏目", message, "从下拉列表里选"))
            return
        if intent is None or not self._has_text(row):
            return
        place = (region, name)
        if place in intent.answers:
            first = intent.answers[place].row.number
            message = f"同一个问答、地区、栏目写了两行，第一次在第 {first} 行"
            self._problems.append(row.problem(ID_COLUMN, message, "删掉多的一行"))
            return
        intent.answers[place] = Cell(row.texts[TEXT_COLUMN], row, TEXT_COLUMN)

    def _has_text(self, row: Row) -> bool:
        if row.texts[TEXT_COLUMN]:
            return True
        own = row.columns[TEXT_COLUMN]
        if not any(p.sheet == row.sheet and (p.row, p.column) == (row.number, own)
                   for p in self._problems[-3:]):  # fmt: skip
            self._problems.append(row.problem(TEXT_COLUMN, "内容是空的", "填上，或删掉整行"))
        return False

    def _intent(self, row: Row) -> BookIntent | None:
        name = row.texts[ID_COLUMN]
        intent = self._book.intents.get(name)
        if intent is None:
            self._report_id(row, name)
        return intent

    def _report_id(self, row: Row, name: str) -> None:
        """Report an id that is none, or is not in the first sheet."""
        narrow = unicodedata.normalize("NFKC", name).strip()
        if not name:
            message, remedy = "缺少编号", "写上问答的编号，或删掉整行"
        elif narrow != name and re.fullmatch(ID_PATTERN, narrow):
            message, remedy = f"编号“{name}”里有全角字符或空格", f"改成 {narrow}"
        elif not re.fullmatch(ID_PATTERN, name):
            message, remedy = f"编号“{name}”不能用", "只用小写字母、数字和下划线，以字母开头"
        else:
            # Comparing with every id takes milliseconds: a mispasted sheet has 50,000 wrong ones.
            few = len(self._problems) < _MOST_HINTS
            hint = did_you_mean(name, self._book.intents) if few else ""
            message = f"“问答”表里没有编号 {name}{hint}"
            remedy = "先在“问答”表加一行；要删掉这个问答，就把这一行也删掉"
        self._problems.append(row.problem(ID_COLUMN, message, remedy))
