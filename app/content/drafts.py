"""A person's answer as the beginning of an intent file; operators finish and move it.

Drafts lie outside the content, and their source does not exist: nothing reads them, and copied as
they are they would not pass the checks.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from app.content.intent_model import MAX_TITLE_CHARS, MIN_TESTS, MIN_UTTERANCES
from app.content.yaml_source import INVISIBLE

TODO_SOURCE = "todo#TODO"
_ILLEGAL = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDTH = 10_000
"""No line is folded: operators search for what parents wrote."""


def draft_text(name: str, region: str, questions: Sequence[str], answer: str, now: datetime) -> str:
    """Return the draft as YAML in the shape of an intent file.

    Args:
        name: Id of the intent and stem of the file.
        region: Whose answer it is.
        questions: What the parent asked, masked; at least one.
        answer: What the person wrote.
        now: The moment, for the heading.
    """
    wordings = [line for line in (one_line(q) for q in questions) if line] or ["TODO 家长的问法"]
    intent = CommentedMap()
    intent["intent"] = name
    # Quoted: what parents write may look like a number, a date or a list.
    intent["title"] = DoubleQuotedScalarString(wordings[0][:MAX_TITLE_CHARS].strip())
    intent["utterances"] = [DoubleQuotedScalarString(w) for w in dict.fromkeys(wordings)]
    text = "\n".join(filter(None, map(one_line, answer.splitlines()))) or "TODO 答案"
    intent["answers"] = {region: {"source": TODO_SOURCE, "text": LiteralScalarString(text)}}
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(intent, stream)
    return _HEAD.format(at=f"{now:%Y-%m-%d %H:%M}", region=region) + stream.getvalue()


_HEAD = f"""\
# yaml-language-server: $schema=./_schema/intent.schema.json
# 草稿：{{at}} 由人工回复生成（{{region}}）。机器人不会读它。采用之前：
# TODO 1. 起一个英文名，文件名和 intent 写成一样；标题最多 {MAX_TITLE_CHARS} 个字。
# TODO 2. 对照文件核对答案，把 source 改成“文件#标题”；文件里没有的话不能写进答案。
# TODO 3. 说法补到 {MIN_UTTERANCES} 句，再写 tests，至少 {MIN_TESTS} 句。
# TODO 4. 移到 intents/，运行 yibao lint 和 yibao test。
"""


def write_draft(
    folder: Path, region: str, questions: Sequence[str], answer: str, now: datetime
) -> Path:
    """Write a draft of its own into the folder and return its path.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"draft_{now:%Y%m%d_%H%M%S}"
    for number in range(1, 1000):
        name = stem if number == 1 else f"{stem}_{number}"
        path = folder / f"{name}.yml"
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(draft_text(name, region, questions, answer, now))
        except FileExistsError:
            continue
        return path
    raise FileExistsError(str(folder / stem))


def one_line(text: str) -> str:
    """Return a text as one line of what YAML may hold and people can see."""
    return " ".join(INVISIBLE.sub("", _ILLEGAL.sub("", text)).split())
