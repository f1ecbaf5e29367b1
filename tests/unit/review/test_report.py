"""The report: right sums, inert in HTML and Excel, and it says so where there is nothing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from openpyxl import load_workbook

from app.domain.journal import DayStatistics, JournalEntry, Reason
from app.domain.turn import Decision
from app.review.report import Report, latency_text, make_report
from app.review.report_html import html_page
from app.review.report_sheet import workbook_bytes
from tests.assistants import small_catalog
from tests.unit.review.journals import NOW, asked

DAY = NOW.date()
EVIL = '=HYPERLINK("http://evil.example","点我")'
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def report(days: Sequence[DayStatistics] = (), entries: Sequence[JournalEntry] = ()) -> Report:
    period = (DAY - timedelta(days=1), DAY)
    return make_report(small_catalog(), ["beijing", "liuzhou"], days, entries, period, NOW)


DAYS = (
    DayStatistics(
        "beijing",
        DAY,
        {
            "messages": 9,
            "answered": 5,
            "reasked": 1,
            "topic:fee_standard": 4,
            "latency:5": 9,
            "decision:answer": 5,
            "hour:10": 9,
            "handoff": 1,
        },
    ),
    DayStatistics(
        "liuzhou", DAY, {"messages": 1, "answered": 1, "topic:gone": 1, "latency:500": 1}
    ),
    DayStatistics("beijing", DAY - timedelta(days=1), {"messages": 2, "unsolved": 1}),
    DayStatistics("beijing", DAY - timedelta(days=2), {"messages": 100}),
    DayStatistics("nanning", DAY, {"messages": 100}),
)


def test_sums_over_accounts_and_days() -> None:
    made = report(DAYS)
    assert made.total("messages") == 12
    assert made.resolved == 5
    assert [(row.title, row.total) for row in made.topics] == [
        ("一年交多少钱", 4),
        ("gone（已不在内容里）", 1),
    ]
    assert dict(made.hours())["10时"] == 9
    figures = dict(made.summary())
    assert figures["一次解决"] == "5（83%）"
    assert figures["转人工"] == "1"
    assert figures["95% 的回答不超过"] == "1000 毫秒"


@pytest.mark.parametrize(
    ("buckets", "text"),
    [({}, "—"), ({"5": 99, "500": 1}, "10 毫秒"), ({"4000": 1}, "4000 毫秒以上")],
)
def test_the_95th_percentile(buckets: dict[str, int], text: str) -> None:
    assert latency_text(buckets) == text


def test_unanswered_are_the_misses_gaps_and_what_did_not_help() -> None:
    honest = {"reason": Reason.ANSWERED, "decision": Decision.FALLBACK}
    entries = [
        asked("喵喵喵"),
        asked("新生儿怎么参保", topics=["gap_newborn"], **honest),  # type: ignore[arg-type]
        asked("帮我写首诗", topics=["background_general"], **honest),  # type: ignore[arg-type]
        asked("一年多少钱", Reason.UNSOLVED, decision=Decision.ANSWER),
        asked("每月几号能缴费", Reason.ANSWERED, decision=Decision.ANSWER),
        replace(asked("上个月问的"), at=NOW - timedelta(days=30)),
    ]
    made = report(DAYS, entries)
    assert {c.representative for c in made.unanswered} == {"喵喵喵", "新生儿怎么参保", "一年多少钱"}
    assert made.kept_from == DAY - timedelta(days=30)


def test_no_more_than_fifty() -> None:
    entries = [asked(f"{chr(0x4E00 + 97 * n)}{chr(0x5E00 + 31 * n)}") for n in range(90)]
    assert len(report(DAYS, entries).unanswered) == 50


class Tags(HTMLParser):
    """Names and attributes of all elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_html_shows_what_parents_wrote_as_text() -> None:
    page = html_page(report(DAYS, [asked(SCRIPT), asked('"><b>')]))
    tags = Tags(page)
    assert not tags.names & {"script", "img", "b", "link", "iframe"}
    assert not any(name.startswith("on") for name in tags.attributes)
    assert not tags.attributes & {"src", "href"}
    assert "&lt;script&gt;" in page
    assert {"svg", "rect", "table"} <= tags.names


def test_excel_never_has_a_formula() -> None:
    texts = [EVIL, "+1+1电话", "-2+3退费", "@SUM(A1)余额", "\t=1+1转账", "坏\x01字符参保"]
    made = report(DAYS, [asked(text, minute=n) for n, text in enumerate(texts)])
    book = load_workbook(io.BytesIO(workbook_bytes(made)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    evil = [
        cell
        for cell in cells
        if isinstance(cell.value, str) and cell.value.strip().startswith(("=", "+", "-", "@"))
    ]
    assert {cell.value for cell in evil} >= set(texts[:4])
    assert all(cell.quotePrefix for cell in evil)
    assert "坏字符参保" in {cell.value for cell in cells}


def test_sheets_have_the_numbers() -> None:
    book = load_workbook(io.BytesIO(workbook_bytes(report(DAYS, [asked("喵喵喵")]))))
    assert book.sheetnames == ["总览", "每天", "时段", "话题与日期", "没答上的前50"]
    topics = list(book["话题与日期"].values)
    assert topics[0] == ("话题", "合计", "12-09", "12-10")
    assert topics[1] == ("一年交多少钱", 4, 0, 4)
    assert next(book["没答上的前50"].iter_rows(min_row=2, values_only=True))[1:3] == ("喵喵喵", 1)


def test_without_data_it_says_so() -> None:
    made = report([DayStatistics("beijing", DAY)])
    assert made.is_empty
    assert "这段时间没有数据" in html_page(made)
    book = load_workbook(io.BytesIO(workbook_bytes(made)))
    assert "这段时间没有数据" in str(list(book["总览"].values))
    assert "没有没答上的问题" in str(list(book["没答上的前50"].values))
    assert made.first == date(2025, 12, 9)
