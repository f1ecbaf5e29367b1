"""Other bots' questions as drafts beside the content; nothing reads them until they are moved.

Their answers cite no document, and uncited content must not go live: the source is one that does
not exist, so lint refuses a draft that is moved as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.content.drafts import TODO_SOURCE
from app.content.intent_model import MAX_TITLE_CHARS, MIN_TESTS, MIN_UTTERANCES
from app.editing.intent_file import EditableIntent
from app.editing.new_file import new_intent_text
from app.workbook.foreign import Foreign, ForeignIntent

_ILLEGAL = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_NOTE = f"""\
# 草稿：{{at}} 从别的机器人导入（{{region}}）。机器人不会读它。采用之前：
# TODO 1. 起一个英文名，文件名和 intent 写成一样；标题最多 {MAX_TITLE_CHARS} 个字。
# TODO 2. 对照文件核对答案，把 source 改成“文件#标题”；文件里没有的话不能写进答案。
# TODO 3. 说法补到 {MIN_UTTERANCES} 句，再写 tests，至少 {MIN_TESTS} 句。
# TODO 4. 移到 intents/，运行 yibao lint 和 yibao test。
"""


def write_drafts(
    folder: Path,
    region: str,
    foreign: Foreign,
    now: datetime,
    step: Callable[[], None] = lambda: None,
) -> Path:
    """Write every intent into a new folder of its own below `folder`; return that folder.

    Args:
        folder: Of all drafts.
        region: Whose answers they are.
        foreign: What was read.
        now: The moment, for the folder's name.
        step: Called once for every intent.

    Raises:
        OSError: The folder cannot be written.
    """
    target = folder / f"import_{now:%Y%m%d_%H%M%S_%f}"  # two imports may come in one second
    target.mkdir(parents=True)
    used: set[str] = set()
    for number, intent in enumerate(foreign.intents, 1):
        name = _free_name(intent.name, number, used)
        text = foreign_text(name, region, intent, now)
        with (target / f"{name}.yml").open("x", encoding="utf-8") as file:
            file.write(text)
        step()
    return target


def foreign_text(name: str, region: str, intent: ForeignIntent, now: datetime) -> str:
    """Return a draft in the shape of an intent file."""
    answer = "\n".join(filter(None, map(_one_line, intent.answer.splitlines())))
    questions = [line for line in map(_one_line, intent.questions) if line]
    text = new_intent_text(
        EditableIntent(
            id=name,
            title=_one_line(intent.title)[:MAX_TITLE_CHARS].strip() or "TODO 标题",
            utterances=tuple(dict.fromkeys(questions)) or ("TODO 家长的问法",),
            answers={region: {"source": TODO_SOURCE, "text": answer or "TODO 答案"}},
        )
    )
    head, _, rest = text.partition("\n")
    note = _NOTE.format(at=f"{now:%Y-%m-%d %H:%M}", region=region)
    return f"{head}\n{note}{rest}"


def _free_name(own: str, number: int, used: set[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", own.lower()).strip("_")
    if not re.match("[a-z]", stem):
        stem = f"draft_{number:04d}"
    name = stem
    while name in used:
        name = f"{stem}_{number}"
        stem = name
    used.add(name)
    return name


def _one_line(text: str) -> str:
    return " ".join(_ILLEGAL.sub("", text).split())
