"""Workbooks exported from a small content, opened, changed and imported in tests."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.dialogue.texts import TEXT_KEYS
from app.workbook.applying import check, write
from app.workbook.comparing import Plan, compare
from app.workbook.content import read_intents
from app.workbook.exporting import export_bytes
from app.workbook.problems import WorkbookError
from app.workbook.reading import read_book
from tests.assistants import SMALL_CONTENT


@cache
def exported() -> bytes:
    """Return the small content as a workbook."""
    return export_bytes(read_intents(SMALL_CONTENT), ["beijing", "liuzhou"], "r" * 16)


def copied(folder: Path) -> Path:
    """Return a copy of the small content."""
    root = folder / "content"
    shutil.copytree(SMALL_CONTENT, root)
    return root


def tree(root: Path) -> dict[str, bytes]:
    """Return the bytes of all files."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def changed_book(folder: Path, change: Callable[[Workbook], None]) -> Path:
    """Return the exported workbook with a change made as Excel would."""
    book = load_workbook(io.BytesIO(exported()))
    change(book)
    path = folder / "content.xlsx"
    book.save(path)
    return path


def find(sheet: Worksheet, *texts: str) -> int:
    """Return the first row that holds all these texts."""
    for row in sheet.iter_rows():
        values = [cell.value for cell in row]
        if all(text in values for text in texts):
            return int(row[0].row or 0)
    raise AssertionError(texts)


def plan(root: Path, path: Path) -> Plan:
    """Return what an import would do."""
    return compare(read_book(path), read_intents(root))


def run(root: Path, path: Path) -> Plan:
    """Import a workbook as the command does."""
    found = plan(root, path)
    if found.problems:
        raise WorkbookError(found.problems)
    if found.changes:
        check(root, found.changes, TEXT_KEYS)
    write(root, found.changes)
    return found


def messages(root: Path, path: Path) -> list[str]:
    """Return the problems of an import that is refused, one a line."""
    before = tree(root)
    try:
        run(root, path)
    except WorkbookError as error:
        assert tree(root) == before
        return [*map(str, error.problems), *error.notes]
    raise AssertionError("nothing was refused")
