"""“删除我的数据”: asked for, confirmed, done, and said plainly what was deleted."""

from __future__ import annotations

from dataclasses import replace

from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.domain.erasure import Erased
from app.domain.turn import Choice, Decision, Session

COMMANDS = frozenset({"erase", "erase_confirm"})
"""Always the bot's, also while a person has the conversation: nobody else can do it."""
_KEY = "erase"


def erasing(replies: Replies, name: str, session: Session) -> Outcome:
    """Ask whether to delete, or delete where that was asked just before.

    The choice that is offered is the memory of the question: any other reply takes it away.
    """
    if name == "erase_confirm" and any(choice.key == _KEY for choice in session.offered):
        everything = erased_text(replies, frozenset({Erased.SESSION}))
        return Outcome(Decision.COMMAND, replies.said(everything), "删除数据", erase=True)
    say = replies.text("erase_confirm")
    reply = replies.said(replies.text("erase_ask"), (Choice(say, say, _KEY),))
    # A flow waits meanwhile, or the number of the choice would be an answer to its question.
    paused = session.flow or session.memory.paused
    memory = replace(session.memory, paused=paused)
    return Outcome(Decision.COMMAND, reply, "删除数据？", memory=memory)


def erased_text(replies: Replies, erased: frozenset[Erased]) -> str:
    """Return the text that says what was deleted."""
    kinds = [replies.text(f"erase_{kind}") for kind in Erased if kind in erased]
    return replies.text("erase_done", deleted="、".join(kinds) or replies.text("erase_nothing"))
