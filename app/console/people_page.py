"""The page 人工: conversations that wait for a person, what was said, and a box to answer in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from nicegui import ui
from nicegui.events import GenericEventArguments

from app.console.access import Action, Audit, Operator, enforce
from app.console.elements import box, button, icon, set_attribute, text
from app.console.people import MAX_ANSWER_CHARS, People
from app.console.wording import moment
from app.domain.handoff import Author, Case, CaseState, summary
from app.errors import ConsoleError, StateError

_REFRESH_S = 3.0
_STAMP_AFTER = timedelta(minutes=5)
_STATES: Mapping[CaseState, str] = {
    CaseState.WAITING: "等待回复",
    CaseState.ANSWERED: "人工接待中",
    CaseState.TRANSFERRED: "在微信客服",
    CaseState.TICKET: "留言",
    CaseState.RELEASED: "已交还机器人",
}
_AUTHORS: Mapping[Author, tuple[str, str]] = {
    Author.PARENT: ("家长", "bot"),
    Author.BOT: ("机器人", "bot"),
    Author.STAFF: ("工作人员", "parent"),
}
"""Author → name and side: who works here stands on the right."""
_PREVIEW_CHARS = 40
_EMIT_ANSWER = """() => {
  const box = getHtmlElement(%d);
  if (box.value.trim()) emit(box.value);
  box.value = "";
}"""
_TO_THE_END = "setTimeout(() => { const e = getHtmlElement(%d); e.scrollTop = e.scrollHeight }, 40)"


class PeoplePage:
    """One tab; create it inside a page."""

    def __init__(self, people: People, operator: Operator, audit: Audit) -> None:
        self._people = people
        self._operator = operator
        self._audit = audit
        self._chosen: tuple[str, str] | None = None
        self._shown: tuple[Case, ...] = ()
        self._open: Case | None = None
        self._silent = False
        with box("div", "people"):
            with box("section", "cases", aria_label="会话列表"):
                text("转人工的会话", "h1", "cases-title")
                self._problem = text("", "p", "problem", role="alert")
                # Scrolls by itself, so keyboards must get there.
                self._list = box("div", "case-list", tabindex="0", role="group", aria_label="会话")
            with box("section", "case", aria_label="会话内容"):
                self._draw_case()
        ui.timer(_REFRESH_S, self._refresh)

    def _draw_case(self) -> None:
        with box("div", "empty") as self._empty:
            icon("support_agent", "empty-icon")
            text("选一个会话", "h2", "empty-title")
            text("家长转人工以后，会话出现在左边；等得最久的排在最前。", "p", "empty-text")
        with box("div", "case-body") as self._body:
            with box("div", "case-head"):
                self._title = text("", "h2", "case-title")
                self._about = text("", "p", "muted small")
            self._log = box("div", "log", role="log", aria_label="对话记录", tabindex="0")
            with box("div", "answer") as answer:
                field = box(
                    "textarea",
                    "field",
                    rows="3",
                    maxlength=str(MAX_ANSWER_CHARS),
                    aria_label="回复家长",
                    placeholder="回复家长…（请不要索要身份证号、银行卡号和验证码）",
                )
                with box("div", "answer-buttons"):
                    send = button("发送", "primary send")
                    release = button("交还机器人", "quiet", title="以后由机器人回答")
                    draft = button("存成草稿", "quiet", title="把问题和回复存成一条新问答的草稿")
        send.on("click", self._send, js_handler=_EMIT_ANSWER % field.id)
        release.on("click", self._release, [])
        draft.on("click", self._draft, [])
        self._body.visible = False
        answer.visible = self._operator.may_edit

    async def _refresh(self) -> None:
        """Fetch everything again; draw only what has changed."""
        try:
            cases = await self._people.cases()
            chosen = await self._people.case(*self._chosen) if self._chosen else None
        except StateError:
            self._problem.text = "Redis 没有响应，列表可能不是最新的。恢复后会自动更新。"
            return
        self._problem.text = ""
        if cases != self._shown or not self._list.default_slot.children:
            self._shown = cases
            self._draw_list()
        silent = chosen is not None and self._people.is_silent(chosen)
        if (chosen, silent) != (self._open, self._silent):
            self._open, self._silent = chosen, silent
            self._show_case()

    def _draw_list(self) -> None:
        self._list.clear()
        with self._list:
            if not self._shown:
                text("现在没有家长在等。", "p", "muted")
            for case in self._shown:
                self._draw_item(case)

    def _draw_item(self, case: Case) -> None:
        account = self._people.catalog.accounts[case.account]
        item = button("", "case-item")
        set_attribute(item, "aria-pressed", _flag(self._chosen == (case.account, case.id)))
        with item:
            with box("span", "case-line"):
                text(account.name, "strong")
                text(_STATES[case.state], "span", f"case-state {case.state}")
                text(f"{case.active_at:%m-%d %H:%M}", "span", "muted small")
            text(summary(case.lines)[:_PREVIEW_CHARS] or "（没有文字）", "span", "case-preview")
        item.on("click", lambda c=case: self._choose(c), [])

    async def _choose(self, case: Case) -> None:
        self._chosen = (case.account, case.id)
        self._shown = ()
        await self._refresh()

    def _show_case(self) -> None:
        case = self._open
        self._body.visible = case is not None
        self._empty.visible = case is None
        self._log.clear()
        if case is None:
            return
        account = self._people.catalog.accounts[case.account]
        self._title.text = f"{account.name} · {_STATES[case.state]}"
        self._about.text = "　".join(self._facts(case))
        with self._log:
            before = None
            for line in case.lines:
                name, side = _AUTHORS[line.author]
                if before is None or line.at - before >= _STAMP_AFTER:
                    text(moment(line.at), "div", "stamp")
                before = line.at
                with box("div", f"line {side}"), box("div", "bubble"):
                    text(f"{name}：", classes="sr-only")
                    text(line.text or "（空）")
        ui.run_javascript(_TO_THE_END % self._log.id)

    def _facts(self, case: Case) -> list[str]:
        intents = self._people.catalog.intents
        titles = [intents[topic].title for topic in case.topics if topic in intents]
        facts = [f"转来的时间：{moment(case.opened_at)}"]
        if titles:
            facts.append(f"之前聊到：{'、'.join(titles)}")
        if case.undelivered:
            facts.append(f"{case.undelivered} 条回复等家长下次来消息时送出")
        facts.append("机器人不说话" if self._silent else "机器人在回答")
        return facts

    async def _send(self, event: GenericEventArguments) -> None:
        case, words = self._open, event.args
        if case is None or not isinstance(words, str) or not words.strip():
            return

        async def send() -> str:
            return await self._people.answer(case, words)

        await self._do(send, "回复家长", case)

    async def _release(self) -> None:
        case = self._open
        if case is None:
            return

        async def release() -> str:
            await self._people.release(case)
            return "已交还给机器人。"

        await self._do(release, "交还机器人", case)

    async def _draft(self) -> None:
        case = self._open
        if case is None:
            return

        async def draft() -> str:
            return await self._people.draft(case, self._operator.name)

        await self._do(draft, "存成草稿", case)

    async def _do(self, step: Callable[[], Awaitable[str]], action: str, case: Case) -> None:
        """Take a step, note it, tell what came of it and show what is so now."""
        try:
            enforce(self._operator, Action.EDIT)
            outcome = str(await step())
            await self._audit.note(self._operator.name, action, f"{case.account}/{case.id[:8]}")
            ui.notify(outcome, type="info", position="top")
        except ConsoleError as refusal:
            ui.notify(str(refusal), type="negative", position="top")
        except StateError:
            ui.notify("Redis 没有响应，没有办成，请稍后再试。", type="negative", position="top")
        except OSError as error:
            ui.notify(f"草稿写不进去：{error.strerror}。", type="negative", position="top")
        await self._refresh()


def _flag(is_set: bool) -> str:
    return "true" if is_set else "false"
