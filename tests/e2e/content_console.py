"""The pages of content in a process of their own: `python -m tests.e2e.content_console PORT VAR`.

Drafts lie in a real Redis; publications in memory; who is at work is told by a cookie
`operator=<name>.<role>`.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import uvicorn
from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from nicegui import ui
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from app.console.content_pages import ContentPages, Visitor, register_content
from app.console.content_ports import ContentPorts, Editing, IntentEdit
from app.console.elements import box
from app.console.security_headers import SecurityHeaders
from app.console.shell import STATIC, STATIC_URL
from app.content.lint import lint
from app.content.loader import load_catalog
from app.dialogue.texts import TEXT_KEYS
from app.errors import ConsoleError
from app.publishing.drafts import Drafts
from app.publishing.ports import ImpactReport, Progress, Shift, Tools
from app.publishing.publisher import Publisher
from app.publishing.workspace import Workspace
from app.settings import SHANGHAI
from app.state.embedded import open_store
from tests.assistants import SMALL_CONTENT, small_assistant
from tests.unit.publishing.publications import MemoryRevisions, Notes, Worker, pack, unpack

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
ROLES = {"viewer": (False, False), "editor": (True, False), "approver": (True, True)}


@dataclass(frozen=True)
class Fields:
    """An intent file as the form knows it."""

    id: str
    title: str
    kind: str
    utterances: tuple[str, ...]
    not_utterances: tuple[str, ...]
    tests: tuple[str, ...]
    related: tuple[str, ...]
    answers: dict[str, dict[str, str]] = field(default_factory=dict)


def read(text: str) -> Fields:
    """Return the fields of an intent file."""
    try:
        data = YAML(typ="safe").load(text)
    except YAMLError as error:
        raise ConsoleError("草稿里的文件读不懂") from error
    answers = {
        region: {k: "\n".join(v) if isinstance(v, list) else str(v) for k, v in answer.items()}
        for region, answer in data.get("answers", {}).items()
    }
    lists = ("utterances", "not_utterances", "tests", "related")
    found = {name: tuple(map(str, data.get(name, ()))) for name in lists}
    return Fields(
        id=data["intent"], title=data["title"], kind=data.get("kind", "faq"), answers=answers,
        **found,
    )  # fmt: skip


def change(text: str, edit: IntentEdit) -> str:
    """Return the file with an edit; its layout is not kept."""
    yaml = YAML()
    yaml.width = 10_000
    data = yaml.load(text)
    if edit.title is not None:
        data["title"] = edit.title
    for name in ("utterances", "not_utterances", "tests", "related"):
        lines = getattr(edit, name)
        if lines is not None:
            data[name] = list(lines)
    for (region, name), words in edit.answers.items():
        data["answers"][region][name] = words.splitlines() if name == "source" else words
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def says(root: Path, words: str) -> bool:
    """Return whether an intent file has these words."""
    return any(words in file.read_text("utf-8") for file in root.glob("intents/*.yml"))


async def impact_of(_old: Path, new: Path, progress: Progress) -> ImpactReport:
    """Take two seconds; find a stolen sentence where a file says so."""
    for step in range(20):
        progress(step + 1, 20)
        await asyncio.sleep(0.1)
    worse = await asyncio.to_thread(says, new, "抢走的话")
    shift = Shift(
        text="<b>多少钱</b>", account="beijing", kind="stolen", before="一年交多少钱",
        after="什么时候缴费", is_worse=True, hint="像新加的“抢走的话”",
    )  # fmt: skip
    return ImpactReport(
        40, 0.95, 0.925 if worse else 0.95, 1, 1, (shift,) if worse else (), (), int(worse)
    )


def revision_of(root: Path) -> str:
    """Return the catalog's revision."""
    return load_catalog(root, TEXT_KEYS).revision


@asynccontextmanager
async def open_ports(var_dir: Path) -> AsyncIterator[ContentPorts]:
    """Open everything that the pages need."""
    store = await open_store(None, var_dir)
    check: Callable[[Path], tuple[object, ...]] = partial(lint, required_texts=TEXT_KEYS)
    revisions, notes, drafts = MemoryRevisions(), Notes(), Drafts(store)
    workspace = Workspace(revisions, SMALL_CONTENT, unpack, var_dir / "work")
    tools = Tools(lint=check, revision_of=revision_of, pack=pack, unpack=unpack)  # type: ignore[arg-type]
    clock = lambda: NOW  # noqa: E731
    yield ContentPorts(
        assistant=small_assistant,
        drafts=drafts,
        workspace=workspace,
        publisher=Publisher(drafts, revisions, workspace, tools, impact_of, notes, clock),
        editing=Editing(read, change),
        lint=tools.lint,
        audit=notes,
        clock=clock,
    )
    await store.close()


@dataclass(frozen=True)
class Visit:
    """A page being drawn."""

    request: Request

    @property
    def operator(self) -> Worker:
        """Return who the cookie says is at work."""
        name, _, role = unquote(self.request.cookies.get("operator", "路人.viewer")).partition(".")
        may_edit, may_approve = ROLES[role]
        return Worker(name, may_edit, may_approve)


def create_app(var_dir: Path) -> FastAPI:
    """Return the pages."""
    opened: list[ContentPages] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        small_assistant()
        async with open_ports(var_dir) as ports:
            opened.append(ContentPages(ports))
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount(STATIC_URL, StaticFiles(directory=STATIC))
    app.add_api_route("/healthz", lambda: {"status": "ok"})

    def add(path: str, draw: Callable[[Visitor], Awaitable[None]]) -> None:
        async def show(request: Request) -> None:
            ui.add_head_html(f'<link rel="stylesheet" href="{STATIC_URL}/console.css">')
            ui.dark_mode(value=None)
            with box("div", "main", role="main"):
                await draw(Visit(request))

        ui.page(path, title="测试")(show)

    register_content(add, lambda: opened[0])
    ui.run_with(app, title="测试", language="zh-CN", tailwind=False, show_welcome_message=False)
    app.add_middleware(SecurityHeaders)
    return app


if __name__ == "__main__":
    uvicorn.run(create_app(Path(sys.argv[2])), port=int(sys.argv[1]), log_level="warning")
