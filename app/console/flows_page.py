"""The page 流程: each flow drawn, told in tables, and how much of it its tests walk."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui
from nicegui.element import Element

from app.console.charts import draw_table
from app.console.elements import box, button, icon, set_attribute, text
from app.console.flow_view import condition, outcome
from app.domain.content import Catalog
from app.domain.flows import FlowRegion
from app.domain.names import FlowId, Region
from app.flows.coverage import Branches
from app.flows.graph import mermaid

_MERMAID = {
    "securityLevel": "strict",
    "htmlLabels": False,
    "theme": "neutral",
    "flowchart": {"htmlLabels": False, "useMaxWidth": False},
    "maxEdges": 2000,
    "maxTextSize": 200_000,
}
"""Labels are drawn as text of the picture, never as markup."""


class FlowsPage:
    """One tab; create it inside a page."""

    def __init__(
        self, catalog: Catalog, coverage: Mapping[tuple[FlowId, Region], Branches]
    ) -> None:
        """Draw it; `coverage` as `app.console.flow_view.coverage_of` returns it."""
        self._catalog = catalog
        self._coverage = coverage
        self._names = {a.region: a.name for a in catalog.accounts.values()}
        self._parts = [(flow, region) for flow in catalog.flows.values() for region in flow.regions]
        with box("div", "page"):
            text("流程", "h1", "page-title")
            if not self._parts:
                _draw_nothing()
                return
            with box("div", "split"):
                with box("ul", "choices", aria_label="选一个流程"):
                    self._buttons = [self._draw_item(number) for number in range(len(self._parts))]
                self._body = box("div", "panels")
        self._choose(0)

    def _draw_item(self, number: int) -> Element:
        flow, region = self._parts[number]
        with box("li"), button("", "choice") as item:
            text(flow.title, "span", "strong")
            text(self._names.get(region, region), "span", "muted small")
            branches = self._coverage.get((flow.id, region))
            if branches is not None:
                text(f"测试走到 {branches.percent}%", "span", "muted small")
        item.on("click", lambda: self._choose(number), [])
        return item

    def _choose(self, number: int) -> None:
        for position, item in enumerate(self._buttons):
            set_attribute(item, "aria-pressed", "true" if position == number else "false")
        flow, region = self._parts[number]
        part = flow.regions[region]
        name = f"{flow.title}（{self._names.get(region, region)}）"
        self._body.clear()
        with self._body:
            with box("section", "panel"):
                text(name, "h2", "panel-title")
                text(flow.file, "p", "muted small")
                label = f"{name}的流程图，内容和下面的表格一样"
                with box("div", "diagram", role="img", aria_label=label, tabindex="0"):
                    ui.mermaid(mermaid(name, part, self._titles()), _MERMAID)
            self._draw_tables(part)
            self._draw_coverage(flow.id, region)

    def _titles(self) -> dict[str, str]:
        return {str(i.id): i.title for i in self._catalog.intents.values()}

    def _draw_tables(self, part: FlowRegion) -> None:
        titles = self._titles()
        with box("section", "panel"):
            text("会问的问题", "h2", "panel-title")
            slots = [(s.title, s.ask, "、".join(c.label for c in s.choices)) for s in part.slots]
            draw_table(("要知道什么", "怎么问", "可以选"), slots, "会问的问题")
        with box("section", "panel"):
            text("结论", "h2", "panel-title")
            rows = [(condition(part, row), outcome(row, titles)) for row in part.decide]
            draw_table(("什么情况", "怎么答"), rows, "结论")

    def _draw_coverage(self, flow: FlowId, region: Region) -> None:
        branches = self._coverage.get((flow, region))
        if branches is None:
            return
        with box("section", "panel"):
            text("流程自带的测试", "h2", "panel-title")
            walked = f"走到 {branches.visited}/{branches.total} 个分支，{branches.percent}%"
            text(walked, "p")
            if branches.missing:
                text("没走到的，请在流程文件的 tests 里补一段对话：", "p", "muted small")
                with box("ul", "plain"):
                    for missing in branches.missing:
                        text(missing, "li")


def _draw_nothing() -> None:
    with box("div", "empty"):
        icon("account_tree", "empty-icon")
        text("还没有流程", "h2", "empty-title")
        text("流程写在 intents/flows/*.yml，一问一答地把家长带到结论。", "p", "empty-text")
