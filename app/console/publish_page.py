"""The page 发布: what the draft changes, whether it is right, what it does, and making it live."""

from __future__ import annotations

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.console.diff_view import draw_diff
from app.console.elements import box, button, icon, set_attribute, text
from app.console.field_diff import field_changes
from app.console.form_fields import on_pressed, text_field
from app.console.impact_view import ImpactView
from app.console.intent_desk import IntentDesk
from app.console.long_step import LongStep
from app.console.page_steps import draw_in, say, told
from app.errors import ContentProblem
from app.publishing.ports import Operator, Progress
from app.publishing.publisher import MAX_REASON_CHARS, Change, Examination, Publisher

_SHOWN_PROBLEMS = 100


class PublishPage:
    """One tab; create it inside a page, then `await` `load`."""

    def __init__(self, publisher: Publisher, desk: IntentDesk, operator: Operator) -> None:
        self._publisher = publisher
        self._desk = desk
        self._operator = operator
        self._buttons: list[Element] = []
        with box("div", "content-page"):
            with box("div", "page-head"):
                text("发布", "h1", "page-title")
                self._live = text("", "p", "muted", role="status")
            self._problem = text("", "p", "problem", role="alert")
            self._draft = box("section", "card", aria_label="草稿")
            with box("section", "card", aria_label="检查、影响和发布") as self._steps:
                self._draw_steps()
            self._findings = box("div", "findings")

    def _draw_steps(self) -> None:
        with box("div", "buttons"):
            check = button("检查", "quiet")
            impact = button("看影响", "quiet")
        check.on("click", self._check, [])
        impact.on("click", self._look, [])
        self._buttons = [check, impact]
        if self._operator.may_approve:
            reason = text_field(
                "发布的理由",
                rows=2,
                hint="有变差的一定要写；会记在修订和操作记录里。",
                maxlength=MAX_REASON_CHARS,
            )
            publish = button("发布", "primary send")
            on_pressed(publish, {"reason": reason.control}, self._publish)
            self._buttons.append(publish)
        else:
            text("发布要“审核”角色：请有审核权限的同事来看影响、发布。", "p", "muted")
        self._long = LongStep(self._enable)

    def _enable(self, is_idle: bool) -> None:
        for one in self._buttons:
            set_attribute(one, "disabled", None if is_idle else "disabled")

    async def load(self) -> None:
        """Fetch and show the draft and what is known about it."""
        with told(self._problem):
            changes = await self._publisher.changes()
            current = await self._publisher.current()
            known = await self._publisher.examination()
            self._live.text = (
                f"现在用的是第 {current.number} 版，{current.at:%m-%d %H:%M} 由“{current.by}”发布。"
                if current
                else "现在用的是部署时的内容，还没有在后台发布过。"
            )
            draw_in(self._draft, lambda: self._draw_draft(changes))
            self._steps.visible = bool(changes)
            self._show(known)

    def _draw_draft(self, changes: tuple[Change, ...]) -> None:
        if not changes:
            with box("div", "empty"):
                icon("edit_note", "empty-icon")
                text("草稿是空的", "h2", "empty-title")
                text(
                    "到“问答”里改一条，存进草稿，再回到这里检查、看影响、发布。", "p", "empty-text"
                )
                text("去问答", "a", "link", href="/intents")
            return
        text(f"草稿改了 {len(changes)} 个文件", "h2", "card-title")
        for change in changes:
            self._draw_change(change)

    def _draw_change(self, change: Change) -> None:
        draft = change.draft
        kind = "新建" if not change.published else "删除" if not draft.text else "修改"
        with box("details", "draft-file"):
            with box("summary"):
                text(draft.path, "span", "row-title")
                text(f" {kind} · {draft.by} · {draft.at:%m-%d %H:%M}", "span", "muted small")
                if change.is_stale:
                    text("发布的文字变了", "span", "mark expiring-mark")
            if change.is_stale:
                text("开始改以后有人发布了另一版。打开它，对照两边再存。", "p", "problem")
            places = self._desk.regions
            draw_diff(field_changes(draft.path, change.published, draft.text, places))
            with box("div", "buttons"):
                if draft.path.count("/") == 1 and draft.path.startswith("intents/"):
                    stem = draft.path.removeprefix("intents/").removesuffix(".yml")
                    text("打开来改", "a", "link", href=f"/intents/{stem}")
                if self._operator.may_edit:
                    drop = button("丢弃这一个", "quiet", aria_label=f"丢弃 {draft.path} 的草稿")
                    drop.on("click", lambda: self._discard(change), [])

    async def _discard(self, change: Change) -> None:
        with told(self._problem):
            await self._desk.discard(self._operator, change.draft)
            say("已丢弃。")
        message = self._problem.text
        await self.load()
        self._problem.text = message or self._problem.text

    def _check(self) -> None:
        async def work(progress: Progress) -> None:
            self._show(await self._publisher.examine(with_impact=False, progress=progress))

        self._long.begin("正在检查所有文件", work)

    def _look(self) -> None:
        async def work(progress: Progress) -> None:
            self._show(await self._publisher.examine(progress=progress))

        self._long.begin("正在学习新的说法并重放所有测试，要一两分钟", work)

    def _publish(self, event: GenericEventArguments) -> None:
        sent = event.args if isinstance(event.args, dict) else {}
        reason = str(sent.get("reason", ""))

        async def work(progress: Progress) -> None:
            published = await self._publisher.publish(self._operator, reason, progress=progress)
            say(f"发布好了，第 {published.number} 版。")
            await self.load()

        self._long.begin("正在发布", work)

    def _show(self, found: Examination | None) -> None:
        draw_in(self._findings, lambda: self._draw_findings(found))

    def _draw_findings(self, found: Examination | None) -> None:
        if found is None:
            return
        with box("section", "card", aria_label="检查结果"):
            _draw_problems(found.problems)
        if found.impact is not None:
            with box("section", "card", aria_label="影响"):
                ImpactView(found.impact, self._desk.regions)


def _draw_problems(problems: tuple[ContentProblem, ...]) -> None:
    errors = sum(problem.level == "error" for problem in problems)
    text("检查", "h2", "card-title")
    if not problems:
        text("没有问题。", "p", "fine")
        return
    verdict = f"{errors} 处错误，改好才能发布；" if errors else "没有错误；"
    text(f"{verdict}{len(problems) - errors} 处提醒。", "p", "problem" if errors else "")
    ordered = sorted(problems, key=lambda problem: problem.level != "error")
    with box("ul", "problem-list"):
        for problem in ordered[:_SHOWN_PROBLEMS]:
            text(str(problem), "li")
    if len(problems) > _SHOWN_PROBLEMS:
        text(f"……还有 {len(problems) - _SHOWN_PROBLEMS} 处", "p", "muted")
