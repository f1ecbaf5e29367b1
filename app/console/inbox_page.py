"""The page 待处理: what parents asked in vain, in groups, and what to do with each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.console.elements import box, button, icon, set_attribute, text
from app.console.review_desk import MASK, MAX_SENTENCES, Operator, Page, ReviewDesk
from app.console.wording import moment
from app.domain.content import Intent, IntentKind
from app.domain.journal import TO_REVIEW, Reason
from app.errors import ConsoleError, ContentError, StateError
from app.review.clusters import Cluster
from app.review.proposals import Kind, Proposal
from app.review.wording import KINDS, REASONS

_SHOWN = 30
"""Wordings that are shown of a group."""
_VALUE = "(e) => emit(e.target.value)"
_CHECKED = "(e) => emit(e.target.checked)"
_GROUPS = {IntentKind.FAQ: "问答", IntentKind.GAP: "文件没写的", IntentKind.BACKGROUND: "无关的"}
_NOT_THERE = "Redis 没有响应，没有办成，请稍后再试。"


class InboxPage:
    """One tab; create it inside a page."""

    def __init__(self, desk: ReviewDesk, operator: Operator) -> None:
        self._desk = desk
        self._operator = operator
        self._account = ""
        self._reason: Reason | None = None
        self._page = Page((), 1, 1, 0)
        self._open: Cluster | None = None
        self._chosen: dict[str, bool] = {}
        self._target = ""
        self._background = ""
        self._title = ""
        self._is_busy = False
        with box("div", "people inbox"):
            with box("section", "cases", aria_label="问题列表"):
                text("待处理的问题", "h1", "cases-title")
                self._draw_filters()
                self._problem = text("", "p", "problem", role="alert")
                # Scrolls by itself, so keyboards must get there.
                self._list = box("div", "case-list", tabindex="0", role="group", aria_label="问题")
                self._draw_pager()
            with box("section", "case", aria_label="处理"):
                self._detail = box("div", "found")
        self._draw_detail(None)
        ui.timer(0.05, self._refresh, once=True)

    def _draw_filters(self) -> None:
        with box("div", "inbox-filters"):
            accounts = self._desk.catalog.accounts.values()
            names = [("", "全部公众号"), *((a.id, a.name) for a in accounts)]
            self._select("公众号", names, self._filter_account)
            reasons = [(str(r), REASONS[r]) for r in Reason if r in TO_REVIEW]
            self._select("原因", [("", "全部原因"), *reasons], self._filter_reason)

    def _select(
        self,
        label: str,
        options: list[tuple[str, str]],
        chosen: Callable[[GenericEventArguments], Awaitable[None]],
    ) -> None:
        with box("select", "field", aria_label=label) as select:
            for value, name in options:
                text(name, "option", value=value)
        select.on("change", chosen, js_handler=_VALUE)

    def _draw_pager(self) -> None:
        with box("div", "pager"):
            self._back = button("上一页", "quiet")
            self._where = text("", "span", "muted small", role="status")
            self._on = button("下一页", "quiet")
        self._back.on("click", partial(self._turn, -1), [])
        self._on.on("click", partial(self._turn, 1), [])

    async def _filter_account(self, event: GenericEventArguments) -> None:
        self._account = event.args if isinstance(event.args, str) else ""
        await self._refresh(number=1)

    async def _filter_reason(self, event: GenericEventArguments) -> None:
        known = {str(reason): reason for reason in TO_REVIEW}
        self._reason = known.get(event.args) if isinstance(event.args, str) else None
        await self._refresh(number=1)

    async def _turn(self, step: int) -> None:
        await self._refresh(number=self._page.number + step)

    async def _refresh(self, number: int | None = None) -> None:
        try:
            wanted = number or self._page.number
            self._page = await self._desk.page(self._account, self._reason, wanted)
        except StateError:
            self._problem.text = "Redis 没有响应，列表可能不是最新的；请稍后刷新。"
            return
        self._problem.text = ""
        page = self._page
        self._where.text = f"第 {page.number}/{page.pages} 页，共 {page.total} 类"
        _enable(self._back, page.number > 1)
        _enable(self._on, page.number < page.pages)
        self._draw_list()

    def _draw_list(self) -> None:
        self._list.clear()
        with self._list:
            if not self._page.clusters:
                with box("div", "empty"):
                    icon("inbox", "empty-icon")
                    text("没有待处理的问题", "h2", "empty-title")
                    text(
                        "家长问的都答上了，或者还没有人来问。没听懂、反问、拿不准、说“没解决”和转人工的"
                        "问题会打码后出现在这里；也可以换个公众号或原因看看。",
                        "p",
                        "empty-text",
                    )
            for found in self._page.clusters:
                self._draw_item(found)

    def _draw_item(self, found: Cluster) -> None:
        item = button("", "case-item")
        is_open = self._open is not None and self._open.id == found.id
        set_attribute(item, "aria-pressed", "true" if is_open else "false")
        with item:
            with box("span", "case-line"):
                text(f"{found.count} 次", "strong")
                text(REASONS[found.reasons[0]], "span", "case-state")
                text(f"{found.last_at:%m-%d %H:%M}", "span", "muted small")
            text(found.representative, "span", "case-preview")
        item.on("click", partial(self._choose, found), [])

    async def _choose(self, found: Cluster) -> None:
        if self._open is not None and self._open.id == found.id:
            return  # drawn anew, what was ticked and typed would be lost
        proposal = await self._desk.proposal(found)
        self._open = found
        self._chosen = {
            wording: MASK not in wording and number < MAX_SENTENCES
            for number, wording in enumerate(found.wordings[:_SHOWN])
        }
        is_add = proposal.kind is Kind.ADD and proposal.intent is not None
        self._target = str(proposal.intent) if is_add else ""
        is_background = proposal.kind is Kind.OUT_OF_SCOPE
        near = proposal.intent if is_background else self._desk.background(found)
        self._background = str(near or "")
        self._title = ""
        self._draw_list()
        self._draw_detail(proposal)

    def _draw_detail(self, proposal: Proposal | None) -> None:
        self._detail.clear()
        found = self._open
        with self._detail:
            if found is None or proposal is None:
                with box("div", "empty"):
                    icon("rule", "empty-icon")
                    text("选一类问题", "h2", "empty-title")
                    text(
                        "问得最多的排在最前。看看家长怎么说的，再决定放到哪里。", "p", "empty-text"
                    )
                return
            text(found.representative, "h2", "case-title")
            text(self._facts(found), "p", "muted small")
            text(self._advice(proposal), "p", "advice")
            self._draw_wordings(found)
            if not self._operator.may_edit:
                text("您的账号只能看；处理需要编辑权限。", "p", "muted")
                return
            self._draw_actions(found)
            self._status = text("", "p", "muted", role="status")

    def _facts(self, found: Cluster) -> str:
        accounts = self._desk.catalog.accounts
        names = "、".join(accounts[a].name for a in found.accounts if a in accounts)
        why = "、".join(REASONS[reason] for reason in found.reasons)
        return f"{found.count} 次，最近 {moment(found.last_at)}　{names}　{why}"

    def _advice(self, proposal: Proposal) -> str:
        sure = f"把握 {proposal.confidence:.0%}"
        if proposal.intent is None:
            return f"建议：{KINDS[proposal.kind]}（{sure}）"
        title = self._desk.catalog.intents[proposal.intent].title
        verb = "加到" if proposal.kind is Kind.ADD else "不归我们管："
        return f"建议：{verb}“{title}”（{sure}）"

    def _draw_wordings(self, found: Cluster) -> None:
        with box("fieldset", "wordings"):
            text(f"家长的说法（共 {len(found.wordings)} 种）", "legend", "label")
            for wording, is_chosen in self._chosen.items():
                with box("label", "wording"):
                    tick = box("input", type="checkbox")
                    if is_chosen:
                        set_attribute(tick, "checked", "")
                    text(wording)
                tick.on("change", partial(self._tick, wording), js_handler=_CHECKED)

    def _tick(self, wording: str, event: GenericEventArguments) -> None:
        self._chosen[wording] = event.args is True

    def _draw_actions(self, found: Cluster) -> None:
        with box("div", "inbox-action"):
            with box("label", "inbox-label"):
                text("加到")
                self._draw_targets("加到哪个问答", self._target, "_target", background=False)
            add = button("加进去", "primary send")
        with box("div", "inbox-action"):
            with box("label", "inbox-label"):
                text("新问答")
                title = box("input", "field", type="text", maxlength="30", placeholder="标题")
            new = button("新建", "quiet")
        with box("div", "inbox-action"):
            with box("label", "inbox-label"):
                text("不归我们管")
                self._draw_targets(
                    "归到哪一类无关问题", self._background, "_background", background=True
                )
            beyond = button("归过去", "quiet")
        with box("div", "inbox-action"):
            ignore = button("忽略这一类", "quiet")
        title.on("input", self._entitle, js_handler=_VALUE)
        desk, operator = self._desk, self._operator
        steps: dict[Element, Callable[[], Awaitable[str]]] = {
            add: lambda: desk.adopt(found, self._target, self._ticked(), operator),
            new: lambda: desk.new(found, self._title, self._ticked(), operator),
            beyond: lambda: desk.out_of_scope(found, self._background, self._ticked(), operator),
            ignore: lambda: desk.ignore(found, operator),
        }
        for pressed, step in steps.items():
            pressed.on("click", partial(self._do, found, step), [])

    def _draw_targets(self, label: str, chosen: str, field: str, *, background: bool) -> None:
        intents = self._desk.targets(background=background)
        with box("select", "field", aria_label=label) as select:
            text("请选择", "option", value="")
            for kind in dict.fromkeys(intent.kind for intent in intents):
                with box("optgroup", label=_GROUPS[kind]):
                    for intent in intents:
                        if intent.kind is kind:
                            _option(intent, is_chosen=intent.id == chosen)

        def choose(event: GenericEventArguments) -> None:
            setattr(self, field, event.args if isinstance(event.args, str) else "")

        select.on("change", choose, js_handler=_VALUE)

    def _entitle(self, event: GenericEventArguments) -> None:
        self._title = event.args if isinstance(event.args, str) else ""

    def _ticked(self) -> list[str]:
        return [wording for wording, is_chosen in self._chosen.items() if is_chosen]

    async def _do(self, found: Cluster, step: Callable[[], Awaitable[str]]) -> None:
        """Take a step, tell what came of it and show what is left."""
        if self._is_busy:
            return
        self._is_busy = True
        try:
            await self._step(found, step)
        finally:
            self._is_busy = False

    async def _step(self, found: Cluster, step: Callable[[], Awaitable[str]]) -> None:
        self._status.text = "正在写草稿并检查影响…"
        try:
            said = await step()
        except StateError:
            self._fail(_NOT_THERE)
            return
        except (ConsoleError, ContentError) as error:
            self._fail(str(error))
            return
        except OSError as error:
            self._fail(f"草稿写不进去：{error.strerror}。")
            return
        ui.notify(said, type="positive", position="top")
        if self._open is not None and self._open.id == found.id:
            self._open = None
            self._draw_detail(None)
        await self._refresh()

    def _fail(self, why: str) -> None:
        self._status.text = ""
        ui.notify(why, type="negative", position="top")


def _option(intent: Intent, *, is_chosen: bool) -> None:
    option = text(intent.title, "option", value=intent.id)
    if is_chosen:
        set_attribute(option, "selected", "")


def _enable(element: Element, is_enabled: bool) -> None:
    set_attribute(element, "disabled", None if is_enabled else "")
