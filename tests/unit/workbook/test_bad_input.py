"""Workbooks that people really send: each fault is told in Chinese at its cell, all at once."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.workbook.layout import MAX_ROWS
from app.workbook.problems import WorkbookError
from app.workbook.reading import read_book
from tests.assistants import ROOT
from tests.unit.workbook.books import changed_book, copied, exported, messages


def refused(path: Path) -> str:
    with pytest.raises(WorkbookError) as caught:
        read_book(path)
    return str(caught.value)


def put(sheet: str, cell: str, value: str | float | datetime | None) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[sheet][cell] = value

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put("说法", "C12", "=A1"), "说法!C12：这里是公式，不是文字 → "),
        (put("说法", "C3", 12306), "说法!C3：这里是数字 12306，不是文字 → 把单元格格式改成“文本”"),
        (put("测试句", "C3", True), "测试句!C3：这里是真假值 TRUE，不是文字"),
        (
            put("答案", "E2", datetime(2026, 12, 16)),  # noqa: DTZ001 - as Excel has it
            "答案!E2：这里被 Excel 变成了日期 2026-12-16",
        ),
        (put("说法", "C4", "末尾有空格 "), "说法!C4：前面或后面有空格、空行 → 删掉"),
        (put("说法", "C4", "一句\n两句"), "说法!C4：一格里有好几行"),
        (put("说法", "C4", None), "说法!C4：内容是空的 → 填上，或删掉整行"),
        (put("说法", "A4", None), "说法!A4：缺少编号"),
        (put("说法", "A4", "ｆｅｅ_standard"), "说法!A4：编号“ｆｅｅ_standard”里有全角字符或空格"),
        (put("说法", "A4", "fee_standard "), "里有全角字符或空格 → 改成 fee_standard"),
        (put("说法", "A4", "fee_standrd"), "说法!A4：“问答”表里没有编号 fee_standrd，是不是想写"),
        (put("说法", "A4", "费用"), "说法!A4：编号“费用”不能用"),
        (put("问答", "A3", "background_general"), "问答!A3：编号 background_general 重复了"),
        (put("问答", "B2", "faq"), "问答!B2：已有的问答不能在表里改种类"),
        (put("答案", "C2", "北京"), "答案!C2：“北京”不是地区的英文名"),
        (put("答案", "D2", "答 案"), "答案!D2：不认识的栏目“答 案”，是不是想写“答案”？"),
        (lambda book: book["答案"].append(
            [book["答案"].cell(2, c).value for c in range(1, 6)]), "写了两行，第一次在第 2 行"),
        (lambda book: book["说法"].merge_cells("C5:C6"), "说法!C5：C5:C6 是合并的单元格"),
        (lambda book: book["说法"].delete_cols(1), "说法!1：第一行没有“编号”这一列"),
        (lambda book: book["说法"].insert_cols(1), "none"),
        (lambda book: book.remove(book["说法"]), "文件里没有“说法”这张表"),
        (lambda book: book.remove(book["版本"]), "这不是 yibao export 导出的工作簿"),
        (put("版本", "B1", "0"), "这个文件是第 0 版的格式，程序要第 1 版 → "),
        (put("版本", "A1", "别的"), "“版本”表被改过"),
    ],
)  # fmt: skip
def test_each_fault_is_told_at_its_place(
    tmp_path: Path, change: Callable[[Workbook], None], expected: str
) -> None:
    root = copied(tmp_path)
    path = changed_book(tmp_path, change)
    if expected == "none":
        assert read_book(path).problems == []  # columns may move
        return
    assert any(expected in line for line in messages(root, path)), messages(root, path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        for sheet, cell, value in (
            ("说法", "C3", "=1"), ("说法", "C4", 5), ("反例", "A2", "没有"), ("问答", "B2", None),
        ):  # fmt: skip
            book[sheet][cell] = value

    found = messages(copied(tmp_path), changed_book(tmp_path, change))
    assert {line.split("：")[0] for line in found} == {"说法!C3", "说法!C4", "反例!A2", "问答!B2"}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "这是旧版的 .xls 文件"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "文件有密码",
        ),
        ("a.xlsx", "编号,内容".encode(), "这不是 Excel 工作簿"),
        ("a.xlsx", b"", "这不是 Excel 工作簿"),
        ("a.xlsx", b"PK\x03\x04 broken", "文件坏了，可能没有传完整"),
        ("a.xlsx", exported()[:-3000], "文件坏了"),
    ],
)
def test_other_files_are_told_apart(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert expected in refused(path)
    assert "打不开" in refused(tmp_path / "none.xlsx")


def archive_with(entries: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_archives_that_are_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(archive_with({"word/document.xml": b"<a/>"}))
    assert "这不是 Excel 工作簿" in refused(path)
    path.write_bytes(archive_with({"xl/workbook.xml": b"<nonsense", "[Content_Types].xml": b"x"}))
    assert "文件坏了" in refused(path)
    data = bytearray(archive_with({"xl/workbook.xml": b"<a/>"}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(bytes(data))
    assert "有密码" in refused(path)
    bomb = archive_with({"xl/workbook.xml": b"<a/>", "xl/x.xml": b"0" * 401_000_000})
    path.write_bytes(bomb)
    assert "展开有 401 MB，太大了" in refused(path)


def test_a_sheet_broken_inside_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(io.BytesIO(exported())) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    sheet = entries["xl/worksheets/sheet4.xml"]
    entries["xl/worksheets/sheet4.xml"] = sheet[: len(sheet) // 2]
    path.write_bytes(archive_with(entries))
    assert "文件坏了" in refused(path)


def huge(path: Path, rows: int, name_of_intent: str = "fee_standard") -> None:
    """Write a workbook whose sheet of utterances has that many rows."""
    with zipfile.ZipFile(io.BytesIO(exported())) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet4.xml"
    more = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{name_of_intent}</t></is></c>'
        f'<c r="C{n}" t="inlineStr"><is><t>第{n}句</t></is></c></row>'
        for n in range(5000, 5000 + rows)
    )
    entries[name] = entries[name].replace(b"</sheetData>", more.encode() + b"</sheetData>")
    path.write_bytes(archive_with(entries))


READ_AND_MEASURE = """
import re, resource, sys
from pathlib import Path
from app.workbook.reading import read_book
(problem,) = read_book(Path(sys.argv[1])).problems
used = resource.getrusage(resource.RUSAGE_SELF)
print(problem)
# Not ru_maxrss: it counts what the parent had at the fork.
status = Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
print((int(peak[1]) if peak else used.ru_maxrss) // 1024, round(used.ru_utime))
"""


def test_100_000_rows_are_refused_in_bounded_time_and_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    huge(path, 100_000)
    done = subprocess.run(
        [sys.executable, "-c", READ_AND_MEASURE, str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=500,
    )
    problem, measured = done.stdout.splitlines()
    assert problem.startswith(f"说法!{MAX_ROWS + 1}：这张表超过 {MAX_ROWS} 行")
    megabytes, seconds = map(int, measured.split())
    assert megabytes < 400
    assert seconds < 90  # of the processor, some 8 on an idle machine


def test_thousands_of_faults_are_found_in_bounded_time(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    huge(path, 20_000, "fee_standrd")
    started = time.process_time()
    book = read_book(path)
    assert len(book.problems) == 20_000
    assert "是不是想写“fee_standard”？" in str(book.problems[0])
    assert time.process_time() - started < 30
