"""Questions of dates in parents' words, each at its own moment, through the whole assistant.

`data/date_questions.jsonl`: expected from the documents, read by hand. A line is a dialogue as
`yibao dialogues` runs it; `first_has` is what the first line of the reply must say, after a notice
that the document has expired (for accounts whose answers follow that notice).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.cli.evaluate import moment_of
from app.cli.talk import Conversation
from app.impact.asking import contains
from app.settings import SHANGHAI
from tests.assistants import shipped_assistant

FILE = Path(__file__).parent / "data/date_questions.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
_LEAD_INS = ("⚠️", "和刚才的回答是同一条")
_LONGEST_FIRST_LINE = 64


def conclusion(text: str, region: str) -> str:
    """Return the line that must conclude: for Liuzhou the notice itself is the conclusion."""
    lines = text.split("\n")
    if region == "liuzhou":
        return lines[0]
    return next(line for line in lines if not line.startswith(_LEAD_INS))


def failures(turn: dict[str, Any], reply: str, region: str) -> list[str]:
    """Return what the reply lacks, or has and should not."""
    first = conclusion(reply, region)
    found = []
    if "first_has" in turn and not contains(first, turn["first_has"]):
        found.append(f"第一行没有 {turn['first_has']}")
    found += [f"没有 {part}" for part in turn.get("reply_has", []) if not contains(reply, part)]
    found += [f"不该有 {part}" for part in turn.get("reply_lacks", []) if contains(reply, part)]
    return found


def test_there_are_many_of_both_accounts() -> None:
    assert len(ROWS) >= 350
    assert sum(row["region"] == "liuzhou" for row in ROWS) >= 20
    assert len({row["at"] for row in ROWS}) >= 100


@pytest.mark.parametrize("row", ROWS, ids=[f"{r['id']}-{r['at']}" for r in ROWS])
def test_answered_for_its_moment(row: dict[str, Any]) -> None:
    conversation = Conversation(shipped_assistant(), row["region"], row["id"])
    now = moment_of(row, datetime(2025, 12, 10, tzinfo=SHANGHAI))
    for turn in row["turns"]:
        reply = conversation.say(turn["user"], now).text
        assert failures(turn, reply, row["region"]) == [], f"{turn['user']}\n{reply}"


def test_the_conclusion_is_short() -> None:
    too_long = []
    for row in ROWS:
        if row["region"] != "beijing":
            continue
        turn = row["turns"][0]
        conversation = Conversation(shipped_assistant(), row["region"], row["id"])
        now = moment_of(row, datetime(2025, 12, 10, tzinfo=SHANGHAI))
        first = conclusion(conversation.say(turn["user"], now).text, row["region"])
        if len(first) > _LONGEST_FIRST_LINE:
            too_long.append(first)
    assert too_long == []


def test_an_expired_document_is_told_first_and_named_last() -> None:
    """Every dated answer after the end: notice, place to confirm, then source and year."""
    now = datetime(2027, 2, 6, 10, tzinfo=SHANGHAI)
    for region, place in (("beijing", "12333"), ("liuzhou", "柳州医保")):
        for text in ("今天能交吗", "几号截止", "还能参保吗", "下次扣款是哪天", "补缴还来得及吗"):
            reply = Conversation(shipped_assistant(), region).say(text, now).text
            lines = reply.split("\n")
            assert lines[0].startswith("⚠️"), reply
            assert "现已过期" in lines[0]
            assert place in lines[0]
            assert lines[-1].startswith("依据：")
            assert lines[-1].endswith("年度）")
