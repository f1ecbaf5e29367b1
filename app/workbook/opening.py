"""A file that somebody sends as a workbook: opened only where that is safe."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from app.workbook.problems import CellProblem, WorkbookError, refuse

MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 400_000_000
"""100,000 rows of text unpack to some 30 MB; a zip bomb to a thousand times its size."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+(?::[A-Z]+[0-9]+)?)"')
_CHUNK = 1 << 20
_BROKEN_XML = SyntaxError
"""What both parsers that openpyxl may use derive theirs from: expat's, and lxml's if there."""
_SAVE_AS = "用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”"


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open an `.xlsx` file for reading, formulas as formulas; sheets are read row by row.

    Raises:
        WorkbookError: It is something else, has a password, is broken or far too large.
    """
    _check_kind(path)
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except (
        InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, _BROKEN_XML,
        OSError, EOFError, AttributeError, IndexError,
    ) as error:  # fmt: skip
        raise refuse("文件坏了，读不出来", _SAVE_AS) from error
    try:
        yield book
    except (zipfile.BadZipFile, _BROKEN_XML, EOFError) as error:
        raise refuse("文件坏了，读到一半读不下去", _SAVE_AS) from error
    finally:
        book.close()


def merged_cells(path: Path) -> dict[str, list[str]]:
    """Return, by file in the archive, the ranges of merged cells; `open_workbook` hides them."""
    found: dict[str, list[str]] = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            with archive.open(name) as file:
                rest = b""
                while chunk := file.read(_CHUNK):
                    text = rest + chunk
                    matches = list(_MERGED.finditer(text))
                    found.setdefault(name, []).extend(m.group(1).decode() for m in matches)
                    rest = text[max(matches[-1].end() if matches else 0, len(text) - 200) :]
    return found


def _check_kind(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_CHUNK) if size <= MAX_FILE_BYTES else b""
    except OSError as error:
        raise refuse(f"打不开 {path}：{error.strerror}") from error
    if size > MAX_FILE_BYTES:
        raise refuse(f"文件有 {size // 1_000_000} MB，太大了", "删掉图片和不用的表，再另存一份")
    if head.startswith(_OLE):
        raise refuse(*_ole_message(path))
    if not head.startswith(b"PK"):
        raise refuse("这不是 Excel 工作簿（.xlsx）", _SAVE_AS)
    _check_archive(path)


def _ole_message(path: Path) -> tuple[str, str]:
    if _ENCRYPTED in path.read_bytes():
        return "文件有密码，打不开", "在 Excel 里“文件→信息→保护工作簿”去掉密码，再存盘"
    return "这是旧版的 .xls 文件", _SAVE_AS


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            broken = any(entry.flag_bits & 1 for entry in entries)
            names = {entry.filename for entry in entries}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise refuse("文件坏了，可能没有传完整", "请对方重新发一份") from error
    if broken:
        raise refuse("压缩包有密码，打不开", "去掉密码再存盘")
    if "xl/workbook.xml" not in names:
        raise refuse("这不是 Excel 工作簿（.xlsx）", _SAVE_AS)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        message = f"文件展开有 {unpacked // 1_000_000} MB，太大了"
        raise refuse(message, "只留下要导入的表和行")


def check_sheets(path: Path, book: Workbook, wanted: tuple[str, ...]) -> list[CellProblem]:
    """Return problems of sheets: missing ones, charts, merged cells."""
    problems = []
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    ranges = merged_cells(path)
    for name in wanted:
        sheet = sheets.get(name)
        if sheet is None:
            message = f"文件里没有“{name}”这张表"
            near = next((title for title in sheets if title.strip() == name), "")
            remedy = f"把“{near}”改名为“{name}”" if near else "表名不要改；删掉的请重新导出"
            problems.append(CellProblem("", 0, 0, message, remedy))
            continue
        part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
        problems += [
            CellProblem(name, *_corner(area), f"{area} 是合并的单元格", "取消合并，每格都填上")
            for area in ranges.get(part, ())
        ]
    return problems


def _corner(area: str) -> tuple[int, int]:
    row, column = coordinate_to_tuple(area.split(":")[0])
    return row, column


def require(problems: list[CellProblem]) -> None:
    """Raise the problems, if there are any.

    Raises:
        WorkbookError: There are.
    """
    if problems:
        raise WorkbookError(tuple(sorted(problems)))
