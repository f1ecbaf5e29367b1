"""Tables of questions and answers: WeChat's 对话平台, and plain ones of two columns.

WeChat's sheet for 批量操作 has the columns 技能名称 (skill), 标准问题 (standard question), its
similarity threshold, 补充用户问法 (further questions, separated by `##`) and 机器人回答 (answers,
separated by `##`, one of which is sent at random); its API names them skillname, title, question
and answer. Sources: https://developers.weixin.qq.com/doc/aispeech/en/platform/DOWNLOAD.html and
https://developers.weixin.qq.com/doc/aispeech/confapi/bot/batchimportskill.html (标准问题,
相似问题, 机器人回答). The wording of the headers differs between versions of the platform, so
columns are known by what their names contain.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from app.workbook.cells import decoded
from app.workbook.foreign import Foreign, ForeignIntent
from app.workbook.layout import MAX_ROWS
from app.workbook.opening import MAX_FILE_BYTES, open_workbook
from app.workbook.problems import refuse

_QUESTION = re.compile(r"^(标准)?(问题?|问法|提问|question|q|title)$|标准问", re.IGNORECASE)
_SIMILAR = re.compile(r"相似问|补充|扩展问|其他问法|用户问|similar", re.IGNORECASE)
_ANSWER = re.compile(r"^(答|a)$|答案|回答|回复|answer", re.IGNORECASE)
_THRESHOLD = re.compile(r"阈值|相似度")
_SEPARATOR = re.compile(r"##|[\r\n]+")


@dataclass(frozen=True, slots=True)
class _Columns:
    question: int
    answer: int
    similar: int | None


def header_of(path: Path) -> list[str]:
    """Return the texts of a table's first row.

    Raises:
        WorkbookError: It cannot be read.
    """
    return next((texts for _, texts in _lines(path)), [])


def read_question_table(path: Path, *, needs_standard: bool) -> Foreign:
    """Return the questions of a sheet or csv file (UTF-8, UTF-16 or GBK).

    Questions with the same answer become one.

    Args:
        path: The file.
        needs_standard: It must have WeChat's column 标准问题.

    Raises:
        WorkbookError: It cannot be read, or has no such columns.
    """
    lines = _lines(path)
    _, header = next(lines, ("", []))
    if needs_standard and not any("标准问" in name for name in header):
        raise refuse("没有“标准问题”这一列，不像微信对话平台的表", "普通的两列表用 --from table")
    columns = _columns(header)
    if columns is None:
        if len([text for text in header if text]) != 2 or len(header) != 2:
            message = (
                f"认不出哪一列是问题、哪一列是答案：{'、'.join(filter(None, header)) or '（空）'}"
            )
            raise refuse(message, "第一行写上“问题”和“答案”")
        columns = _Columns(0, 1, None)
        lines = iter([("第 1 行", header), *lines])
    return _collect(lines, columns)


def _columns(header: list[str]) -> _Columns | None:
    def find(pattern: re.Pattern[str]) -> int | None:
        return next(
            (i for i, n in enumerate(header) if pattern.search(n) and not _THRESHOLD.search(n)),
            None,
        )

    question, answer, similar = find(_QUESTION), find(_ANSWER), find(_SIMILAR)
    if question is None or answer is None:
        return None
    return _Columns(question, answer, None if similar in {question, answer} else similar)


def _collect(lines: Iterable[tuple[str, list[str]]], columns: _Columns) -> Foreign:
    taken: dict[str, tuple[str, list[str]]] = {}
    skipped: list[str] = []
    seen: dict[str, str] = {}
    for place, texts in lines:
        padded = [*texts, *[""] * 50]
        title = padded[columns.question].strip()
        more = padded[columns.similar] if columns.similar is not None else ""
        answers = [part.strip() for part in padded[columns.answer].split("##") if part.strip()]
        if not title and not answers:
            continue
        if not title or not answers:
            skipped.append(f"{place}：{'没有问题' if not title else '没有答案'}")
            continue
        if len(answers) > 1:
            skipped.append(f"{place}：有 {len(answers)} 个答案，只取了第一个")
        questions = []
        for text in (title, *map(str.strip, _SEPARATOR.split(more))):
            if text in seen:
                skipped.append(f"{place}：“{text[:30]}”和{seen[text]}重复")
            elif text:
                seen[text] = place
                questions.append(text)
        if questions:
            taken.setdefault(answers[0], (title, []))[1].extend(questions)
    intents = tuple(
        ForeignIntent("", title, tuple(questions), answer)
        for answer, (title, questions) in taken.items()
    )
    return Foreign(intents, tuple(skipped))


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (place in Chinese, texts) of every row that holds anything."""
    is_text = path.suffix.lower() in {".csv", ".txt", ".tsv"}
    for number, texts in enumerate(_csv_rows(path) if is_text else _sheet_rows(path), 1):
        if number > MAX_ROWS:
            raise refuse(f"超过 {MAX_ROWS} 行", "分成几个文件导入")
        if any(text.strip() for text in texts):
            yield f"第 {number} 行", texts


def _sheet_rows(path: Path) -> Iterator[list[str]]:
    with open_workbook(path) as book:
        if not book.worksheets:
            raise refuse("文件里没有表")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for cells in sheet.iter_rows():
            yield [_as_text(cell.value, cell.data_type) for cell in cells]


def _as_text(value: object, data_type: str) -> str:
    if value is None or data_type in {"f", "e"}:
        return ""  # a formula is not computed; its row lacks a question or an answer
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    return decoded(value) if isinstance(value, str) else str(value)


def _csv_rows(path: Path) -> Iterator[list[str]]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise refuse("文件太大了", "分成几个文件导入")
        text = _decode(path.read_bytes())
    except OSError as error:
        raise refuse(f"打不开 {path}：{error.strerror}") from error
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise refuse(f"这个 csv 文件读不下去：{error}", "用 Excel 打开，另存为 .xlsx") from error


def _decode(raw: bytes) -> str:
    encodings = ["utf-8-sig", "gb18030"]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse("文件的编码认不出来", "另存为 UTF-8 编码的 csv")
