"""Charts by ECharts, which comes with the server; each has its numbers in a table as well.

Only numbers and dates go into a chart: what parents or operators wrote stays in text nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from app.console.elements import box, text

_GREY = "#7d8d85"
"""Read on light and on dark."""
_LINE = "rgba(125, 141, 133, 0.25)"
_COLOURS = ["#0f9a74", "#c48f1c", "#d2564d", "#3b82c4"]


def draw_trend(title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> None:
    """Draw lines over days, and their table."""
    lines = [
        {"name": name, "type": "line", "data": list(values), "symbolSize": 5}
        for name, values in series.items()
    ]
    _draw(title, labels, series, lines)


def draw_bars(title: str, labels: Sequence[str], name: str, values: Sequence[int]) -> None:
    """Draw one bar a label, and their table."""
    bars = [{"name": name, "type": "bar", "data": list(values)}]
    _draw(title, labels, {name: values}, bars)


def _draw(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[int]],
    drawn: list[dict[str, Any]],
) -> None:
    axis = {"axisLabel": {"color": _GREY}, "axisLine": {"lineStyle": {"color": _LINE}}}
    options = {
        "color": _COLOURS,
        "animation": False,
        "grid": {"left": 40, "right": 16, "top": 34, "bottom": 26},
        "legend": {"textStyle": {"color": _GREY}, "top": 0, "show": len(series) > 1},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": list(labels), **axis},
        "yAxis": {"type": "value", "minInterval": 1, "splitLine": {"lineStyle": {"color": _LINE}}}
        | axis,
        "series": drawn,
    }
    with box("figure", "chart"):
        text(title, "figcaption", "panel-title")
        with box("div", "chart-image", role="img", aria_label=f"{title}（下面有表格）"):
            ui.echart(options, renderer="svg")
        with box("details", "chart-data"):
            text("看数字", "summary")
            draw_table((title, *series), _rows(labels, series))


def _rows(labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> list[tuple[str, ...]]:
    columns = [list(values) for values in series.values()]
    return [(label, *(str(c[i]) for c in columns)) for i, label in enumerate(labels)]


def draw_table(headings: Sequence[str], rows: Sequence[Sequence[str]], label: str = "") -> None:
    """Draw a table; its first column names the rows."""
    name = label or headings[0]
    with (
        box("div", "table-wrap", tabindex="0", role="region", aria_label=f"表格：{name}"),
        box("table", "data"),
    ):
        with box("thead"), box("tr"):
            for heading in headings:
                text(heading, "th", scope="col")
        with box("tbody"):
            for first, *others in rows:
                with box("tr"):
                    text(first, "th", scope="row")
                    for cell in others:
                        text(cell, "td")
