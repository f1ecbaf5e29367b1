"""Where a file comes from: our own export, or another bot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.workbook.foreign import Foreign
from app.workbook.kinds import Kind
from app.workbook.layout import HEAD_SHEET, META_SHEET
from app.workbook.opening import open_workbook
from app.workbook.problems import refuse
from app.workbook.rasa import read_rasa
from app.workbook.tables import header_of, read_question_table


def recognise(files: Sequence[Path]) -> Kind:
    """Return where files come from, by their suffix and first rows.

    Raises:
        WorkbookError: A workbook cannot be opened.
    """
    if any(path.suffix.lower() in {".yml", ".yaml"} for path in files):
        return Kind.RASA
    if files[0].suffix.lower() not in {".csv", ".txt", ".tsv"}:
        with open_workbook(files[0]) as book:
            if {META_SHEET, HEAD_SHEET} & set(book.sheetnames):
                return Kind.YIBAO
    header = header_of(files[0])
    if any("标准问" in name for name in header):
        return Kind.WECHAT
    return Kind.TABLE


def read_foreign(kind: Kind, files: Sequence[Path]) -> Foreign:
    """Return the questions and answers of another bot's files.

    Raises:
        WorkbookError: They cannot be read as this kind.
    """
    if kind is Kind.RASA:
        return read_rasa(files)
    if len(files) != 1:
        raise refuse("一次只能导入一个表", "分几次导入")
    return read_question_table(files[0], needs_standard=kind is Kind.WECHAT)
