"""The page of one intent: its fields, live checks beside them, and saving into the draft."""

from __future__ import annotations

from collections import defaultdict

import anyio
from nicegui import ui
from nicegui.events import GenericEventArguments

from app.console.conflict_panel import ConflictPanel
from app.console.diff_view import draw_diff
from app.console.elements import box, button, set_attribute, text
from app.console.field_diff import field_changes
from app.console.form_fields import Field, on_pressed, on_typed, text_field
from app.console.intent_desk import IntentDesk, OpenIntent
from app.console.intent_form import HINTS, LINES, Form, field_at, label_of, read_form
from app.console.intent_panels import draw_effects, draw_previews
from app.console.page_steps import draw_in, say, to_page, told
from app.console.wording import kind_name
from app.errors import ContentProblem, EditConflictError
from app.publishing.ports import Operator

_PAUSE_MS = 700
_TITLE_CHARS = 14


class IntentPage:
    """One tab; create it inside a page with what `IntentDesk.open` returned."""

    def __init__(self, desk: IntentDesk, operator: Operator, opened: OpenIntent) -> None:
        self._desk = desk
        self._operator = operator
        self._opened = opened
        self._form = opened.form
        self._typed = 0
        self._linting = anyio.Lock()
        self._fields: dict[str, Field] = {}
        with box("div", "content-page"):
            self._draw_head()
            self._conflict = ConflictPanel(self._save_merged)
            if opened.is_stale:
                self._draw_stale()
            with box("div", "intent-columns"):
                with box("section", "intent-form", aria_label="这条问答") as form:
                    self._draw_form()
                with box("section", "intent-side", aria_label="检查和预览", tabindex="0"):
                    self._draw_side()
        controls = {name: field.control for name, field in self._fields.items()}
        if operator.may_edit:
            on_typed(form, controls, self._check, _PAUSE_MS)
            on_pressed(self._save_button, controls, self._save)
        draw_in(self._preview, lambda: draw_previews(desk.previews(self._form)))
        ui.timer(0.1, self._check_now, once=True)

    def _draw_head(self) -> None:
        intent = self._opened.intent
        with box("div", "page-head"):
            text(intent.title or intent.id, "h1", "page-title")
            text(f"{intent.id} · {kind_name(intent.kind) or '问答'}", "p", "muted")
            with box("p"):
                text("‹ 全部问答", "a", "link", href="/intents")
        self._state = text("", "p", "muted", role="status")
        self._problem = text("", "p", "problem", role="alert")
        self._show_state()

    def _show_state(self) -> None:
        draft = self._opened.draft
        self._state.text = (
            f"草稿：{draft.by} 在 {draft.at:%m-%d %H:%M} 改过，还没有发布。"
            if draft
            else "和发布的一样，没有草稿。"
        )

    def _draw_stale(self) -> None:
        """Somebody published the file after the draft was begun: let the operator choose."""
        opened = self._opened
        with box("section", "card warn", aria_label="发布的文字变了"):
            text("开始改以后，有人发布了这条的另一版", "h2", "card-title")
            text("没有覆盖任何东西。左边是现在发布的，右边是草稿。", "p")
            places = self._desk.regions
            changes = field_changes(opened.path, opened.published, opened.text, places)
            draw_diff(changes, "发布的", "草稿")
            with box("div", "buttons"):
                keep = button("看过了，草稿接着用", "quiet")
                drop = button("丢弃草稿，用发布的", "quiet")
        keep.on("click", self._keep_draft, [])
        drop.on("click", self._discard, [])

    def _draw_form(self) -> None:
        read_only = not self._operator.may_edit
        self._add("title", rows=1, hint=f"最多 {_TITLE_CHARS} 个字", read_only=read_only)
        places = self._desk.regions
        for name in ("utterances", *(n for n in self._form if n.startswith("answers/"))):
            region = name.split("/")[1] if "/" in name else ""
            suffix = f" · {places.get(region, region)}" if region else ""
            hint = LINES[name][1] if name in LINES else HINTS.get(name.rpartition("/")[2], "")
            rows = 5 if name == "utterances" or name.endswith("/text") else 2
            self._add(name, rows=rows, suffix=suffix, hint=hint, read_only=read_only)
        for name in ("tests", "not_utterances", "related"):
            self._add(name, rows=3, hint=LINES[name][1], read_only=read_only)
        with box("div", "buttons save-bar"):
            self._save_button = button("存进草稿", "primary send")
            drop = button("丢弃草稿", "quiet")
        self._save_button.visible = self._operator.may_edit
        drop.visible = self._operator.may_edit and self._opened.draft is not None
        drop.on("click", self._discard, [])

    def _add(
        self, name: str, *, rows: int, hint: str = "", suffix: str = "", read_only: bool
    ) -> None:
        self._fields[name] = text_field(
            label_of(name) + suffix, self._form[name], rows=rows, hint=hint, read_only=read_only
        )

    def _draw_side(self) -> None:
        text("手机上看到的", "h2", "card-title")
        self._preview = box("div", "previews")
        text("检查", "h2", "card-title")
        self._lint = box("div", "lint", role="status")
        text("新说法会怎样", "h2", "card-title")
        self._effects = box("div", "effects", role="status")

    async def _check(self, event: GenericEventArguments) -> None:
        with told(self._problem):
            self._form = read_form(event.args, self._form)
            await self._check_now()

    async def _check_now(self) -> None:
        """Show what the form says now; what was typed meanwhile makes it void."""
        self._typed += 1
        typed, form = self._typed, dict(self._form)
        draw_in(self._preview, lambda: draw_previews(self._desk.previews(form)))
        with told(self._problem):
            effects = await self._desk.effects(self._opened, form)
            if typed != self._typed:
                return
            draw_in(self._effects, lambda: draw_effects(effects))
            changed = self._desk.text_of(self._opened, form)
            async with self._linting:
                if typed != self._typed:  # only the last of those that waited
                    return
                problems = await self._desk.problems(self._opened, changed)
            if typed == self._typed:
                self._show_problems(changed, problems)

    def _show_problems(self, changed: str, problems: tuple[ContentProblem, ...]) -> None:
        by_field: dict[str, list[str]] = defaultdict(list)
        for problem in problems:
            level = "错误" if problem.level == "error" else "提醒"
            name = field_at(changed, problem.line)
            shown = next((n for n in (name, f"{name}/text") if n in self._fields), "title")
            by_field[shown].append(f"{level} {problem.rule}：{problem.message} → {problem.remedy}")
        for name, field in self._fields.items():
            field.blame("\n".join(by_field[name]))
        errors = sum(problem.level == "error" for problem in problems)
        draw_in(self._lint, lambda: _draw_verdict(errors, len(problems) - errors))

    async def _save(self, event: GenericEventArguments) -> None:
        self._form = form = read_form(event.args, self._form)
        set_attribute(self._save_button, "disabled", "disabled")
        with told(self._problem):
            try:
                after = await self._desk.save(self._operator, self._opened, form)
            except EditConflictError as conflict:
                await self._show_conflict(str(conflict), form)
                raise
            say("没有改动。" if after is self._opened else "存进草稿了，到“发布”里看影响。")
            self._opened = after
            self._show_state()
        set_attribute(self._save_button, "disabled", None)

    async def _show_conflict(self, message: str, form: Form) -> None:
        theirs = await self._desk.open(self._opened.intent.id)
        mine = self._desk.text_of(theirs, form, before=self._opened.form)
        changes = field_changes(theirs.path, theirs.text, mine, self._desk.regions)
        self._conflict.show(message, theirs, changes)

    async def _save_merged(self, theirs: OpenIntent) -> None:
        """Put the fields that this operator changed on top of what the other one wrote."""
        with told(self._problem):
            merged = {**theirs.form, **self._changed()}
            try:
                await self._desk.save(self._operator, theirs, merged)
            except EditConflictError as conflict:
                await self._show_conflict(str(conflict), self._form)
                raise
            to_page(f"/intents/{theirs.intent.id}")

    def _changed(self) -> Form:
        before = self._opened.form
        return {name: words for name, words in self._form.items() if words != before[name]}

    async def _keep_draft(self) -> None:
        with told(self._problem):
            await self._desk.stand_on_published(self._operator, self._opened)
            to_page(f"/intents/{self._opened.intent.id}")

    async def _discard(self) -> None:
        with told(self._problem):
            if self._opened.draft is not None:
                await self._desk.discard(self._operator, self._opened.draft)
            published = bool(self._opened.published)
            to_page(f"/intents/{self._opened.intent.id}" if published else "/intents")


def _draw_verdict(errors: int, warnings: int) -> None:
    if errors:
        text(f"这个文件有 {errors} 处错误，改好才能发布；写在各栏下面。", "p", "problem")
    elif warnings:
        text(f"没有错误，有 {warnings} 处提醒，写在各栏下面。", "p")
    else:
        text("没有问题。", "p", "fine")
