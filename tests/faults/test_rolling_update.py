"""An update without an interruption: two replicas are replaced in turn while parents write."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import NOW
from tests.protocol.callback_peer import read_answer
from tests.protocol.live_bot import BotProcess, RedisServer, WeChat, new_var_dir, unix_now

pytestmark = pytest.mark.anyio
FEE = "学生每人435元/年。"
WINDOW = "每月5日至20日"
PARENTS = 8
RETRY_S = 0.1
THINKS_S = 0.1
"""Between a parent's messages: the machine has to start replicas meanwhile."""


@dataclass
class Balancer:
    """The way to the replicas, as a proxy goes it: in turn, and elsewhere where one refuses."""

    backends: list[WeChat] = field(default_factory=list)
    turn: int = 0
    elsewhere: int = 0

    async def push(self, text: str, msg_id: str, user: str) -> httpx.Response:
        """Deliver as WeChat does: up to three requests for one message."""
        broken: httpx.TransportError | None = None
        for _ in range(3):
            for _ in self.backends:
                self.turn += 1
                backend = self.backends[self.turn % len(self.backends)]
                try:
                    return await backend.push(text, msg_id=msg_id, user=user)
                except httpx.ConnectError as error:
                    broken, self.elsewhere = error, self.elsewhere + 1
                except httpx.TransportError as error:
                    broken = error  # sent, perhaps heard: only WeChat itself sends it again
                    break
            await asyncio.sleep(RETRY_S)
        raise AssertionError(f"a message was lost: {broken!r}")


@dataclass
class Load:
    """Parents who write one message after another until they are told to stop."""

    balancer: Balancer
    sent: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def parent(self, number: int) -> None:
        user = f"oRolling{number}"
        while not self.stopped.is_set():
            self.sent[user] += 1
            text, due = (("多少钱", FEE), ("缴费日期", WINDOW))[self.sent[user] % 2]
            response = await self.balancer.push(text, f"{user}-{self.sent[user]}", user)
            answer = read_answer(response.content).fields["Content"]
            if due not in answer:
                self.wrong.append(answer)
            await asyncio.sleep(THINKS_S)


def is_gone(pid: int) -> bool:
    """Say whether a child has ended, whether or not it was waited for."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except FileNotFoundError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


async def ended(pid: int) -> None:
    """Wait until the process has answered what it had and is gone."""
    async with asyncio.timeout(30):
        while not is_gone(pid):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


async def turns(wechat: WeChat) -> float:
    return await wechat.metric("yibao_turns_total", account="beijing", decision="answer")


async def test_replicas_are_replaced_without_losing_or_doubling_a_message(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    redis.start()
    settings = {"YIBAO_REDIS_URL": redis.url, "YIBAO_NOW": NOW}
    var_dir = new_var_dir(tmp_path)
    names = ("old-1", "old-2", "new-1", "new-2")
    bots = {name: BotProcess(var_dir, tmp_path / f"{name}.log", **settings) for name in names}
    with ExitStack() as processes:
        processes.callback(redis.kill)
        async with AsyncExitStack() as clients:
            wechats: dict[str, WeChat] = {}

            async def start(name: str) -> None:
                await asyncio.to_thread(processes.enter_context, bots[name].running())
                wechats[name] = await clients.enter_async_context(bots[name].wechat())

            for name in ("old-1", "old-2"):
                await start(name)
            balancer = Balancer([wechats["old-1"], wechats["old-2"]])
            load = Load(balancer)
            parents = [asyncio.create_task(load.parent(n)) for n in range(PARENTS)]
            for number in (1, 2):
                old, new = f"old-{number}", f"new-{number}"
                await start(new)
                balancer.backends.append(wechats[new])
                await asyncio.sleep(0.5)
                os.kill(bots[old].pid, signal.SIGTERM)
                await ended(bots[old].pid)
                # The balancer notices only now that it is gone, as one with a period does.
                balancer.backends.remove(wechats[old])
                await asyncio.sleep(0.5)
            load.stopped.set()
            await asyncio.gather(*parents)
            assert load.wrong == []
            assert sum(load.sent.values()) > 10 * PARENTS
            assert balancer.elsewhere, "nobody met a replica that was going"
            logged = sum(bots[name].output.count(" turn  ") for name in names)
            assert logged == sum(load.sent.values()), "each message is one turn"
            counted = await turns(wechats["new-1"]) + await turns(wechats["new-2"])
            assert 0 < counted < sum(load.sent.values())
            # The conversation goes on where it was.
            last = load.sent["oRolling0"]
            response = await balancer.push("再说一遍", f"again-{unix_now()}", "oRolling0")
            due = (FEE, WINDOW)[last % 2]
            assert due in read_answer(response.content).fields["Content"]
