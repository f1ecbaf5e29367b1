"""A console that drafts into a file: `python -m tests.e2e.inbox_console PORT VAR DRAFTS ROLE`."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import ui

from app.console.elements import box
from app.console.inbox_page import InboxPage
from app.console.review_desk import ReviewDesk
from app.console.security_headers import SecurityHeaders
from app.console.shell import STATIC, STATIC_URL
from app.domain.names import IntentId
from app.errors import EditConflictError
from app.state.embedded import open_store
from app.state.journal import Journal
from tests.assistants import small_assistant

TAKEN = "被占用的问答"


@dataclass(frozen=True)
class Clerk:
    """Who uses the console."""

    name: str
    may_edit: bool
    may_approve: bool = False


class FileDrafts:
    """Drafts and audit as lines of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def adopt(self, intent_id: IntentId, sentences: Sequence[str], operator: str) -> str:
        """Write an addition down."""
        return self._write("adopt", intent_id, list(sentences), operator)

    async def new(self, account: str, title: str, sentences: Sequence[str], operator: str) -> str:
        """Write a new intent down; one title is taken."""
        if title == TAKEN:
            raise EditConflictError("这个问答刚被小李改过，请刷新后再改。")
        return self._write("new", account, title, list(sentences), operator)

    async def out_of_scope(
        self, intent_id: IntentId, sentences: Sequence[str], operator: str
    ) -> str:
        """Write down what is not ours."""
        return self._write("beyond", intent_id, list(sentences), operator)

    async def note(self, by: str, action: str, subject: str, detail: str = "") -> None:
        """Write an audit line."""
        self._write("audit", by, action, subject, detail)

    def _write(self, *parts: object) -> str:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(parts, ensure_ascii=False) + "\n")
        return "草稿已写好；影响：没有退步。"


def main(port: str, var_dir: str, drafts: str, role: str) -> None:
    """Serve until stopped."""
    written, desks = FileDrafts(Path(drafts)), list[ReviewDesk]()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        store = await open_store(None, Path(var_dir))
        desks.append(ReviewDesk(small_assistant, Journal(store), written, written))
        yield
        await store.close()

    def show() -> None:
        ui.add_head_html(f'<link rel="stylesheet" href="{STATIC_URL}/console.css">')
        ui.dark_mode(value=None)
        with box("main", "main"):
            InboxPage(desks[0], Clerk("小王", role == "editor"))

    app = FastAPI(lifespan=lifespan)
    app.mount(STATIC_URL, StaticFiles(directory=STATIC))
    app.add_api_route("/healthz", lambda: {"status": "ok"})
    ui.page("/inbox", title="测试")(show)
    ui.run_with(app, title="测试", language="zh-CN", tailwind=False, show_welcome_message=False)
    app.add_middleware(SecurityHeaders)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
