"""Two operators on one intent: who was first, both versions side by side, and what can be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from app.console.diff_view import draw_diff
from app.console.elements import box, button, text
from app.console.field_diff import FieldChange
from app.console.intent_desk import OpenIntent
from app.console.page_steps import to_page


class ConflictPanel:
    """Empty until there is a conflict."""

    def __init__(self, save_mine: Callable[[OpenIntent], Awaitable[None]]) -> None:
        self._save_mine = save_mine
        self._place = box("div", "conflict")

    def show(self, message: str, theirs: OpenIntent, changes: Sequence[FieldChange]) -> None:
        """Show a conflict; what is typed in the form stays there.

        Args:
            message: Who and when.
            theirs: The intent as it is now.
            changes: What the own version would change in it.
        """
        self._place.clear()
        with self._place, box("section", "card warn", aria_label="和别人的改动冲突"):
            text("别人先改了，没有覆盖任何东西", "h2", "card-title")
            text(message, "p")
            text("你写的还在下面的栏目里。下面左边是现在的，右边是加上你改的。", "p")
            draw_diff(changes, "现在的", "加上我改的")
            if not changes:
                text("两边改得一样，不用再存。", "p")
            with box("div", "buttons"):
                mine = button("看过了，把我改的加上去", "primary send")
                drop = button("放弃我的，看现在的", "quiet")
            mine.on("click", lambda: self._save_mine(theirs), [])
            drop.on("click", lambda: to_page(f"/intents/{theirs.intent.id}"), [])
