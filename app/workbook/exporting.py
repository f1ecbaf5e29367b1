"""Content into a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.editing.intent_file import text_digest
from app.workbook.cells import encoded, write_text
from app.workbook.content import IntentText, part_digest, parts_of
from app.workbook.layout import (
    ANSWER_SHEET,
    FIELD_NAMES,
    FORMAT,
    HEAD_COLUMNS,
    HEAD_SHEET,
    HELP,
    HELP_SHEET,
    KINDS,
    LIST_SHEETS,
    MAX_CELL_CHARS,
    MAX_ROWS,
    META_SHEET,
    SHEETS,
    VERSION,
)
from app.workbook.problems import CellProblem, WorkbookError

_HEAD_FILL = PatternFill("solid", fgColor="FFDDEBF7")
_ID_FILL = PatternFill("solid", fgColor="FFF2F2F2")
_WRAP = Alignment(wrap_text=True, vertical="top")
_TOP = Alignment(vertical="top")


def export_bytes(
    intents: Mapping[str, IntentText],
    regions: Iterable[str],
    revision: str,
    step: Callable[[], None] = lambda: None,
) -> bytes:
    """Return the workbook as bytes of an `.xlsx` file.

    Args:
        intents: By id, as `read_intents` gives them.
        regions: All regions, offered as choices.
        revision: Of the content, kept for later.
        step: Called once for every intent.

    Raises:
        WorkbookError: A text is longer than a cell holds.
    """
    book = Workbook(write_only=False)
    book.remove(book.worksheets[0])
    _write_help(_add_sheet(book, HELP_SHEET))
    sheets = {name: _new_sheet(book, name) for name in SHEETS}
    used = dict.fromkeys(SHEETS, 1)
    problems: list[CellProblem] = []
    for name, file in intents.items():
        for title, texts in _rows(name, file):
            used[title] += 1
            _write_row(sheets[title], used[title], texts, problems)
        step()
    if problems:
        raise WorkbookError(tuple(problems))
    _offer_choices(sheets, sorted(regions))
    for sheet in sheets.values():
        sheet.auto_filter.ref = sheet.dimensions
    _write_meta(_add_sheet(book, META_SHEET), intents, revision)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _rows(name: str, file: IntentText) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield (sheet, texts of the row)."""
    intent = file.intent
    yield HEAD_SHEET, (name, *(getattr(intent, key) for key in HEAD_COLUMNS))
    for region, fields in intent.answers.items():
        for field, text in fields.items():
            shown = FIELD_NAMES.get(field, field)
            yield ANSWER_SHEET, (name, intent.title, region, shown, text)
    for key, sheet in LIST_SHEETS.items():
        for item in getattr(intent, key):
            yield sheet, (name, intent.title, item)


def _add_sheet(book: Workbook, name: str) -> Worksheet:
    sheet: Worksheet = book.create_sheet(name)
    return sheet


def _new_sheet(book: Workbook, name: str) -> Worksheet:
    sheet = _add_sheet(book, name)
    for number, column in enumerate(SHEETS[name], 1):
        cell = write_text(sheet, 1, number, column.name)
        cell.font = Font(bold=True)
        cell.fill = _HEAD_FILL
        cell.comment = Comment(column.note, "yibao", width=320, height=90)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        # Rows that operators add are text too: Excel would make 08 an 8 and 12-16 a day.
        sheet.column_dimensions[letter].number_format = "@"
    sheet.freeze_panes = "B2"
    return sheet


def _write_row(
    sheet: Worksheet, row: int, texts: tuple[str, ...], problems: list[CellProblem]
) -> None:
    for column, text in enumerate(texts, 1):
        if len(encoded(text)) > MAX_CELL_CHARS:
            message = f"这段文字有 {len(text)} 个字，超过单元格的 {MAX_CELL_CHARS}"
            problems.append(CellProblem(sheet.title, row, column, message, "在文件里分开"))
            continue
        if not text:
            continue
        cell = write_text(sheet, row, column, text)
        cell.alignment = _WRAP if "\n" in text or column == len(texts) else _TOP
        if column == 1:
            cell.fill = _ID_FILL


def _offer_choices(sheets: Mapping[str, Worksheet], regions: list[str]) -> None:
    """Let Excel offer, and check, what a column may say."""
    ids = f"{HEAD_SHEET}!$A$2:$A$2000"
    for name, sheet in sheets.items():
        if name != HEAD_SHEET:
            _choice(sheet, "A", ids, "编号要先在“问答”表里有")
    _choice(sheets[HEAD_SHEET], "B", _listed(KINDS), "只能选列表里的种类")
    _choice(sheets[ANSWER_SHEET], "C", _listed(regions), "只能选列表里的地区")
    _choice(sheets[ANSWER_SHEET], "D", _listed(FIELD_NAMES.values()), "只能选列表里的栏目")
    _choice(sheets[LIST_SHEETS["related"]], "C", ids, "要写“问答”表里有的编号")
    _choice(sheets[LIST_SHEETS["regions"]], "C", _listed(regions), "只能选列表里的地区")


def _listed(values: Iterable[str]) -> str:
    return '"' + ",".join(values) + '"'


def _choice(sheet: Worksheet, column: str, source: str, message: str) -> None:
    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.error = message
    rule.errorTitle = "写法不对"
    rule.add(f"{column}2:{column}{MAX_ROWS}")
    sheet.add_data_validation(rule)


def _write_help(sheet: Worksheet) -> None:
    sheet.column_dimensions["A"].width = 110
    for row, line in enumerate(HELP, 1):
        if line:
            write_text(sheet, row, 1, line).alignment = _WRAP
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.protection.sheet = True


def _write_meta(sheet: Worksheet, intents: Mapping[str, IntentText], revision: str) -> None:
    """Write what the import compares with: a digest of every file and of every part shown."""
    lines = [(FORMAT, str(VERSION), revision), ("编号", "部分", "摘要")]
    for name, file in intents.items():
        lines.append((name, "", text_digest(file.text)))
        lines += [(name, part, part_digest(value)) for part, value in parts_of(file.intent).items()]
    for row, texts in enumerate(lines, 1):
        for column, text in enumerate(texts, 1):
            if text:
                write_text(sheet, row, column, text)
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True
