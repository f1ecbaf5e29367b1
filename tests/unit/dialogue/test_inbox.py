"""The respondent around an inbox: nothing is promised that was not kept, nothing read in vain."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.dialogue.service import Respondent
from app.domain.handoff import CaseState, Handoff, Hold, Step, transfer_reply, transfer_target
from app.domain.turn import Message, MessageKind
from app.errors import StateUnavailableError
from tests.unit.dialogue.desks import CONSOLE, WECHAT, staffed
from tests.unit.dialogue.parent import NOW
from tests.unit.dialogue.test_patience import Conversations, Ledger

pytestmark = pytest.mark.anyio


def message(text: str, kind: MessageKind = MessageKind.TEXT) -> Message:
    return Message("beijing", "oParent", kind, text)


class Box:
    """An inbox that may refuse to be looked into or written to."""

    def __init__(self, state: CaseState = CaseState.RELEASED) -> None:
        self.state = state
        self.noted: list[Handoff] = []
        self.deaf = self.blind = False

    async def look(self, account: str, user: str) -> Hold:
        if self.blind:
            raise StateUnavailableError
        return Hold(self.state, NOW - timedelta(minutes=1))

    async def note(self, account: str, user: str, handoff: Handoff, now: datetime) -> None:
        if self.deaf:
            raise StateUnavailableError
        self.noted.append(handoff)


class Eyes:
    """Reads the same on every picture."""

    def __init__(self) -> None:
        self.asked = 0

    async def read(self, message: Message) -> tuple[str, ...]:
        self.asked += 1
        return ("系统繁忙",)


def respondent(
    box: Box, *, wechat: bool = False, away: bool = False, eyes: Eyes | None = None
) -> Respondent:
    assistant = staffed(WECHAT if wechat else CONSOLE)
    ledger = Ledger()
    return Respondent(
        lambda: assistant,
        Conversations(away=away),
        lambda: NOW,
        ledger,
        ledger,
        inbox=box,
        pictures=eyes,
    )


async def test_what_is_promised_is_noted() -> None:
    box = Box()
    assert "已经转给工作人员" in await respondent(box).respond(message("转人工"))
    assert [handoff.step for handoff in box.noted] == [Step.OPEN]


async def test_nothing_is_promised_that_could_not_be_noted() -> None:
    box = Box()
    box.deaf = True
    reply = await respondent(box).respond(message("转人工"))
    assert "暂时转不了人工" in reply


async def test_a_message_that_cannot_be_kept_is_answered_by_the_bot() -> None:
    box = Box(CaseState.WAITING)
    assert await respondent(box).respond(message("多少钱")) == ""
    box.deaf = True
    assert "435元" in await respondent(box).respond(message("多少钱"))
    box.blind = True
    assert "435元" in await respondent(box).respond(message("多少钱"))


async def test_without_the_store_wechat_still_gets_the_message() -> None:
    reply = await respondent(Box(), wechat=True, away=True).respond(message("转人工"))
    assert transfer_target(reply) == "kf1@gh_x"


async def test_pictures_are_read_only_for_the_bot() -> None:
    eyes = Eyes()
    picture = message("", MessageKind.IMAGE)
    assert await respondent(Box(CaseState.WAITING), eyes=eyes).respond(picture) == ""
    assert eyes.asked == 0
    assert "系统繁忙" in await respondent(Box(), eyes=eyes).respond(picture)
    await respondent(Box(), eyes=eyes).respond(message("多少钱"))
    assert eyes.asked == 1
    assert "系统繁忙" in await respondent(Box(), away=True, eyes=eyes).respond(picture)


def test_no_text_is_taken_for_a_transfer() -> None:
    assert transfer_target(transfer_reply()) == ""
    assert transfer_target(transfer_reply("a@b")) == "a@b"
    for text in ("", "transfer_customer_service", "转人工"):
        assert transfer_target(text) is None
