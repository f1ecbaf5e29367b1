"""The page 日历: a month of each region's windows, debit days and holidays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from nicegui.element import Element

from app.console.elements import box, button, icon, set_attribute, text
from app.console.month import Day, MarkKind, month_of, said_on
from app.domain.calendar import Calendar
from app.domain.content import Catalog
from app.domain.names import Region

_FIRST_YEAR, _LAST_YEAR = 2015, 2099
_WEEKDAYS = "一二三四五六日"
_KINDS: Mapping[MarkKind, str] = {
    MarkKind.OPEN: "可以办",
    MarkKind.DEBIT: "扣款",
    MarkKind.LOCKED: "锁定",
    MarkKind.STARTS: "开始",
}
_SHORT = 2
"""Marks written out in a cell; the rest are counted."""


class CalendarPage:
    """One tab; create it inside a page."""

    def __init__(self, catalog: Catalog, clock: Callable[[], datetime]) -> None:
        self._calendars: Mapping[Region, Calendar] = catalog.calendar
        self._today = clock().date()
        self._chosen = self._today
        names = {a.region: a.name for a in catalog.accounts.values()}
        with box("div", "page"):
            if not self._calendars:
                text("日历", "h1", "page-title")
                _draw_nothing()
                return
            self._region = next(iter(self._calendars))
            with box("div", "page-head"):
                text("日历", "h1", "page-title")
                with box("div", "segmented", role="group", aria_label="地区"):
                    self._regions = {
                        region: self._region_button(region, names.get(region, region))
                        for region in self._calendars
                    }
                self._draw_steps()
            with box("div", "split wide"):
                self._grid = box("div", "month")
                self._said = box(
                    "section", "panel", aria_label="机器人这天怎么说", aria_live="polite"
                )
        self._show()

    def _region_button(self, region: Region, name: str) -> Element:
        one = button(name, "segment")
        one.on("click", lambda: self._pick_region(region), [])
        return one

    def _draw_steps(self) -> None:
        with box("div", "steps", role="group", aria_label="月份"):
            for label, name, months in (
                ("上个月", "chevron_left", -1),
                ("下个月", "chevron_right", 1),
            ):
                with box("button", "btn icon-btn", type="button", aria_label=label) as step:
                    icon(name)
                step.on("click", lambda m=months: self._step(m), [])
                if months < 0:
                    self._month = text("", "h2", "month-title", aria_live="polite")
            button("今天", "quiet").on("click", lambda: self._choose(self._today), [])

    def _pick_region(self, region: Region) -> None:
        self._region = region
        self._show()

    def _step(self, months: int) -> None:
        month = self._chosen.year * 12 + self._chosen.month - 1 + months
        year = month // 12
        if _FIRST_YEAR <= year <= _LAST_YEAR:
            self._choose(date(year, month % 12 + 1, 1))

    def _choose(self, day: date) -> None:
        """Show a day; in the month on the screen its cells stay, and with them the focus."""
        before, self._chosen = self._chosen, day
        if day.replace(day=1) != before.replace(day=1):
            self._show()
            return
        set_attribute(self._cells[before], "aria-pressed", "false")
        set_attribute(self._cells[day], "aria-pressed", "true")
        self._show_said()

    def _show(self) -> None:
        for region, one in self._regions.items():
            set_attribute(one, "aria-pressed", "true" if region == self._region else "false")
        calendar = self._calendars[self._region]
        first = self._chosen.replace(day=1)
        self._month.text = f"{first.year}年{first.month}月"
        self._cells: dict[date, Element] = {}
        self._grid.clear()
        with self._grid:
            self._draw_month(month_of(calendar, first))
        self._show_said()

    def _show_said(self) -> None:
        self._said.clear()
        with self._said:
            self._draw_said(self._calendars[self._region])

    def _draw_month(self, days: tuple[Day, ...]) -> None:
        with box("table", "month-table"):
            with box("thead"), box("tr"):
                for weekday in _WEEKDAYS:
                    text(weekday, "th", scope="col", abbr=f"星期{weekday}")
            with box("tbody"):
                start = days[0].day - timedelta(days=days[0].day.weekday())
                known = {day.day: day for day in days}
                for week in range(6):
                    monday = start + timedelta(weeks=week)
                    if monday > days[-1].day:
                        break
                    with box("tr"):
                        for number in range(7):
                            day = known.get(monday + timedelta(days=number))
                            with box("td"):
                                if day is not None:
                                    self._draw_day(day)
        with box("p", "legend muted small"):
            for kind, name in _KINDS.items():
                box("span", f"dot {kind}", aria_hidden="true")
                text(name)

    def _draw_day(self, day: Day) -> None:
        classes = "day" if day.is_workday else "day off"
        words = [_rest_words(day), *(f"{_KINDS[m.kind]}：{m.words}" for m in day.marks)]
        label = "，".join([f"{day.day.month}月{day.day.day}日", *(w for w in words if w)])
        with button("", classes, aria_label=label, title=label) as cell:
            with box("span", "day-head", aria_hidden="true"):
                text(str(day.day.day), "span", "day-number")
                text(day.rest, "span", "day-rest")
            with box("span", "day-marks", aria_hidden="true"):
                for mark in day.marks[:_SHORT]:
                    text(mark.words, "span", f"mark {mark.kind}")
                if len(day.marks) > _SHORT:
                    text(f"+{len(day.marks) - _SHORT}", "span", "mark-more")
        set_attribute(cell, "aria-pressed", "true" if day.day == self._chosen else "false")
        if day.day == self._today:
            set_attribute(cell, "aria-current", "date")
        cell.on("click", lambda: self._choose(day.day), [])
        self._cells[day.day] = cell

    def _draw_said(self, calendar: Calendar) -> None:
        chosen = self._chosen
        weekday = _WEEKDAYS[chosen.weekday()]
        text(f"{chosen.month}月{chosen.day}日 星期{weekday}，机器人怎么说", "h2", "panel-title")
        answers = said_on(calendar, chosen)
        if not answers:
            text("这一天日历里没有什么可说的。", "p", "muted")
        for title, lines in answers:
            with box("div", "said-window"):
                text(title, "h3", "part")
                for line in lines:
                    text(line, "p")


def _rest_words(day: Day) -> str:
    return {"休": "放假", "班": "调休上班"}.get(day.rest, "")


def _draw_nothing() -> None:
    with box("div", "empty"):
        icon("calendar_month", "empty-icon")
        text("还没有日历", "h2", "empty-title")
        text(
            "缴费期、扣款日等日子写在 knowledge/calendar/<地区>.yml，这里就会画出来。",
            "p",
            "empty-text",
        )
