"""Parents who write at a fixed rate, thousands of them, one conversation each, then never again.

What they send goes the way of the imitation of WeChat (`app.simulation`): real envelopes in all
modes, a connection for each request, retries with the same MsgId. A message's time runs from the
moment that it was due.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from app.simulation.delivery import Line
from app.simulation.pushes import UNSUPPORTED, Push, Writer

_ACTIVE = 100
"""Conversations at the same time; who has just written waits for the others' turn."""
_RETRIED = 0.05
"""Share of messages that WeChat sends again although they were answered, or twice at once."""
_OWN_WORDS = 0.3
"""Share of questions said in words that nobody used before."""
_OPENINGS = ("你好，请问", "老师好，", "想问一下", "麻烦问下，", "在吗？")


@dataclass(frozen=True, slots=True)
class Say:
    """One step of a conversation."""

    text: str
    expect: str = ""
    """What the reply must contain; empty: any text."""
    kind: str = "text"
    """text, an ordinary message's MsgType, or the name of an event."""
    own_words: bool = False
    """Whether it may be asked in a parent's own words as well."""


Script = tuple[Say, ...]


def _asked(question: str, expect: str) -> Say:
    return Say(question, expect, own_words=True)


_CHAT = (Say("你好"), Say("今天天气怎么样"), Say("谢谢"))
_ODD = (Say("", kind="image"), Say("", kind="voice"), Say(UNSUPPORTED[0]), Say("/::)"))

SCRIPTS: Mapping[str, Sequence[Script]] = {
    "beijing": (
        (Say("", kind="subscribe"), _asked("多少钱", "435元/年"), Say("谢谢")),
        (_asked("缴费日期", "征期内7*24小时"), _asked("缴费方式", "银行代扣"), Say("再说一遍")),
        (Say("孩子能不能参保"), Say("北京户口"), Say("小学", "可以参保"), Say("谢谢")),
        (Say("孩子能不能参保"), Say("外地户口"), Say("大专"), Say("没上班", "可以参保")),
        (Say("", kind="CLICK"), _asked("多少钱", "435元/年"), Say("", kind="unsubscribe")),
        _CHAT,
        _ODD,
    ),
    "liuzhou": (
        (Say("", kind="subscribe"), _asked("有哪些待遇", "都有待遇"), Say("更多")),
        (_asked("怎么用支付宝交", "【市民中心】"), _asked("银行代扣", "合作银行"), Say("谢谢")),
        (Say("", kind="SCAN"), Say("没有微信"), Say("再说一遍"), Say("谢谢")),
        _CHAT,
        _ODD,
    ),
}
"""By account; the words and what is expected belong to the small content."""


@dataclass
class Counts:
    """What became of the messages."""

    sent: int = 0
    answered: int = 0
    repeated: int = 0
    """Messages that were pushed more than once on purpose."""
    parents: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    """Broken promises by kind, Chinese; empty after a good run."""
    seconds: list[float] = field(default_factory=list)
    """Of the answers since these were last taken; see `taken_seconds`."""

    def taken_seconds(self) -> list[float]:
        """Return the answers' times since the last call, ascending."""
        taken, self.seconds = sorted(self.seconds), []
        return taken


@dataclass
class _Parent:
    user: str
    account: str
    steps: Iterator[Say]


def pause_s(per_s: float) -> float:
    """Return how long a parent waits between two messages at least, in seconds."""
    return _ACTIVE / per_s


class Parents:
    """All parents of a run.

    Args:
        lines: The way to the bot, by account.
        scripts: What the parents of an account say.
        rng: Decides everything but the times of answers.
        per_s: Messages a second, evenly.
    """

    def __init__(
        self,
        lines: Mapping[str, Line],
        scripts: Mapping[str, Sequence[Script]],
        rng: Random,
        per_s: float,
    ) -> None:
        self.counts = Counts()
        self._lines, self._scripts, self._rng, self._per_s = lines, scripts, rng, per_s
        self._accounts = tuple(lines)
        self._writers = {a: Writer(line.account.original_id, rng) for a, line in lines.items()}
        self._waiting: deque[_Parent] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._own_words = _OWN_WORDS

    async def write(self, seconds: float, own_words: float = _OWN_WORDS) -> None:
        """Write for so long, then wait for what is still under way.

        Args:
            seconds: How long.
            own_words: Share of questions said in words that nobody used before.

        Raises:
            Exception: Whatever a message raised that `_send` does not know as its failure.
        """
        self._own_words = own_words
        began = time.perf_counter()
        for number in range(int(seconds * self._per_s)):
            due = began + number / self._per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(self._turn(due))
            self._running.add(task)
            task.add_done_callback(self._done)
        while self._running:
            await asyncio.wait(self._running)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.counts.wrong[f"模拟的家长出错：{task.exception()!r}"] += 1

    async def _turn(self, due: float) -> None:
        """Let the parent who waited longest write the next message, or a new one the first."""
        parent = self._waiting.popleft() if len(self._waiting) >= _ACTIVE else self._newcomer()
        step = next(parent.steps, None)
        while step is None:
            parent = self._newcomer()
            step = next(parent.steps, None)
        await self._send(parent, step, due)
        self._waiting.append(parent)

    def _newcomer(self) -> _Parent:
        self.counts.parents += 1
        account = self._accounts[self.counts.parents % len(self._accounts)]
        steps = iter(self._rng.choice(self._scripts[account]))
        return _Parent(f"oSoak-{self.counts.parents}", account, steps)

    def _push(self, parent: _Parent, step: Say) -> Push:
        writer, line = self._writers[parent.account], self._lines[parent.account]
        now = int(line.now())
        self.counts.kinds[step.kind] += 1
        if step.kind == "text":
            text = step.text
            if step.own_words and self._rng.random() < self._own_words:
                text = f"{self._rng.choice(_OPENINGS)}{text}，{self._rng.randrange(10**4)}"
            return writer.text(parent.user, text, now, expect=step.expect)
        if step.kind in {"image", "voice"}:
            return writer.ordinary(parent.user, step.kind, now)
        return writer.event(parent.user, step.kind, now)

    async def _send(self, parent: _Parent, step: Say, due: float) -> None:
        counts, line = self.counts, self._lines[parent.account]
        push = self._push(parent, step)
        counts.sent += 1
        again = self._rng.random()
        outcome = await line.deliver(push)
        counts.seconds.append(time.perf_counter() - due)
        texts = outcome.texts
        if again < _RETRIED:
            counts.repeated += 1
            repeats = [line.deliver(push) for _ in range(1 if again < _RETRIED / 2 else 2)]
            for repeat in await asyncio.gather(*repeats):
                texts = [*texts, *repeat.texts]
        self._judge(push, step, outcome.fault, outcome.attempts, texts)

    def _judge(self, push: Push, step: Say, fault: str, attempts: int, texts: list[str]) -> None:
        wrong = self.counts.wrong
        if fault:
            wrong[f"没有得到回复：{fault}"] += 1
        elif attempts > 1:
            wrong["第一次请求没有得到回复"] += 1
        elif push.answered and not texts:
            wrong["该回复的没有回复"] += 1
        elif not push.answered and texts:
            wrong["不该回复的得到了回复"] += 1
        elif len(set(texts)) > 1:
            wrong["同一条消息的几次请求得到不同的回复"] += 1
        elif step.expect and step.expect not in texts[0]:
            wrong[f"答非所问：{step.text}"] += 1
        else:
            self.counts.answered += 1
