"""What publishing would change for parents: numbers, changed sentences, changed answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from nicegui.events import GenericEventArguments

from app.console.diff_view import draw_diff
from app.console.elements import box, button, set_attribute, text
from app.console.field_diff import FieldChange
from app.console.form_fields import choice_field, on_typed
from app.publishing.ports import ImpactReport, Shift

PAGE_ROWS = 50
KINDS = {
    "stolen": "被别的问答抢走",
    "refused": "不再回答",
    "broken": "测试不通过了",
    "clarified": "改成反问",
    "topic": "换了问答",
    "reply": "只是文字变了",
    "answered": "新答上的",
    "fixed": "测试通过了",
}
_WORSE = "worse"


class ImpactView:
    """Draws a report; create it where it is to stand."""

    def __init__(self, report: ImpactReport, places: Mapping[str, str]) -> None:
        """Draw it; `places` names accounts and regions."""
        self._report = report
        self._places = places
        self._shifts = report.shifts
        self._page = 0
        text("影响", "h2", "card-title")
        self._draw_numbers()
        if report.shifts:
            self._draw_shifts()
        if report.answers:
            text(f"文字有变的答案（{len(report.answers)} 处）", "h3", "part")
            for answer in report.answers[:PAGE_ROWS]:
                place = places.get(answer.region, answer.region)
                where = "，".join(filter(None, (answer.intent, place, answer.state)))
                change = FieldChange(where, _lines(answer.before), _lines(answer.after))
                draw_diff([change])
            if len(report.answers) > PAGE_ROWS:
                text(f"……还有 {len(report.answers) - PAGE_ROWS} 处", "p", "muted")

    def _draw_numbers(self) -> None:
        report = self._report
        with box("ul", "numbers-list"):
            text(f"重放了 {report.cases} 句话", "li")
            text(f"认对 {report.accuracy_before:.1%} → {report.accuracy_after:.1%}", "li")
            before, after = report.false_accepts_before, report.false_accepts_after
            text(f"不该答却答了 {before} → {after} 句", "li")
            worse = f"变差 {report.regressions} 处" if report.regressions else "没有变差的"
            text(worse, "li", "worse" if report.regressions else "fine")

    def _draw_shifts(self) -> None:
        kinds = Counter(shift.kind for shift in self._report.shifts)
        worse = sum(shift.is_worse for shift in self._report.shifts)
        options = {"": f"全部（{len(self._report.shifts)}）", _WORSE: f"变差的（{worse}）"}
        options |= {k: f"{KINDS.get(k, k)}（{n}）" for k, n in sorted(kinds.items())}
        text("答得不一样的话", "h3", "part")
        with box("div", "filters") as filters:
            kind = choice_field("只看", options)
        on_typed(filters, {"kind": kind}, self._filter, 0)
        self._list = box("ul", "rows shifts", aria_label="答得不一样的话")
        with box("div", "pager"):
            self._previous = button("上一页", "quiet")
            self._where = text("", "span", "muted")
            self._next = button("下一页", "quiet")
        self._previous.on("click", lambda: self._turn(-1), [])
        self._next.on("click", lambda: self._turn(1), [])
        self._show()

    def _filter(self, event: GenericEventArguments) -> None:
        kind = event.args.get("kind") if isinstance(event.args, dict) else ""
        self._shifts = tuple(
            shift
            for shift in self._report.shifts
            if not kind or shift.kind == kind or (kind == _WORSE and shift.is_worse)
        )
        self._page = 0
        self._show()

    def _turn(self, step: int) -> None:
        self._page += step
        self._show()

    def _show(self) -> None:
        last = max(0, (len(self._shifts) - 1) // PAGE_ROWS)
        self._page = min(max(0, self._page), last)
        self._list.clear()
        with self._list:
            for shift in self._shifts[self._page * PAGE_ROWS : (self._page + 1) * PAGE_ROWS]:
                self._draw_shift(shift)
        self._where.text = f"第 {self._page + 1} 页，共 {last + 1} 页"
        for turner, ends in ((self._previous, self._page == 0), (self._next, self._page == last)):
            set_attribute(turner, "disabled", "disabled" if ends else None)

    def _draw_shift(self, shift: Shift) -> None:
        with box("li", "shift is-worse" if shift.is_worse else "shift"):
            with box("p", "row-line"):
                text(f"“{shift.text}”", classes="row-title")
                text(KINDS.get(shift.kind, shift.kind), classes="kind-tag")
                if shift.is_worse:
                    text("变差", classes="mark expiring-mark")
                text(self._places.get(shift.account, shift.account), classes="muted small")
                if shift.count > 1:
                    text(f"问过 {shift.count} 次", classes="muted small")
            text(f"{shift.before} → {shift.after}", "p", "small")
            if shift.hint:
                text(shift.hint, "p", "small")


def _lines(words: str) -> tuple[str, ...]:
    return (words,) if words else ()
