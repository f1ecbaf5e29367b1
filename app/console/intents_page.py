"""The page 问答: all intents, searched and filtered, and the way to a new one."""

from __future__ import annotations

from nicegui.events import GenericEventArguments

from app.console.elements import box, button, icon, set_attribute, text
from app.console.form_fields import choice_field, on_pressed, on_typed, text_field
from app.console.intent_desk import IntentDesk, IntentRow
from app.console.page_steps import say, to_page, told
from app.console.wording import INTENT_KINDS, kind_name
from app.publishing.ports import Operator

PAGE_ROWS = 50
_PAUSE_MS = 300
_MARKS = {"": "全部", "draft": "草稿里改过的", "expiring": "依据快到期的"}


class IntentsPage:
    """One tab; create it inside a page, then `await` `load`."""

    def __init__(self, desk: IntentDesk, operator: Operator) -> None:
        self._desk = desk
        self._operator = operator
        self._rows: tuple[IntentRow, ...] = ()
        self._found: list[IntentRow] = []
        self._page = 0
        with box("div", "content-page"):
            with box("div", "page-head"):
                text("问答", "h1", "page-title")
                self._count = text("", "p", "muted", role="status")
            self._problem = text("", "p", "problem", role="alert")
            self._draw_filters()
            if operator.may_edit:
                self._draw_new()
            self._list = box("ul", "rows", aria_label="问答列表")
            with box("div", "pager"):
                self._previous = button("上一页", "quiet")
                self._where = text("", "span", "muted")
                self._next = button("下一页", "quiet")
        self._previous.on("click", lambda: self._turn(-1), [])
        self._next.on("click", lambda: self._turn(1), [])

    def _draw_filters(self) -> None:
        kinds = {kind.value: name or "问答" for kind, name in INTENT_KINDS.items()}
        with box("div", "filters", role="search") as filters:
            words = text_field("搜索", placeholder="标题、英文名、说法或答案里的字")
            fields = {
                "words": words.control,
                "kind": choice_field("种类", {"": "全部", **kinds}),
                "region": choice_field("地区", {"": "全部", **self._desk.regions}),
                "mark": choice_field("只看", _MARKS),
            }
        on_typed(filters, fields, self._filter, _PAUSE_MS)

    def _draw_new(self) -> None:
        with box("details", "card new-intent"):
            text("新建一条问答", "summary")
            with box("div", "filters"):
                name = text_field("英文名", placeholder="例如 fee_standard", maxlength=60)
                title = text_field("标题", placeholder="家长点的按钮上的字", maxlength=14)
                region = choice_field("地区", self._desk.regions)
                create = button("新建", "primary send")
            self._new_problem = text("", "p", "problem", role="alert")
        fields = {"id": name.control, "title": title.control, "region": region}
        on_pressed(create, fields, self._create)

    async def load(self) -> None:
        """Fetch and show all intents."""
        with told(self._problem):
            self._rows = await self._desk.rows()
        self._found = list(self._rows)
        self._show()

    async def _create(self, event: GenericEventArguments) -> None:
        sent = event.args if isinstance(event.args, dict) else {}
        name = str(sent.get("id", "")).strip()
        with told(self._new_problem):
            title, region = str(sent.get("title", "")), str(sent.get("region", ""))
            await self._desk.create(self._operator, name, title, region)
            say("已放进草稿，接着写说法和答案。")
            to_page(f"/intents/{name}")

    def _filter(self, event: GenericEventArguments) -> None:
        sent = event.args if isinstance(event.args, dict) else {}
        words, kind = str(sent.get("words", "")).casefold().split(), sent.get("kind")
        region, mark = sent.get("region"), sent.get("mark")
        self._found = [
            row
            for row in self._rows
            if all(word in row.words for word in words)
            and (not kind or row.kind == kind)
            and (not region or region in row.regions)
            and (mark != "draft" or row.drafted_by)
            and (mark != "expiring" or row.is_expiring)
        ]
        self._page = 0
        self._show()

    def _turn(self, step: int) -> None:
        self._page += step
        self._show()

    def _show(self) -> None:
        last = max(0, (len(self._found) - 1) // PAGE_ROWS)
        self._page = min(max(0, self._page), last)
        shown = self._found[self._page * PAGE_ROWS : (self._page + 1) * PAGE_ROWS]
        self._count.text = f"{len(self._found)} 条"
        self._list.clear()
        with self._list:
            for row in shown:
                self._draw_row(row)
            if not shown:
                text("没有找到。换个词，或把筛选改回“全部”。", "li", "muted row-none")
        self._where.text = f"第 {self._page + 1} 页，共 {last + 1} 页"
        for turner, ends in ((self._previous, self._page == 0), (self._next, self._page == last)):
            set_attribute(turner, "disabled", "disabled" if ends else None)

    def _draw_row(self, row: IntentRow) -> None:
        regions = self._desk.regions
        with box("li"), box("a", "row", href=f"/intents/{row.id}"):
            with box("span", "row-line"):
                text(row.title, classes="row-title")
                for mark in filter(
                    None, (kind_name(row.kind), *(regions.get(r, r) for r in row.regions))
                ):
                    text(mark, classes="kind-tag")
                if row.drafted_by:
                    with box("span", "mark draft-mark"):
                        icon("edit_note")
                        text(f"草稿：{row.drafted_by}")
                if row.is_expiring:
                    with box("span", "mark expiring-mark"):
                        icon("schedule")
                        text("依据快到期")
            text(
                f"{row.id} · {row.utterances} 句说法 · {row.tests} 句测试",
                classes="muted small",
            )
