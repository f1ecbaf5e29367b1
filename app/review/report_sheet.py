"""The report as an Excel workbook. Every text is a text: nothing in it is ever a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import cast

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from app.review.report import Report
from app.review.wording import REASONS

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheet programs take for the beginning of a formula."""
_WIDE = 60
_NARROW = 14


def workbook_bytes(report: Report) -> bytes:
    """Return the `.xlsx` file."""
    book = Workbook()
    _summary(book.worksheets[0], report)
    _days(book.create_sheet("每天"), report)
    _hours(book.create_sheet("时段"), report)
    _topics(book.create_sheet("话题与日期"), report)
    _unanswered(book.create_sheet("没答上的前50"), report)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _summary(sheet: Worksheet, report: Report) -> None:
    sheet.title = "总览"
    rows: list[tuple[str | int, ...]] = [
        ("公众号", "、".join(report.accounts)),
        ("时间", f"{report.first} 至 {report.last}"),
        ("生成", f"{report.made_at:%Y-%m-%d %H:%M}"),
        ("说明", "只有计数和打码后的问题，没有任何家长的身份信息"),
    ]
    if report.is_empty:
        rows.append(("数据", "这段时间没有数据：还没有家长来问过，或者统计是后来才打开的"))
    else:
        rows += [*report.summary(), *((f"其中：{name}", n) for name, n in report.decisions())]
    _write(sheet, ("项目", "数值"), rows, (24, _WIDE))


def _days(sheet: Worksheet, report: Report) -> None:
    heads = ("日期", "消息", "给出答案", "一次解决", "又问一遍", "没解决", "没听懂", "转人工")
    names = ("answered", "", "reasked", "unsolved", "missed", "handoff")
    rows: list[tuple[str | int, ...]] = [
        (
            day.day.isoformat(),
            day.of("messages"),
            *(day.of(name) if name else day.resolved for name in names),
        )
        for day in report.days
    ]
    _write(sheet, heads, rows)
    _chart(sheet, "每天的消息", len(rows), "J2")


def _hours(sheet: Worksheet, report: Report) -> None:
    rows = report.hours()
    _write(sheet, ("时段", "消息"), rows)
    _chart(sheet, "各时段的消息", len(rows), "D2")


def _topics(sheet: Worksheet, report: Report) -> None:
    days = [day.day for day in report.days]
    heads = ("话题", "合计", *(f"{day:%m-%d}" for day in days))
    rows: list[tuple[str | int, ...]] = [
        (row.title, row.total, *(row.by_day.get(day, 0) for day in days)) for row in report.topics
    ]
    _write(sheet, heads, rows, (40, 10))
    sheet.freeze_panes = "C2"


def _unanswered(sheet: Worksheet, report: Report) -> None:
    rows = [
        (
            number,
            found.representative,
            found.count,
            "、".join(REASONS[reason] for reason in found.reasons),
            f"{found.last_at:%Y-%m-%d}",
            "；".join(found.wordings[1:4]),
        )
        for number, found in enumerate(report.unanswered, 1)
    ]
    heads = ("名次", "问题（打码）", "次数", "原因", "最近一次", "别的说法")
    _write(sheet, heads, rows, (8, _WIDE, 8, 24, _NARROW, _WIDE))
    if not rows:
        sheet.append(("", "这段时间没有没答上的问题"))


def _write(
    sheet: Worksheet,
    heads: Sequence[str],
    rows: Iterable[Sequence[str | int]],
    widths: Sequence[int] = (),
) -> None:
    for column, head in enumerate(heads, 1):
        cell = _put(sheet, 1, column, head)
        cell.font = Font(bold=True)
        width = widths[column - 1] if column <= len(widths) else _NARROW
        sheet.column_dimensions[cell.column_letter].width = width
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            _put(sheet, number, column, value)
    sheet.freeze_panes = "A2"


def _put(sheet: Worksheet, row: int, column: int, value: str | int) -> Cell:
    cell = cast("Cell", sheet.cell(row, column))  # nothing is merged
    if isinstance(value, int):
        cell.value = value
        return cell
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
    # The type says text, and the mark keeps it text where the cell is edited or saved as CSV.
    cell.data_type = "s"
    cell.quotePrefix = value.startswith(_FORMULA)
    return cell


def _chart(sheet: Worksheet, title: str, rows: int, place: str) -> None:
    if not rows:
        return
    chart = BarChart()
    chart.title, chart.legend = title, None
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=rows + 1), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows + 1))
    sheet.add_chart(chart, place)
