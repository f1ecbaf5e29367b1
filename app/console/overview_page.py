"""The page 概览: how much was asked, what came of it, what is about to expire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from app.console.charts import draw_bars, draw_table, draw_trend
from app.console.elements import box, button, icon, set_attribute, text
from app.console.statistics import DayStats, Statistics, Summary, summarise
from app.domain.content import Catalog
from app.domain.names import IntentId
from app.domain.turn import Decision
from app.errors import StateError
from app.knowledge.expiry import START_UP_DAYS, expiring

PERIODS = (7, 30)
"""Days that can be chosen."""
_TOPICS = 10
_EXPIRING = 20
_ALL = ""


class OverviewPage:
    """One tab; create it inside a page, then `await show()`."""

    def __init__(
        self, catalog: Catalog, statistics: Statistics, clock: Callable[[], datetime]
    ) -> None:
        self._catalog = catalog
        self._statistics = statistics
        self._clock = clock
        self._days = PERIODS[0]
        self._account = _ALL
        with box("div", "page"):
            with box("div", "page-head"):
                text("概览", "h1", "page-title")
                self._draw_choices()
            self._numbers = box("div", "panels")
            with box("div", "panels two"):
                self._draw_expiring()
                self._draw_revision()

    def _draw_choices(self) -> None:
        accounts = {_ALL: "全部"} | {a.id: a.name for a in self._catalog.accounts.values()}
        self._account_buttons = {}
        with box("div", "segmented", role="group", aria_label="公众号"):
            for account, name in accounts.items():
                one = button(name, "segment")
                one.on("click", lambda a=account: self._pick(account=a), [])
                self._account_buttons[account] = one
        self._day_buttons = {}
        with box("div", "segmented", role="group", aria_label="时间"):
            for days in PERIODS:
                one = button(f"{days} 天", "segment")
                one.on("click", lambda d=days: self._pick(days=d), [])
                self._day_buttons[days] = one

    async def _pick(self, *, account: str | None = None, days: int | None = None) -> None:
        self._account = self._account if account is None else account
        self._days = days or self._days
        await self.show()

    async def show(self) -> None:
        """Fetch the numbers and draw them."""
        for account, one in self._account_buttons.items():
            set_attribute(one, "aria-pressed", _flag(account == self._account))
        for days, one in self._day_buttons.items():
            set_attribute(one, "aria-pressed", _flag(days == self._days))
        today = self._clock().date()
        first = today - timedelta(days=self._days - 1)
        try:
            found = await self._statistics.days(self._account or None, first, today)
        except StateError:
            found = None
        self._numbers.clear()
        with self._numbers:
            if found is None:
                text("Redis 没有响应，现在看不到数字。恢复后请刷新。", "p", "problem", role="alert")
            elif not any(day.messages for day in found):
                _draw_nothing()
            else:
                self._draw_numbers(found, first, today)

    def _draw_numbers(self, found: Sequence[DayStats], first: date, today: date) -> None:
        summary = summarise(found)
        _draw_tiles(summary)
        known = {day.day: day for day in found}
        days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
        labels = [f"{day:%m-%d}" for day in days]

        def counts(decision: Decision) -> list[int]:
            return [known[d].decisions.get(decision, 0) if d in known else 0 for d in days]

        with box("div", "panels two"):
            messages = [known[day].messages if day in known else 0 for day in days]
            trend = {
                "消息": messages,
                "反问": counts(Decision.CLARIFY),
                "没答上": counts(Decision.FALLBACK),
            }
            draw_trend("每天的消息", labels, trend)
            hours = [f"{hour} 时" for hour in range(24)]
            draw_bars("几点来问", hours, "消息", summary.hours)
        with box("section", "panel"):
            text("问得最多的", "h2", "panel-title")
            rows = [(self._title(t), str(n)) for t, n in summary.topics[:_TOPICS]]
            if rows:
                draw_table(("话题", "次数"), rows, "问得最多的")
            else:
                text("这几天没有答过具体的话题。", "p", "muted")

    def _title(self, topic: str) -> str:
        intent = self._catalog.intents.get(IntentId(topic))
        return intent.title if intent else topic

    def _draw_expiring(self) -> None:
        within = timedelta(days=START_UP_DAYS)
        found = expiring(self._catalog, self._clock(), within)
        with box("section", "panel"):
            text("快到期的内容", "h2", "panel-title")
            if not found:
                text(f"{START_UP_DAYS} 天内没有到期的文件和日期。", "p", "muted")
                return
            rows = [(i.title, f"{i.last}", _left(i.days_left), i.file) for i in found[:_EXPIRING]]
            draw_table(("内容", "最后一天", "还有", "文件"), rows, "快到期的内容")
            text(
                "过期的内容会带着提醒回答；新文件到了，换 knowledge/ 里的文件和日历。",
                "p",
                "muted small",
            )

    def _draw_revision(self) -> None:
        with box("section", "panel"):
            text("现在的内容", "h2", "panel-title")
            with box("p"):
                text("版本 ")
                text(self._catalog.revision[:12], "code", "id")
            counts = f"{len(self._catalog.intents)} 个问答，{len(self._catalog.flows)} 个流程，"
            counts += f"{len(self._catalog.documents)} 份文件"
            text(counts, "p", "muted")


def _draw_tiles(summary: Summary) -> None:
    p95 = "—" if summary.p95_ms is None else f"{summary.p95_ms:.0f} 毫秒"
    tiles = (
        ("消息", str(summary.messages), ""),
        ("答上了", str(summary.resolved), summary.share(summary.resolved)),
        ("反问", str(summary.clarified), summary.share(summary.clarified)),
        ("没答上", str(summary.refused), summary.share(summary.refused)),
        ("转人工", str(summary.handoffs), summary.share(summary.handoffs)),
        ("说没解决", str(summary.unsolved), summary.share(summary.unsolved)),
        ("95% 的回答不超过", p95, "最慢的一天"),
    )
    with box("dl", "tiles"):
        for name, number, note in tiles:
            with box("div", "tile"):
                text(name, "dt", "muted small")
                with box("dd"):
                    text(number, "span", "tile-number")
                    text(note, "span", "muted small")


def _draw_nothing() -> None:
    with box("div", "empty"):
        icon("insights", "empty-icon")
        text("这几天还没有消息", "h2", "empty-title")
        text(
            "家长在公众号里问过以后，这里有每天的消息、答上的比例和常问的话题。", "p", "empty-text"
        )
        with box("a", "link", href="/playground"):
            text("先去试聊看看它怎么回答")


def _left(days: int) -> str:
    return f"已过期 {-days} 天" if days < 0 else "今天" if days == 0 else f"{days} 天"


def _flag(is_set: bool) -> str:
    return "true" if is_set else "false"
