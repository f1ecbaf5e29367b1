"""A step that takes long: a progress bar, a button that stops it, and the result or what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import context

from app.console.elements import box, button, set_attribute, text
from app.console.page_steps import told
from app.publishing.ports import Progress

Work = Callable[[Progress], Awaitable[None]]


class LongStep:
    """One at a time; ends with the page that began it."""

    def __init__(self, when_idle: Callable[[bool], None]) -> None:
        """Draw it, hidden; `when_idle` is told False when a step begins and True when it ends."""
        self._when_idle = when_idle
        self._task: asyncio.Task[None] | None = None
        self.problem = text("", "p", "problem", role="alert")
        with box("div", "long-step") as self._box:
            self._what = text("", "p", role="status")
            self._bar = box("progress", "progress", aria_label="进度")
            stop = button("取消", "quiet")
        self._box.visible = False
        stop.on("click", self.cancel, [])
        context.client.on_delete(self.cancel)

    def begin(self, what: str, work: Work) -> None:
        """Start a step unless one is under way."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(what, work))

    def cancel(self) -> None:
        """Stop the step, if one is under way."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self, what: str, work: Work) -> None:
        with self._box:
            self._what.text = what
            for name in ("value", "max"):
                set_attribute(self._bar, name, None)
            self._box.visible = True
            self._when_idle(False)
            try:
                with told(self.problem):
                    await work(self._show)
            except asyncio.CancelledError:
                self.problem.text = "已取消，什么都没有发布。"
            finally:
                self._box.visible = False
                self._when_idle(True)

    def _show(self, done: int, total: int) -> None:
        if total:
            set_attribute(self._bar, "max", str(total))
            set_attribute(self._bar, "value", str(done))
            self._what.text = f"{self._what.text.partition('（')[0]}（{done} / {total}）"
