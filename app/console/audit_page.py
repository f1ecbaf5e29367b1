"""The page 记录: who did what in the console and when, newest first, in pages."""

from __future__ import annotations

from typing import Protocol

from nicegui.events import GenericEventArguments

from app.console.charts import draw_table
from app.console.elements import box, button, icon, text
from app.errors import StateError
from app.state.audit import AuditEntry

PAGE_ENTRIES = 50
_EMIT_VALUE = "(event) => emit(event.target.value)"


class AuditReader(Protocol):
    """Where the log is read; see `app.state.audit.AuditLog`."""

    async def recent(
        self, limit: int, before: str = "", *, by: str = "", words: str = ""
    ) -> tuple[AuditEntry, ...]:
        """Return entries, newest first."""


class AuditPage:
    """One tab; create it inside a page, then `await show()`."""

    def __init__(self, log: AuditReader) -> None:
        self._log = log
        self._by = ""
        self._words = ""
        self._starts = [""]
        """Where the pages shown so far begin; the last is the one on the screen."""
        self._next = ""
        with box("div", "page"):
            text("记录", "h1", "page-title")
            with box("div", "filters"):
                self._field("谁", "账号名", self._filter_by)
                self._field("什么", "动作、对象或说明里的字", self._filter_words)
            self._body = box("div", "panel")
            with box("div", "steps", role="group", aria_label="翻页"):
                self._newer = button("更新的", "quiet")
                self._older = button("更早的", "quiet")
        self._newer.on("click", self._back, [])
        self._older.on("click", self._forth, [])

    def _field(self, label: str, hint: str, changed: object) -> None:
        with box("label", "filter"):
            text(label, "span", "label")
            field = box("input", "field", type="text", maxlength="64", placeholder=hint)
        field.on("change", changed, js_handler=_EMIT_VALUE)  # type: ignore[arg-type]

    async def show(self) -> None:
        """Fetch a page of the log and draw it."""
        try:
            found = await self._log.recent(
                PAGE_ENTRIES + 1, self._starts[-1], by=self._by, words=self._words
            )
        except StateError:
            found = None
        shown = (found or ())[:PAGE_ENTRIES]
        self._next = shown[-1].id if found and len(found) > PAGE_ENTRIES else ""
        self._newer.visible = len(self._starts) > 1
        self._older.visible = bool(self._next)
        self._body.clear()
        with self._body:
            if found is None:
                text("Redis 没有响应，现在看不到记录。恢复后请刷新。", "p", "problem", role="alert")
            elif shown:
                draw_table(
                    ("时间", "谁", "做了什么", "对象", "说明"), [_row(e) for e in shown], "操作记录"
                )
            else:
                _draw_nothing(is_filtered=bool(self._by or self._words))

    async def _filter_by(self, event: GenericEventArguments) -> None:
        self._by = str(event.args).strip()
        await self._restart()

    async def _filter_words(self, event: GenericEventArguments) -> None:
        self._words = str(event.args).strip()
        await self._restart()

    async def _restart(self) -> None:
        self._starts = [""]
        await self.show()

    async def _forth(self) -> None:
        if self._next:
            self._starts.append(self._next)
            await self.show()

    async def _back(self) -> None:
        if len(self._starts) > 1:
            self._starts.pop()
            await self.show()


def _row(entry: AuditEntry) -> tuple[str, ...]:
    at = f"{entry.at:%Y-%m-%d %H:%M:%S}"
    return (at, entry.by, entry.action, entry.subject, entry.detail or "—")


def _draw_nothing(*, is_filtered: bool) -> None:
    with box("div", "empty"):
        icon("fact_check", "empty-icon")
        if is_filtered:
            text("没有符合的记录", "h2", "empty-title")
            text("换个字，或者清空上面的框。", "p", "empty-text")
        else:
            text("还没有记录", "h2", "empty-title")
            text(
                "登录、改内容、发布和回复家长以后，这里会记下谁在什么时候做的。", "p", "empty-text"
            )
