"""`yibao chat` and `yibao dialogues`: conversations without WeChat, on the same path below XML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.cli.evaluate import moment_of
from app.cli.input_error import InputError
from app.dialogue.assistant import Assistant
from app.domain.turn import Session, Turn
from app.impact.asking import contains, typed

Row = dict[str, Any]


class Conversation:
    """One parent talking to one account; the session lives in this object."""

    def __init__(self, assistant: Assistant, account: str, user: str = "chat") -> None:
        if account not in assistant.catalog.accounts:
            known = "、".join(assistant.catalog.accounts)
            raise InputError(f"没有账号 {account}；有：{known}")
        self._assistant = assistant
        self._account = account
        self._user = user
        self.session = Session()

    def say(self, text: str, now: datetime) -> Turn:
        """Send a text and return the turn."""
        turn = self._assistant.turn(self.session, typed(self._account, self._user, text), now)
        self.session = turn.session
        return turn


@dataclass(frozen=True, slots=True)
class DialogueResult:
    """One scripted dialogue, run."""

    id: str
    passed: bool
    replies: tuple[str, ...]
    failures: tuple[str, ...]
    users: tuple[str, ...]

    def row(self) -> Row:
        """Return the output line."""
        return {
            "id": self.id,
            "passed": self.passed,
            "replies": list(self.replies),
            "failures": list(self.failures),
        }


def run_dialogues(
    assistant: Assistant, rows: Iterable[Row], at: datetime
) -> Iterator[DialogueResult]:
    """Run each dialogue with a user of its own.

    A turn's `reply_has` lists texts that the reply must contain (“a|b”: either), `reply_lacks`
    texts that it must not. Width, spacing and case do not matter. A turn's `at` moves the clock.

    Raises:
        InputError: A row is malformed.
    """
    for row in rows:
        conversation = Conversation(assistant, str(row["region"]), str(row["id"]))
        now = moment_of(row, at)
        replies: list[str] = []
        failures: list[str] = []
        turns = _turns(row)
        for number, turn in enumerate(turns, 1):
            now = moment_of(turn, now)
            reply = conversation.say(str(turn["user"]), now).text
            replies.append(reply)
            failures.extend(
                f"第 {number} 句的回复里没有“{wanted}”"
                for wanted in turn.get("reply_has", [])
                if not contains(reply, str(wanted))
            )
            failures.extend(
                f"第 {number} 句的回复里不该有“{unwanted}”"
                for unwanted in turn.get("reply_lacks", [])
                if contains(reply, str(unwanted))
            )
        users = tuple(str(turn["user"]) for turn in turns)
        yield DialogueResult(str(row["id"]), not failures, tuple(replies), tuple(failures), users)


def _turns(row: Row) -> list[Row]:
    """Return the turns of a scripted dialogue.

    Raises:
        InputError: They are malformed.
    """
    turns = row["turns"]
    if not isinstance(turns, list):
        raise InputError(f"对话 {row['id']} 的 turns 不是列表")
    for number, turn in enumerate(turns, 1):
        if not isinstance(turn, dict) or "user" not in turn:
            raise InputError(f"对话 {row['id']} 第 {number} 句缺少 user")
        for key in ("reply_has", "reply_lacks"):
            if not isinstance(turn.get(key, []), list):
                raise InputError(f"对话 {row['id']} 第 {number} 句的 {key} 不是列表")
    return turns


def trace_lines(turn: Turn) -> list[str]:
    """Explain a turn in a few Chinese lines."""
    lines = [f"决定：{turn.decision}　{turn.trace.reason}"]
    for ranking in turn.trace.rankings:
        lines.append(f"归一化：{ranking.normalised}　分词：{' / '.join(ranking.tokens)}")
        lines.extend(f"备注：{note}" for note in ranking.notes)
        for candidate in ranking.candidates:
            evidence = "，".join(f"{k} {v:g}" for k, v in candidate.evidence.items())
            lines.append(
                f"  {candidate.confidence:.3f} {candidate.intent}（{evidence}）"
                f"最像：{candidate.nearest}"
            )
    lines.append(f"用时：{turn.trace.timings_ms.get('turn', 0):.2f} 毫秒")
    return lines
