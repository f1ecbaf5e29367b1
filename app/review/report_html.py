"""The report as one HTML page: no script, no address, charts as drawings in the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from app.review.report import Report
from app.review.wording import REASONS

_STYLE = Path(__file__).with_name("report.css")
_WIDTH, _HEIGHT, _FOOT, _LEFT = 900, 200, 24, 44
_TOPICS = 40
_LABELS = 12


def html_page(report: Report) -> str:
    """Return the page; whatever parents wrote stands in it as text."""
    style = _STYLE.read_text("utf-8")
    title = f"{'、'.join(report.accounts)} 医保小助手统计"
    period = f"{report.first} 至 {report.last}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{period}；{report.made_at:%Y-%m-%d %H:%M} 生成。'
        "只有计数和打码后的问题，没有任何家长的身份信息。</p>",
    ]
    if report.is_empty:
        parts.append("<p>这段时间没有数据：还没有家长来问过，或者统计是后来才打开的。</p>")
    else:
        parts += _body(report)
    parts.append(_unanswered(report))
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _body(report: Report) -> list[str]:
    days = [(f"{day.day:%m-%d}", day.of("messages")) for day in report.days]
    topics = [(row.title, row.total) for row in report.topics[:_TOPICS]]
    figures = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in report.summary()
    )
    return [
        f'<dl class="figures">{figures}</dl>',
        "<h2>每天的消息</h2>",
        _bars("每天的家长消息数", days),
        "<h2>一天中的时段</h2>",
        _bars("各时段的家长消息数", report.hours()),
        "<h2>怎么处理的</h2>",
        _table(("处理", "消息数"), report.decisions()),
        f"<h2>问得最多的话题{f'（前 {_TOPICS}）' if len(report.topics) > _TOPICS else ''}</h2>",
        _table(("话题", "回答次数"), topics),
    ]


def _unanswered(report: Report) -> str:
    heading = "<h2>没答上的问题（前 50）</h2>"
    kept = (
        f"问题原文打码后只保留一段时间，现有的最早是 {report.kept_from}；更早的不在这张表里。"
        if report.kept_from
        else "没有保留问题原文（YIBAO_JOURNAL_DAYS 设成了 0，或还没有家长问过）。"
    )
    if not report.unanswered:
        return f'{heading}<p class="soft">{kept}</p><p>这段时间没有没答上的问题。</p>'
    rows = [
        (found.representative, "、".join(REASONS[r] for r in found.reasons), found.count)
        for found in report.unanswered
    ]
    table = _table(("问题（同类问题里最常见的说法）", "原因", "次数"), rows)
    return f'{heading}<p class="soft">{kept}</p>{table}'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    last = len(heads) - 1
    head = "".join(
        f'<th scope="col"{_side(n == last)}>{escape(name)}</th>' for n, name in enumerate(heads)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{_side(n == last)}>{escape(str(cell))}</td>" for n, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _side(is_number: bool) -> str:
    return ' class="n"' if is_number else ""


def _bars(title: str, points: Sequence[tuple[str, int]]) -> str:
    """Draw a bar chart; each bar tells its value to a pointer and to a screen reader."""
    most = max((value for _, value in points), default=0) or 1
    room = (_WIDTH - _LEFT) / max(1, len(points))
    floor = _HEIGHT - _FOOT
    every = max(1, -(-len(points) // _LABELS))
    drawn = [f'<line x1="{_LEFT}" y1="{floor}" x2="{_WIDTH}" y2="{floor}"/>']
    drawn += [f'<text x="{_LEFT - 6}" y="14" text-anchor="end">{most}</text>']
    drawn += [f'<text x="{_LEFT - 6}" y="{floor}" text-anchor="end">0</text>']
    for number, (label, value) in enumerate(points):
        x, height = _LEFT + number * room, value / most * (floor - 8)
        drawn.append(
            f'<rect x="{x + room * 0.15:.1f}" y="{floor - height:.1f}" width="{room * 0.7:.1f}" '
            f'height="{height:.1f}"><title>{escape(label)}：{value}</title></rect>'
        )
        if number % every == 0:
            middle = x + room / 2
            drawn.append(
                f'<text x="{middle:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">'
                f"{escape(label)}</text>"
            )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(drawn)}</svg>"
    )
