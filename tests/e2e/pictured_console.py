"""An office for pictures: the shipped content, people behind it, and what parents asked.

Everything in it is made up, and the clock stands, so that a picture changes only with its page.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.console.passwords import hash_password
from app.domain.handoff import Author, Handoff, Line, Step
from app.domain.journal import JournalEntry, Reason
from app.domain.names import IntentId
from app.domain.operators import Role
from app.domain.turn import Decision
from app.settings import SHANGHAI
from app.state.handoffs import Handoffs
from app.state.journal import Journal
from app.state.keys import Keyspace
from app.state.operators import Operators
from app.state.store import Store
from tests.assistants import ROOT
from tests.e2e.accounts import PASSWORD, session_of, with_store
from tests.e2e.console_process import run_console
from tests.protocol.live_bot import new_var_dir

CLOCK = "2025-12-10T10:00"
"""A Wednesday in the term that the shipped documents are about."""
NOW = datetime.fromisoformat(CLOCK).replace(tzinfo=SHANGHAI)
APPROVER, EDITOR = "王芳", "李强"
_HANDOFF = """
    handoff:
      to: console
      hours: [{days: 工作日, times: ["09:00-12:00", "13:30-17:00"]}]
"""
_ASKED = (
    (9, "收几块钱啊", Reason.FALLBACK, "beijing"),
    (4, "一年得掏多少钱呀", Reason.CLARIFY, "beijing"),
    (6, "孩子刚转学过来怎么弄", Reason.CLARIFY, "beijing"),
    (4, "娃娃的医保卡在哪里拿", Reason.FALLBACK, "liuzhou"),
    (3, "交完了查不到记录", Reason.UNSOLVED, "beijing"),
    (3, "线上交不了一直转圈", Reason.HANDOFF, "beijing"),
    (2, "看牙能不能报", Reason.LOW_MARGIN, "beijing"),
    (2, "帮我写一篇作文", Reason.FALLBACK, "liuzhou"),
    (1, "我的电话是〔手机号〕帮我查一下", Reason.HANDOFF, "beijing"),
)
"""How often, what, why and where."""


@dataclass(frozen=True, slots=True)
class PicturedConsole:
    """A running console with something on every page."""

    url: str
    session: str
    """Of the approver."""


@contextmanager
def pictured_console(folder: Path) -> Iterator[PicturedConsole]:
    """Run it on a copy of the shipped content below a folder; publishing changes only that."""
    content, var_dir = _content(folder / "content"), new_var_dir(folder)
    module, log = "tests.e2e.pictured_numbers", folder / "log"
    with run_console(content, log, var_dir, module=module, YIBAO_NOW=CLOCK) as url:
        with_store(var_dir, _fill)
        yield PicturedConsole(url, session_of(url, APPROVER))


def _content(root: Path) -> Path:
    for name in ("intents", "knowledge"):
        shutil.copytree(ROOT / name, root / name)
    accounts = root / "intents" / "_accounts.yml"
    # The account of Beijing is the last one of the file.
    accounts.write_text(accounts.read_text("utf-8").rstrip() + _HANDOFF, "utf-8")
    return root


async def _fill(store: Store) -> None:
    operators = Operators(store, lambda: NOW)
    for name, role in ((APPROVER, Role.APPROVER), (EDITOR, Role.EDITOR)):
        await operators.add(name, role, hash_password(PASSWORD))
    journal = Journal(store)
    for number, (times, question, reason, account) in enumerate(_ASKED):
        for time in range(times):
            at = NOW - timedelta(hours=number, minutes=7 * time)
            await journal.record(
                JournalEntry(at, account, question, Decision.FALLBACK, (), 0.4, 0.1, reason)
            )
    cases = Handoffs(store, Keyspace("yibao"), SHANGHAI)
    await _ask(cases, "oNight", -840, Step.TICKET, "孩子转学了，医保要不要重新办")
    await _ask(cases, "oOne", -6, Step.OPEN, "上个月交的钱怎么还查不到", "转人工")
    await _ask(cases, "oOne", -4, Step.APPEND, "在吗")
    await _ask(cases, "oTwo", -2, Step.OPEN, "线上交不了一直转圈", "找人工客服")


async def _ask(cases: Handoffs, user: str, minute: int, step: Step, *texts: str) -> None:
    at = NOW + timedelta(minutes=minute)
    lines: Sequence[Line] = [Line(Author.PARENT, text, at) for text in texts]
    handoff = Handoff(step, tuple(lines), (IntentId("payment_window"),), "家长要求")
    await cases.note("beijing", user, handoff, at)
