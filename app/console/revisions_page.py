"""The page 修订: what was published, by whom and why; comparing two; going back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
from nicegui.events import GenericEventArguments

from app.console.diff_view import draw_diff
from app.console.elements import box, button, text
from app.console.field_diff import FieldChange, field_changes
from app.console.form_fields import choice_field, on_pressed, text_field
from app.console.page_steps import draw_in, say, told
from app.errors import ConsoleError
from app.publishing.ports import Operator, PublishedRevision
from app.publishing.publisher import MAX_REASON_CHARS, Publisher
from app.publishing.workspace import content_texts

_ORIGINS = {"console": "后台发布", "files": "文件更新", "rollback": "回退", "cli": "命令行发布"}
_MOST_FILES = 60


class RevisionsPage:
    """One tab; create it inside a page, then `await` `load`."""

    def __init__(self, publisher: Publisher, operator: Operator) -> None:
        self._publisher = publisher
        self._operator = operator
        with box("div", "content-page"):
            with box("div", "page-head"):
                text("修订", "h1", "page-title")
                text("最近 20 次发布，新的在前。", "p", "muted")
            self._problem = text("", "p", "problem", role="alert")
            self._list = box("section", "card", aria_label="发布过的版本")
            self._compare = box("section", "card", aria_label="比较两版")
            self._diff = box("div", "findings")

    async def load(self) -> None:
        """Fetch and show the publications."""
        with told(self._problem):
            history = await self._publisher.history()
            current = await self._publisher.current()
            draw_in(self._list, lambda: self._draw_list(history, current))
            self._compare.visible = len(history) > 1
            draw_in(self._compare, lambda: self._draw_compare(history))

    def _draw_list(
        self, history: tuple[PublishedRevision, ...], current: PublishedRevision | None
    ) -> None:
        text("发布过的版本", "h2", "card-title")
        if not history:
            text("还没有发布过。现在用的是部署时的内容；在“发布”里发布以后，这里可以回退。", "p")
        with box("ul", "rows"):
            for one in history:
                is_live = current is not None and one.number == current.number
                self._draw_one(one, is_live=is_live)

    def _draw_one(self, one: PublishedRevision, *, is_live: bool) -> None:
        with box("li", "shift"):
            with box("p", "row-line"):
                text(f"第 {one.number} 版", classes="row-title")
                if is_live:
                    text("现在用的", classes="mark draft-mark")
                text(_ORIGINS.get(one.origin, one.origin), classes="kind-tag")
                text(one.revision[:8], "code", "muted small")
            text(f"{one.by} · {one.at:%Y-%m-%d %H:%M}", "p", "muted small")
            text(f"理由：{one.reason}" if one.reason else "没有写理由", "p", "small")
            if self._operator.may_approve and not is_live:
                with box("details", "roll-back"):
                    text(f"回到第 {one.number} 版", "summary")
                    reason = text_field(
                        f"回到第 {one.number} 版的理由", rows=2, maxlength=MAX_REASON_CHARS
                    )
                    back = button("回退", "quiet", aria_label=f"回退到第 {one.number} 版")
                on_pressed(back, {"reason": reason.control}, partial(self._roll_back, one))

    def _draw_compare(self, history: tuple[PublishedRevision, ...]) -> None:
        options = {str(one.number): f"第 {one.number} 版 {one.at:%m-%d %H:%M}" for one in history}
        text("比较两版", "h2", "card-title")
        newest = list(options)
        with box("div", "filters"):
            old = choice_field("旧的", options, newest[1] if len(newest) > 1 else "")
            new = choice_field("新的", options, newest[0] if newest else "")
            compare = button("比较", "quiet")
        on_pressed(compare, {"old": old, "new": new}, self._show_diff)

    async def _roll_back(self, one: PublishedRevision, event: GenericEventArguments) -> None:
        sent = event.args if isinstance(event.args, dict) else {}
        with told(self._problem):
            reason = str(sent.get("reason", ""))
            live = await self._publisher.roll_back(self._operator, one.revision, reason)
            say(f"已经回到第 {one.number} 版的内容，记作第 {live.number} 版。")
            await self.load()

    async def _show_diff(self, event: GenericEventArguments) -> None:
        sent = event.args if isinstance(event.args, dict) else {}
        with told(self._problem):
            known = {str(one.number): one.revision for one in await self._publisher.history()}
            wanted = [str(sent.get(side, "")) for side in ("old", "new")]
            if not known.keys() >= set(wanted):
                raise ConsoleError("这一版已经不在了 → 刷新页面再选")
            old, new = [await self._publisher.folder_of(known[number]) for number in wanted]
            changes = await anyio.to_thread.run_sync(compare_folders, old, new)
            draw_in(self._diff, lambda: _draw_files(changes))


def compare_folders(old: Path, new: Path) -> dict[str, tuple[FieldChange, ...]]:
    """Return what differs between two content folders, by file. Blocking."""
    before, after = content_texts(old), content_texts(new)
    return {
        path: field_changes(path, before.get(path, ""), after.get(path, ""))
        for path in sorted(before.keys() | after.keys())
        if before.get(path, "") != after.get(path, "")
    }


def _draw_files(changes: dict[str, tuple[FieldChange, ...]]) -> None:
    with box("section", "card", aria_label="两版的差别"):
        text(f"{len(changes)} 个文件不同" if changes else "两版一样", "h2", "card-title")
        for path, fields in list(changes.items())[:_MOST_FILES]:
            with box("details", "draft-file"):
                text(path, "summary", "row-title")
                draw_diff(fields, "旧的", "新的")
        if len(changes) > _MOST_FILES:
            text(f"……还有 {len(changes) - _MOST_FILES} 个", "p", "muted")
