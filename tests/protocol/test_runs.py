"""Who waits for a turn hears what came of it, and little is remembered of one that is over."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from app.webhook.runs import Outcome, Run

pytestmark = pytest.mark.anyio


class Heavy:
    """Stands for a message."""


async def after(seconds: float, outcome: Outcome | None) -> Outcome | None:
    await asyncio.sleep(seconds)
    return outcome


def run() -> Run:
    return Run("ticket", 0.0, "token")


async def test_all_who_wait_hear_the_outcome() -> None:
    turn = run()
    task = turn.start(after(0.01, Outcome("甲")))
    heard = await asyncio.gather(*(turn.over(5) for _ in range(3)))
    assert set(heard) == {Outcome("甲")}
    assert task.done()
    assert await turn.over(5) == Outcome("甲") == turn.result()


async def test_nobody_waits_longer_than_said() -> None:
    turn = run()
    task = turn.start(after(0.1, Outcome("甲")))
    began = asyncio.get_running_loop().time()
    assert await turn.over(0.01) is None
    assert asyncio.get_running_loop().time() - began < 0.1
    assert not turn.is_over
    assert turn.result() is None
    assert await turn.over(5) == Outcome("甲")
    await task


async def test_who_stops_waiting_takes_nothing_from_others() -> None:
    turn = run()
    turn.start(after(0.05, Outcome("甲")))
    impatient = asyncio.create_task(turn.over(5))
    patient = asyncio.create_task(turn.over(5))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert await patient == Outcome("甲")
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_a_cancelled_turn_has_no_outcome_and_wakes_who_waits() -> None:
    turn = run()
    task = turn.start(after(60, Outcome("甲")))
    waiting = asyncio.create_task(turn.over(60))
    await asyncio.sleep(0)
    task.cancel()
    assert await asyncio.wait_for(waiting, 5) is None
    assert turn.is_over


async def test_an_error_is_raised_to_all_who_wait() -> None:
    async def failing() -> Outcome | None:
        await asyncio.sleep(0.01)
        msg = "unforeseen"
        raise LookupError(msg)

    turn = run()
    turn.start(failing())
    heard = await asyncio.gather(turn.over(5), turn.over(5), return_exceptions=True)
    assert [type(one) for one in heard] == [LookupError, LookupError]
    with pytest.raises(LookupError):
        turn.result()


async def test_an_outcome_that_is_there_at_once_needs_no_task() -> None:
    turn = run()
    turn.end(Outcome("忙"))
    assert turn.is_over
    assert await turn.over(5) == Outcome("忙")


async def test_what_a_turn_held_is_let_go_with_its_end() -> None:
    async def heavy(message: Heavy) -> Outcome | None:
        await asyncio.sleep(0)
        return Outcome(type(message).__name__)

    turn, message = run(), Heavy()
    held = weakref.ref(message)
    task = weakref.ref(turn.start(heavy(message)))
    del message
    await turn.over(5)
    await asyncio.sleep(0)
    gc.collect()
    assert held() is None
    assert task() is None
    assert turn.result() == Outcome("Heavy")
