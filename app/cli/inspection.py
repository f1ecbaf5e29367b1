"""`yibao explain` and `yibao confusable`: the matcher's reasons, in Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from app.cli.input_error import InputError
from app.cli.talk import Conversation, trace_lines
from app.dialogue.assistant import Assistant
from app.domain.names import IntentId
from app.domain.turn import Decision
from app.matching import explaining
from app.matching.matcher import Matcher


def explain(assistant: Assistant, account: str, question: str, now: datetime) -> Iterator[str]:
    """Yield the explanation of one question, line by line.

    Raises:
        InputError: No such account.
    """
    turn = Conversation(assistant, account).say(question, now)
    yield from trace_lines(turn)
    explanation = explaining.explain(_matcher(assistant, account), question)
    yield "最像的说法："
    for near in explanation.neighbours:
        yield f"  {near.similarity:.2f} {_title(assistant, near.intent)}：{near.text}"
    if explanation.deciding:
        first, second = (c.intent for c in explanation.ranking.candidates[:2])
        yield (
            f"第一名（{_title(assistant, first)}）比第二名（{_title(assistant, second)}）"
            "多得的分，来自："
        )
        yield "  " + "，".join(f"{name} {gain:+.3f}" for name, gain in explanation.deciding)
    yield from _advice(turn.decision, explanation, assistant)


def _advice(
    decision: Decision, explanation: explaining.Explanation, assistant: Assistant
) -> Iterator[str]:
    if decision in {Decision.CLARIFY, Decision.FALLBACK} and explanation.ranking.candidates:
        best = explanation.ranking.candidates[0]
        yield (
            f"怎么改：要直接回答，把握需要达到 {explanation.ranking.accept:.2f}，"
            f"现在是 {best.confidence:.2f}。如果问的就是“{_title(assistant, best.intent)}”，"
            f"在 intents/{best.intent}.yml 的 utterances 里加几条这样的说法；"
            "如果不是，加到该去的意图里，或加进那个意图的 not_utterances。"
        )


def confusables(assistant: Assistant, account: str, margin: float) -> Iterator[str]:
    """Yield the utterances that another intent would take.

    Raises:
        InputError: No such account.
    """
    count = 0
    for found in explaining.confusables(_matcher(assistant, account), margin):
        count += 1
        yield (
            f"{found.margin:+.2f} intents/{found.intent}.yml “{found.text}”"
            f" → 更像 {found.rival}（{_title(assistant, found.rival)}）"
        )
    yield f"共 {count} 条。"


def _matcher(assistant: Assistant, account: str) -> Matcher:
    if account not in assistant.catalog.accounts:
        raise InputError(f"没有账号 {account}；有：{'、'.join(assistant.catalog.accounts)}")
    return assistant.matchers[assistant.catalog.accounts[account].region]


def _title(assistant: Assistant, intent_id: IntentId) -> str:
    intent = assistant.catalog.intents.get(intent_id)
    return intent.title if intent else intent_id
