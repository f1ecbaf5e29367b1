"""Users who write: questions, one by one or in a hurry, taps, pictures, events, broken lines.

A user's messages come in order, as on a phone. Users act at the same time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from app.simulation.delivery import Delivered, Line
from app.simulation.envelope import AnswerError, digest, request
from app.simulation.pushes import (
    ANSWERED_EVENTS,
    ORDINARY,
    SILENT_EVENTS,
    UNSUPPORTED,
    Push,
    Writer,
)
from app.simulation.tally import Asked, Tally, Tap, taps
from app.simulation.wire import SMOOTH, Trouble

_HURRY_S = 0.05
_PAUSE_S = 0.3
"""At most between two messages of one user, who is faster than any real one."""
_TAP_S = 1.0
_TAPS = 8
_STALE_S = 3600


@dataclass(frozen=True)
class Question:
    """Something that users ask."""

    text: str
    expect: str = ""
    """What stands in the answer and in no other question's."""


QUESTIONS = (Question("怎么缴费"), Question("一年交多少钱"), Question("几号可以缴费"))


class Crowd:
    """The users of one account.

    Args:
        line: The way to the bot.
        tally: Counts.
        questions: What they ask; neighbours in time have different answers where there are two.
        faults: Share of messages to which something happens on the way, 0 to 1.
        rng: Decides everything.
    """

    def __init__(
        self,
        line: Line,
        tally: Tally,
        questions: Sequence[Question],
        faults: float,
        rng: Random,
    ) -> None:
        self._line = line
        self._tally = tally
        self._questions = questions
        self._faults = faults
        self._rng = rng
        self._writer = Writer(line.account.original_id, rng)

    async def live(self, user: str, messages: int) -> None:
        """Send so many messages as one user, one scene after another."""
        left = messages
        offered: list[Tap] = []
        turn = self._rng.randrange(len(self._questions))
        while left > 0:
            roll = self._rng.random()
            if roll < 0.15 and left > 1:
                questions = [self._questions[(turn + n) % len(self._questions)] for n in (0, 1)]
                turn += 2
                left -= 2
                await self._hurry(user, questions)
                continue
            left -= 1
            if roll < 0.7:
                question = self._questions[turn % len(self._questions)]
                turn += 1
                push = self._text(user, question)
            elif roll < 0.8 and offered:
                tap = self._rng.choice(offered)
                push = self._writer.text(user, tap.say, self._now(), menu_id=tap.key)
            else:
                push = self._other(user)
            shown = await self.send(push)
            offered = [t for t in taps(shown or "") if not t.key.startswith("late")]
            await asyncio.sleep(self._rng.random() * _PAUSE_S)

    async def ask_again(self, asked: Asked) -> None:
        """Do what a parent does who waits for an answer: write 查看回复."""
        push = self._writer.text(asked.push.user, "查看回复", self._now())
        outcome = await self._line.deliver(push)
        if outcome.shown:
            self._tally.recovered(asked, outcome.shown)

    async def send(self, push: Push) -> str | None:
        """Push one message, with what may happen to it, and read what comes."""
        asked, began = self._tally.sent(push), time.monotonic()
        outcome = await self._deliver(push)
        late = self._tally.delivered(push, asked, outcome, began)
        if late is not None and asked is not None:
            await self._fetch(push.user, asked, late)
        return outcome.shown

    async def _hurry(self, user: str, questions: Sequence[Question]) -> None:
        """Send messages without waiting for replies; their answers must not be mixed up."""
        sending = []
        for question in questions:
            sending.append(asyncio.create_task(self.send(self._text(user, question))))
            await asyncio.sleep(_HURRY_S)
        await asyncio.gather(*sending)

    async def _fetch(self, user: str, asked: Asked, tap: Tap) -> None:
        """Tap on 查看回复 until it brings the answer."""
        for _ in range(_TAPS):
            await asyncio.sleep(_TAP_S)
            push = self._writer.text(user, tap.say, self._now(), menu_id=tap.key)
            outcome = await self._line.deliver(push)
            text = outcome.shown or ""
            if text and not any(t.key == tap.key for t in taps(text)):
                self._tally.fetched(asked, text)
                return

    async def _deliver(self, push: Push) -> Delivered:
        if self._rng.random() >= self._faults:
            return await self._line.deliver(push)
        fault = self._rng.choice(
            ["hangup", "refused", "twice", "copy", "halting", "forged", "stale", "truncated"]
        )
        self._tally.injected[fault] += 1
        match fault:
            case "hangup":
                return await self._line.deliver(
                    push, Trouble(cut_after_s=self._rng.choice([0.0, 0.002, 0.02]))
                )
            case "refused":
                return await self._line.deliver(push, SMOOTH, "http://127.0.0.1:9/")
            case "halting":
                return await self._line.deliver(push, Trouble(pause_s=0.3))
            case "twice":
                both = await asyncio.gather(self._line.deliver(push), self._line.deliver(push))
                both[0].texts += both[1].texts
                return both[0]
            case "copy":
                return await self._repeated(push)
        await self._refused(fault, push)
        return await self._line.deliver(push)

    async def _repeated(self, push: Push) -> Delivered:
        outcome = await self._line.deliver(push)
        again = await self._line.deliver(push)
        outcome.texts += again.texts
        return outcome

    async def _refused(self, fault: str, push: Push) -> None:
        """Send what must be refused, and note where it was not."""
        account, now = self._line.account, int(self._line.now())
        sent_at = now - _STALE_S if fault == "stale" else now
        query, body = request(account, "plain", push.xml, sent_at, self._rng, push.user)
        if fault == "forged":
            query["signature"] = digest("guess", query["timestamp"], query["nonce"])
        elif fault == "truncated":
            body = body[: len(body) // 2]
        try:
            status = await self._line.raw(query, body)
        except (OSError, AnswerError, ValueError):
            return  # hung up: refused as well
        if not 400 <= status < 500:
            self._tally.wrong[f"{fault} 得到状态码 {status}"] += 1

    def _text(self, user: str, question: Question) -> Push:
        return self._writer.text(user, question.text, self._now(), expect=question.expect)

    def _other(self, user: str) -> Push:
        now, roll = self._now(), self._rng.random()
        if roll < 0.35:
            return self._writer.ordinary(user, self._rng.choice(sorted(ORDINARY)), now)
        if roll < 0.5:
            return self._writer.text(user, self._rng.choice(UNSUPPORTED), now)
        if roll < 0.6:
            return self._writer.text(user, self._rng.choice(["", " ", "]]>", "/::)", "😀"]), now)
        if roll < 0.75:
            return self._writer.event(user, self._rng.choice(sorted(ANSWERED_EVENTS)), now)
        return self._writer.event(user, self._rng.choice(sorted(SILENT_EVENTS)), now)

    def _now(self) -> int:
        return int(self._line.now())
